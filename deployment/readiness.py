"""When stacks that were just deployed can be used: later than CloudFormation says."""

import socket
import time
from typing import TYPE_CHECKING

from comparison.clients import Clients
from comparison.stack_outputs import StackOutputs, read_outputs
from comparison.waiting import NotInTime, eventually
from stacks.naming import Output, QueueName, Stack, queue_output, stack_name

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

PATIENCE = 300.0
"""Seconds until a deployed stack must be usable."""
LOOK_EVERY = 2.0


class NotReady(Exception):
    """Something that is deployed cannot be used; the message is one line."""


def wait_until_usable(clients: Clients, stage: str) -> None:
    """Return once jobs can be sent down every deployed path. Raises NotReady."""
    outputs = read_outputs(clients.cloudformation, stage)

    def usable() -> None:
        if Stack.POLLING in outputs.stacks:
            _check_mappings(clients.lambda_, outputs)
        if Stack.ALB in outputs.stacks and clients.target.is_aws:
            _check_name(outputs[Output.LOAD_BALANCER_DNS_NAME])
        _check_age(clients.cloudformation, stage, clients.target.applied_after)

    try:
        eventually(usable, within=PATIENCE, every=LOOK_EVERY, what=f"stage {stage} can be used")
    except NotInTime as error:
        raise NotReady(str(error)) from None


def _check_mappings(client: "LambdaClient", outputs: StackOutputs) -> None:
    """Check that Lambda polls: a new mapping takes some 15 to 25 seconds to be enabled (H3)."""
    for queue in QueueName:
        mapping = client.get_event_source_mapping(
            UUID=outputs.values[queue_output(queue, "MappingId")]
        )
        assert mapping["State"] == "Enabled", f"mapping of {queue} is {mapping['State']}"  # noqa: S101 - what is waited for


def _check_name(name: str) -> None:
    """Check that the name of a new load balancer resolves: DNS learns it after a while."""
    try:
        socket.getaddrinfo(name, 80)
    except socket.gaierror as error:
        raise AssertionError(f"{name} does not resolve ({error})") from error


def _check_age(client: "CloudFormationClient", stage: str, seconds: float) -> None:
    """Check that the function's stack was changed long enough ago.

    No API tells when an asynchronous configuration or a permission is in force: reading it back
    answers what was written, not what is applied (H2).
    """
    stack = client.describe_stacks(StackName=stack_name(stage, Stack.FUNCTION))["Stacks"][0]
    changed = stack.get("LastUpdatedTime") or stack["CreationTime"]
    remaining = changed.timestamp() + seconds - time.time()
    assert remaining <= 0, f"its configuration needs {remaining:.0f} s more to be in force"  # noqa: S101 - what is waited for
