"""Changes to what all paths share; each is undone whatever happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from comparison.deployed import Deployed
from comparison.waiting import eventually
from stacks.naming import Output


@contextmanager
def nothing(_: Deployed) -> Iterator[None]:
    """Change nothing."""
    yield


@contextmanager
def reserved_concurrency(deployed: Deployed, executions: int) -> Iterator[None]:
    """Reserve a number of concurrent executions for the function, then none again."""
    client, name = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=executions)
    try:
        yield
    finally:
        client.delete_function_concurrency(FunctionName=name)


@contextmanager
def environment_variable(deployed: Deployed, variable: str, value: str) -> Iterator[None]:
    """Set one of the function's environment variables, then set them as they were.

    Waits for each update to be in force, because an update that is under way refuses the next.
    """
    client, name = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    try:
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**before, variable: value}}
        )
        _until_updated(deployed)
        yield
    finally:
        _until_updated(deployed)
        client.update_function_configuration(FunctionName=name, Environment={"Variables": before})
        _until_updated(deployed)


def _until_updated(deployed: Deployed) -> None:
    client, name = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]

    def updated() -> None:
        status = client.get_function_configuration(FunctionName=name).get("LastUpdateStatus")
        assert status in {None, "Successful"}, f"LastUpdateStatus is {status}"  # noqa: S101 - what is waited for

    eventually(updated, within=60, what="the update of the function")


@contextmanager
def without_permissions(deployed: Deployed, principal: str) -> Iterator[None]:
    """Take away every permission that a service has to invoke the function, then give it back."""
    client, arn = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_ARN]
    statements = [
        statement
        for statement in _policy(deployed)
        if statement.get("Principal", {}).get("Service") == principal
    ]
    try:
        for statement in statements:
            client.remove_permission(FunctionName=arn, StatementId=statement["Sid"])
        yield
    finally:
        present = {statement["Sid"] for statement in _policy(deployed)}
        for statement in statements:
            if statement["Sid"] not in present:
                client.add_permission(FunctionName=arn, **_permission(statement))


def _policy(deployed: Deployed) -> list[dict[str, Any]]:
    client = deployed.clients.lambda_
    try:
        answer = client.get_policy(FunctionName=deployed.outputs[Output.FUNCTION_ARN])
    except client.exceptions.ResourceNotFoundException:
        return []
    statements: list[dict[str, Any]] = json.loads(answer["Policy"])["Statement"]
    return statements


def _permission(statement: dict[str, Any]) -> dict[str, Any]:
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
