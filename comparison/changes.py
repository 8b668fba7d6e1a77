"""Changes to what all paths share; each is undone whatever happens.

An interrupt may come at any moment, so the request that changes something is already inside the
`try`, and what undoes it is harmless when nothing was changed.
"""

import json
import math
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from comparison.deployed import Deployed
from comparison.examinations.permissions import Statement, function_policy
from comparison.path import Path
from comparison.receipts import read_attempts
from comparison.waiting import NotInTime, eventually
from stacks.naming import Output

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetDescriptionTypeDef

Change = Callable[[Deployed], AbstractContextManager[None]]
"""Changes something for as long as it is entered."""

OCCUPIED_FOR = 45
"""Seconds on AWS for which the function's concurrency is in use after jobs were sent.

A throttled event comes back after 1, 3, 7, 15, 31 and 63 s (AS-11), so one that may be 60 s old
meets no free concurrency and grows too old, and any other does not wait for long afterwards.
"""

LONGEST_START = 30.0
"""Seconds in which an invocation has started, once nothing refuses it any more."""


@contextmanager
def reserved_concurrency(deployed: Deployed, executions: int) -> Iterator[None]:
    """Reserve a number of concurrent executions for the function, then as many as before."""
    client, name = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    before = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    try:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=executions)
        yield
    finally:
        if before is None:
            client.delete_function_concurrency(FunctionName=name)
        else:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=before)


@contextmanager
def environment_variable(deployed: Deployed, variable: str, value: str) -> Iterator[None]:
    """Set one of the function's environment variables, then set all as they were."""
    before = _configuration(deployed)["Environment"]["Variables"]
    after = {"Variables": {**before, variable: value}}
    with _configured(deployed, {"Environment": {"Variables": before}}, {"Environment": after}):
        yield


@contextmanager
def occupied_concurrency(deployed: Deployed) -> Iterator[None]:
    """Reserve one concurrent execution and keep it in use for a while.

    One synchronous invocation occupies it, for which the function's timeout is raised: between
    several there would be moments in which an event could run.
    """
    seconds = deployed.target.propagation + deployed.target.lambda_wait(OCCUPIED_FOR)
    before = {"Timeout": deployed.function_timeout}
    after = {"Timeout": math.ceil(seconds) + deployed.function_timeout}
    with _configured(deployed, before, after), reserved_concurrency(deployed, 1):
        _occupy(deployed, seconds)
        yield


def _occupy(deployed: Deployed, seconds: float) -> None:
    """Return as soon as the function is at work on a job that takes so many seconds.

    Nobody waits for its end: the phase outlasts it, and an interrupt must not last.
    """
    run = f"occupation-{secrets.token_hex(5)}"
    job = {"run": run, "job": f"{run}.1", "do": "sleep", "seconds": seconds}
    table = deployed.outputs[Output.RECEIPTS_TABLE_NAME]
    within = deployed.target.propagation + LONGEST_START
    threading.Thread(
        target=_invoke, args=(deployed, job, within), name="occupation", daemon=True
    ).start()

    def at_work() -> None:
        assert read_attempts(deployed.clients.dynamodb, table, run), "it has no receipt"  # noqa: S101 - what is waited for

    eventually(at_work, within=within, every=0.05, what="the invocation that uses the concurrency")


def _invoke(deployed: Deployed, job: dict[str, Any], within: float) -> None:
    """Invoke the function, again if the reserved concurrency of an earlier phase still refuses."""
    client, name = deployed.clients.caller_lambda, deployed.outputs[Output.FUNCTION_NAME]

    def invoke() -> None:
        try:
            client.invoke(FunctionName=name, Payload=json.dumps(job).encode())
        except client.exceptions.TooManyRequestsException as refusal:
            raise AssertionError(str(refusal)) from refusal

    with suppress(NotInTime, BotoCoreError, ClientError):
        eventually(invoke, within=within)


@contextmanager
def without_permissions(deployed: Deployed, services: Iterable[str]) -> Iterator[None]:
    """Take away every permission that services have to invoke the function, then give it back."""
    client, arn = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_ARN]
    taken = [
        statement for statement in function_policy(deployed) if _service(statement) in set(services)
    ]
    try:
        for statement in taken:
            # A request whose answer was lost is made again: then it is gone already.
            with suppress(client.exceptions.ResourceNotFoundException):
                client.remove_permission(FunctionName=arn, StatementId=statement["Sid"])
        yield
    finally:
        add_permissions(deployed, taken)


def add_permissions(deployed: Deployed, statements: Iterable[Statement]) -> None:
    """Add the permissions that are missing, each one whatever becomes of the others."""
    client, arn = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_ARN]
    present = {statement["Sid"] for statement in function_policy(deployed)}

    def add(statement: Statement) -> None:
        with suppress(client.exceptions.ResourceConflictException):
            client.add_permission(FunctionName=arn, **_permission(statement))

    with ExitStack() as stack:
        for statement in statements:
            if statement["Sid"] not in present:
                stack.callback(add, statement)


@contextmanager
def without_target(deployed: Deployed) -> Iterator[None]:
    """Take the function out of the target group with multi-value headers, then put it back.

    The other target group stays as it is.
    """
    if not deployed.outputs.has(Path.ALB):
        yield
        return
    client = deployed.clients.elbv2
    group = deployed.outputs[Output.MULTI_VALUE_TARGET_GROUP_ARN]
    target: TargetDescriptionTypeDef = {"Id": deployed.outputs[Output.FUNCTION_ARN]}

    def register() -> None:
        try:
            client.register_targets(TargetGroupArn=group, Targets=[target])
        except ClientError as refusal:
            # A permission that has just been given back may not be in force yet (AL-15).
            raise AssertionError(str(refusal)) from refusal

    try:
        client.deregister_targets(TargetGroupArn=group, Targets=[target])
        yield
    finally:
        eventually(register, within=deployed.target.settling, what="the target group")


@contextmanager
def signature_version(deployed: Deployed, version: str) -> Iterator[None]:
    """Let the topic sign its messages with a version, then with the one before."""
    if not deployed.outputs.has(Path.SNS):
        yield
        return
    client, topic = deployed.clients.sns, deployed.outputs[Output.TOPIC_ARN]
    attribute = "SignatureVersion"
    attributes = client.get_topic_attributes(TopicArn=topic)["Attributes"]
    before = attributes.get(attribute, "1")
    try:
        client.set_topic_attributes(TopicArn=topic, AttributeName=attribute, AttributeValue=version)
        yield
    finally:
        client.set_topic_attributes(TopicArn=topic, AttributeName=attribute, AttributeValue=before)


@contextmanager
def _configured(
    deployed: Deployed, before: dict[str, Any], after: dict[str, Any]
) -> Iterator[None]:
    """Update the function's configuration, then update it back.

    Waits for each update to be in force, because an update that is under way refuses the next.
    """
    client, name = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    try:
        client.update_function_configuration(FunctionName=name, **after)
        _until_updated(deployed)
        yield
    finally:
        _until_updated(deployed)
        client.update_function_configuration(FunctionName=name, **before)
        _until_updated(deployed)


def _until_updated(deployed: Deployed) -> None:
    def updated() -> None:
        status = _configuration(deployed).get("LastUpdateStatus")
        assert status in {None, "Successful"}, f"LastUpdateStatus is {status}"  # noqa: S101 - what is waited for

    eventually(updated, within=60, what="the update of the function")


def _configuration(deployed: Deployed) -> Any:
    name = deployed.outputs[Output.FUNCTION_NAME]
    return deployed.clients.lambda_.get_function_configuration(FunctionName=name)


def _service(statement: Statement) -> str | None:
    principal = statement["Principal"]
    return principal.get("Service") if isinstance(principal, dict) else None


def _permission(statement: Statement) -> dict[str, Any]:
    """Return the arguments of AddPermission that make a statement again."""
    conditions = statement.get("Condition", {})
    permission = {
        "StatementId": statement["Sid"],
        "Action": statement["Action"],
        "Principal": statement["Principal"]["Service"],
    }
    source_arn = conditions.get("ArnLike", {}).get("AWS:SourceArn")
    source_account = conditions.get("StringEquals", {}).get("AWS:SourceAccount")
    if source_arn:
        permission["SourceArn"] = source_arn
    if source_account:
        permission["SourceAccount"] = source_account
    return permission
