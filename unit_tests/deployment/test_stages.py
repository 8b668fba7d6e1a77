"""Which stacks belong to a stage, which stages have expired, and what deleted stacks left."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from deployment.clients import DeploymentClients
from deployment.stages import (
    DeployedStack,
    expired_stages,
    left_of_deleted_stack,
    list_stacks,
    physical_ids,
)
from stacks.naming import PROJECT, Stack, stack_name

CREATED = datetime(2026, 11, 1, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def stack(name: str, status: str = "CREATE_COMPLETE", **tags: str) -> DeployedStack:
    return DeployedStack(name, status, tags, {}, {})


def described(name: str, status: str) -> dict[str, Any]:
    return {"StackName": name, "StackStatus": status, "CreationTime": CREATED}


def test_a_stack_belongs_to_a_stage_by_its_name_without_any_tag() -> None:
    assert stack(stack_name("anna", Stack.ALB)).belongs_to("anna")


def test_a_stack_belongs_to_a_stage_by_its_tags_under_any_name() -> None:
    assert stack("older-name", project=PROJECT, stage="anna").belongs_to("anna")


@pytest.mark.parametrize("stage", ["anna-2", "ann", "anna-alb"])
def test_a_stage_that_begins_alike_is_another(stage: str) -> None:
    assert not stack(stack_name(stage, Stack.ALB), project=PROJECT, stage=stage).belongs_to("anna")


def test_deleted_stacks_are_not_listed(
    clients: DeploymentClients, stub: Callable[..., Any]
) -> None:
    pages = [described("one", "DELETE_COMPLETE"), described("two", "ROLLBACK_COMPLETE")]
    stub(clients.cloudformation, {"describe_stacks": [{"Stacks": pages}]})
    assert [one.name for one in list_stacks(clients.cloudformation)] == ["two"]


def test_all_pages_are_read(clients: DeploymentClients, stub: Callable[..., Any]) -> None:
    first = {"Stacks": [described("one", "CREATE_COMPLETE")], "NextToken": "more"}
    second = {"Stacks": [described("two", "CREATE_COMPLETE")]}
    stub(clients.cloudformation, {"describe_stacks": [first, second]})
    assert [one.name for one in list_stacks(clients.cloudformation)] == ["one", "two"]


@pytest.mark.parametrize(
    ("status", "changing"),
    [
        ("CREATE_IN_PROGRESS", True),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("DELETE_IN_PROGRESS", True),
        ("REVIEW_IN_PROGRESS", False),
        ("ROLLBACK_COMPLETE", False),
        ("ROLLBACK_FAILED", False),
        ("DELETE_FAILED", False),
    ],
)
def test_what_cloudformation_is_at_work_on(status: str, changing: bool) -> None:
    assert stack("one", status).is_changing is changing


def test_a_stage_expires_the_day_after_its_tag() -> None:
    stacks = [
        stack("a", project=PROJECT, stage="old", expires="2026-11-20"),
        stack("b", project=PROJECT, stage="today", expires="2026-11-21"),
        stack("c", project=PROJECT, stage="never"),
        stack("d", project=PROJECT, stage="odd", expires="soon"),
        stack("e", project="another", stage="foreign", expires="2020-01-01"),
    ]
    assert expired_stages(stacks, TODAY) == {"old": date(2026, 11, 20)}


def resource(kind: str, physical_id: str | None, status: str) -> dict[str, Any]:
    found = {
        "LogicalResourceId": "One",
        "ResourceType": kind,
        "ResourceStatus": status,
        "LastUpdatedTimestamp": CREATED,
    }
    return found | ({} if physical_id is None else {"PhysicalResourceId": physical_id})


def test_resources_are_found_in_a_stack_that_was_made_by_half(
    clients: DeploymentClients, stub: Callable[..., Any]
) -> None:
    resources = [
        resource("AWS::S3::Bucket", "there", "CREATE_COMPLETE"),
        resource("AWS::S3::Bucket", None, "CREATE_FAILED"),
        resource("AWS::S3::Bucket", "gone", "DELETE_COMPLETE"),
        resource("AWS::SQS::Queue", "queue", "CREATE_COMPLETE"),
    ]
    stub(
        clients.cloudformation,
        {"list_stack_resources": [{"StackResourceSummaries": resources}]},
    )
    found = physical_ids(clients.cloudformation, [stack("one")], "AWS::S3::Bucket")
    assert list(found) == ["there"]


def remembered(status: str) -> dict[str, Any]:
    return {
        "StackResources": [
            {
                "LogicalResourceId": "Table",
                "ResourceType": "AWS::DynamoDB::Table",
                "ResourceStatus": status,
                "Timestamp": CREATED,
            }
        ]
    }


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ({"describe_stacks": [{"Stacks": [described("one", "CREATE_COMPLETE")]}]}, True),
        ({"describe_stacks": ["ValidationError"]}, True),
        (
            {
                "describe_stacks": [{"Stacks": [described("one", "DELETE_COMPLETE")]}],
                "describe_stack_resources": [remembered("DELETE_COMPLETE")],
            },
            False,
        ),
        (
            {
                "describe_stacks": [{"Stacks": [described("one", "DELETE_COMPLETE")]}],
                "describe_stack_resources": [remembered("DELETE_SKIPPED")],
            },
            True,
        ),
    ],
    ids=["stack is there", "stack is forgotten", "deleted with its stack", "left by its stack"],
)
def test_what_a_deleted_stack_has_left(
    clients: DeploymentClients, stub: Callable[..., Any], answers: Any, left: bool
) -> None:
    stub(clients.cloudformation, answers)
    assert left_of_deleted_stack(clients.cloudformation, "arn:stack/one/id", "Table") is left
