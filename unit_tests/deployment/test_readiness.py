"""When a stage that was just deployed can be used."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from comparison.stack_outputs import StackOutputs
from comparison.targets import Target, load_target
from deployment import readiness
from deployment.clients import DeploymentClients
from deployment.readiness import NotReady, wait_until_usable
from stacks.naming import Output, QueueName, Stack, queue_output


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again without waiting, and give up after one look."""
    monkeypatch.setattr(readiness, "PATIENCE", 0.0)


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def deployed(*stacks: Stack) -> None:
        mappings = {queue_output(queue, "MappingId"): str(uuid4()) for queue in QueueName}
        values = mappings | {Output.LOAD_BALANCER_DNS_NAME: "alb.example"}
        answer = StackOutputs("anna", values, frozenset({Stack.FUNCTION, *stacks}))
        monkeypatch.setattr(readiness, "read_outputs", lambda *_: answer)

    return deployed


def function_stack(age: float) -> dict[str, Any]:
    """What DescribeStacks answers of a stack that was changed some seconds ago."""
    changed = datetime.now(UTC) - timedelta(seconds=age)
    stack = {
        "StackName": "function",
        "StackStatus": "UPDATE_COMPLETE",
        "CreationTime": changed - timedelta(days=1),
        "LastUpdatedTime": changed,
    }
    return {"Stacks": [stack]}


def test_a_mapping_that_is_not_enabled_yet_is_waited_for(
    clients: DeploymentClients, stub: Callable[..., Any], outputs: Callable[..., None]
) -> None:
    outputs(Stack.POLLING)
    answers = [{"State": "Enabled"}, {"State": "Creating"}]
    stub(clients.lambda_, {"get_event_source_mapping": answers})
    with pytest.raises(NotReady, match="last seen: mapping of prompt is Creating"):
        wait_until_usable(clients, "anna")


def test_enabled_mappings_can_be_used(
    clients: DeploymentClients, stub: Callable[..., Any], outputs: Callable[..., None]
) -> None:
    outputs(Stack.POLLING)
    enabled = [{"State": "Enabled"} for _ in QueueName]
    stub(clients.lambda_, {"get_event_source_mapping": enabled})
    stub(clients.cloudformation, {"describe_stacks": [function_stack(0)]})
    wait_until_usable(clients, "anna")


@pytest.mark.parametrize(("age", "usable"), [(10.0, False), (121.0, True)])
def test_a_configuration_is_in_force_a_while_after_it_was_written(
    clients: DeploymentClients,
    stub: Callable[..., Any],
    outputs: Callable[..., None],
    age: float,
    usable: bool,
) -> None:
    outputs()
    clients.target = replace(clients.target, applied_after=120.0)
    stub(clients.cloudformation, {"describe_stacks": [function_stack(age)]})
    if usable:
        wait_until_usable(clients, "anna")
    else:
        with pytest.raises(NotReady, match=r"needs 1[01]. s more to be in force"):
            wait_until_usable(clients, "anna")


@pytest.fixture
def unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def test_the_name_of_a_new_load_balancer_is_waited_for(
    clients: DeploymentClients, outputs: Callable[..., None], unknown_name: None
) -> None:
    outputs(Stack.ALB)
    clients.target = load_target("aws")
    with pytest.raises(NotReady, match=r"alb\.example does not resolve"):
        wait_until_usable(clients, "anna")


def test_the_name_of_an_emulated_load_balancer_need_not_resolve(
    clients: DeploymentClients,
    stub: Callable[..., Any],
    outputs: Callable[..., None],
    unknown_name: None,
) -> None:
    outputs(Stack.ALB)
    stub(clients.cloudformation, {"describe_stacks": [function_stack(0)]})
    wait_until_usable(clients, "anna")


def test_on_aws_a_new_configuration_needs_two_minutes(target: Target) -> None:
    assert load_target("aws").applied_after == 120
    assert target.applied_after == 0
