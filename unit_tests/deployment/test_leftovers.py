"""The proof that a stage is gone, and what it names when it is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from comparison.targets import Target, load_target
from deployment.bucket import NotEmptied, empty_bucket
from deployment.clients import DeploymentClients
from deployment.leftovers import SomethingLeft, find_leftovers, prove_nothing_left
from stacks.naming import PROJECT
from unit_tests.deployment.test_stages import described, remembered

NO_STACKS: dict[str, Any] = {"Stacks": []}
NO_RESOURCES: dict[str, Any] = {"ResourceTagMappingList": []}
NO_LOG_GROUPS: dict[str, Any] = {"logGroups": []}
QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/receipts"


def tagged(arn: str, **tags: str) -> dict[str, Any]:
    pairs = {"project": PROJECT, "stage": "anna", **tags}
    named = [{"Key": key, "Value": value} for key, value in pairs.items()]
    return {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": named}]}


def log_groups(*names: str) -> dict[str, Any]:
    return {"logGroups": [{"logGroupName": name} for name in names]}


@pytest.fixture
def target(target: Target) -> Target:
    """A target whose lists are never late: a failing proof fails at once."""
    return replace(target, settling=0.0)


@pytest.fixture
def lists(clients: DeploymentClients, stub: Callable[..., Any]) -> Callable[..., None]:
    """Answer the three lists, each with nothing unless it is told otherwise."""

    def answer(
        *,
        stacks: Any = NO_STACKS,
        tags: Any = NO_RESOURCES,
        logs: Any = NO_LOG_GROUPS,
        also: Any = None,
    ) -> None:
        stub(clients.cloudformation, {"describe_stacks": [stacks], **(also or {})})
        stub(clients.tagging, {"get_resources": [tags]})
        stub(clients.logs, {"describe_log_groups": [logs]})

    return answer


def test_nothing_left_is_proven(clients: DeploymentClients, lists: Callable[..., None]) -> None:
    lists()
    assert prove_nothing_left(clients, "anna").not_listed == ()


def test_a_stack_that_could_not_be_deleted_is_named(
    clients: DeploymentClients, lists: Callable[..., None]
) -> None:
    name = f"{PROJECT}-anna-alb"
    lists(stacks={"Stacks": [described(name, "DELETE_FAILED")]})
    with pytest.raises(SomethingLeft, match=f"^stack {name} \\(DELETE_FAILED\\)$"):
        prove_nothing_left(clients, "anna")


def test_a_resource_with_the_tags_of_the_stage_is_named(
    clients: DeploymentClients, lists: Callable[..., None]
) -> None:
    lists(tags=tagged(QUEUE))
    with pytest.raises(SomethingLeft, match=f"^resource {QUEUE}$"):
        prove_nothing_left(clients, "anna")


def test_a_resource_that_was_deleted_with_its_stack_is_not_taken_for_left(
    clients: DeploymentClients, stub: Callable[..., Any]
) -> None:
    tags = {"aws:cloudformation:stack-id": "arn:id", "aws:cloudformation:logical-id": "Table"}
    stub(
        clients.cloudformation,
        {
            "describe_stacks": [NO_STACKS, {"Stacks": [described("one", "DELETE_COMPLETE")]}],
            "describe_stack_resources": [remembered("DELETE_COMPLETE")],
        },
    )
    stub(clients.tagging, {"get_resources": [tagged(TABLE, **tags)]})
    stub(clients.logs, {"describe_log_groups": [NO_LOG_GROUPS]})
    assert find_leftovers(clients, "anna").found == ()


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (f"{PROJECT}-anna-function-Logs6819BB44-abc", True),
        (f"/aws/lambda/{PROJECT}-anna-function-Function76856677-abc", True),
        (f"/aws/cloudformation/{PROJECT}-anna-function/Logs6819BB44", True),
        (f"{PROJECT}-anna-function-function-Logs6819BB44-abc", False),
        (f"{PROJECT}-anna-2-function-Logs6819BB44-abc", False),
        (f"copy-of-{PROJECT}-anna-function-notes", False),
    ],
)
def test_a_log_group_is_left_when_it_is_named_after_a_stack_of_this_stage(
    clients: DeploymentClients, lists: Callable[..., None], name: str, left: bool
) -> None:
    lists(logs=log_groups(name))
    found = find_leftovers(clients, "anna").found
    assert found == ((f"log group {name}",) if left else ())


def test_a_log_group_under_a_shortened_name_is_found_by_the_functions_name(
    clients: DeploymentClients, stub: Callable[..., Any]
) -> None:
    name = "/aws/lambda/lambda-invocation-paths--Function76856677-abc"
    stub(clients.cloudformation, {"describe_stacks": [NO_STACKS]})
    stub(clients.tagging, {"get_resources": [NO_RESOURCES]})
    listed = log_groups(f"{name}-2", name)
    stub(clients.logs, {"describe_log_groups": [NO_LOG_GROUPS, listed]})
    assert find_leftovers(clients, "anna", [name]).found == (f"log group {name}",)


def test_an_emulator_without_the_tagging_api_is_told_and_proven_by_the_rest(
    clients: DeploymentClients, lists: Callable[..., None], stub: Callable[..., Any]
) -> None:
    stub(clients.cloudformation, {"describe_stacks": [NO_STACKS]})
    stub(clients.tagging, {"get_resources": ["InternalFailure"]})
    stub(clients.logs, {"describe_log_groups": [NO_LOG_GROUPS]})
    (line,) = prove_nothing_left(clients, "anna").not_listed
    assert line.startswith("resources by tag (An error occurred (InternalFailure)")


def test_on_aws_a_list_that_is_refused_proves_nothing(
    stub: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    clients = DeploymentClients(load_target("aws"))
    stub(clients.cloudformation, {"describe_stacks": [NO_STACKS]})
    stub(clients.tagging, {"get_resources": ["AccessDeniedException"]})
    with pytest.raises(ClientError, match="AccessDenied"):
        prove_nothing_left(clients, "anna")


def versions(*keys: str) -> dict[str, Any]:
    return {"Versions": [{"Key": key, "VersionId": "v1"} for key in keys]}


def test_every_version_and_delete_marker_is_deleted(
    clients: DeploymentClients, stub: Callable[..., Any]
) -> None:
    page = versions("a", "b") | {"DeleteMarkers": [{"Key": "c", "VersionId": "v2"}]}
    more = {"IsTruncated": True, "NextKeyMarker": "c", "NextVersionIdMarker": "v2"}
    stubber = stub(clients.s3, {"list_object_versions": [page | more]})
    objects = [("a", "v1"), ("b", "v1"), ("c", "v2")]
    stubber.add_response("delete_objects", {}, deletion(*objects))
    stubber.add_response("list_object_versions", versions("d"))
    stubber.add_response("delete_objects", {}, deletion(("d", "v1")))
    assert empty_bucket(clients.s3, "bucket") == 4


def deletion(*objects: tuple[str, str]) -> dict[str, Any]:
    listed = [{"Key": key, "VersionId": version} for key, version in objects]
    return {"Bucket": "bucket", "Delete": {"Objects": listed, "Quiet": True}}


def test_an_object_that_cannot_be_deleted_is_named(
    clients: DeploymentClients, stub: Callable[..., Any]
) -> None:
    errors = {"Errors": [{"Key": "a", "Message": "Access Denied"}]}
    stub(clients.s3, {"list_object_versions": [versions("a")], "delete_objects": [errors]})
    with pytest.raises(NotEmptied, match="bucket bucket: a: Access Denied"):
        empty_bucket(clients.s3, "bucket")


@pytest.mark.parametrize("answer", [{}, "NoSuchBucket"], ids=["empty", "gone"])
def test_a_bucket_without_objects_needs_nothing(
    clients: DeploymentClients, stub: Callable[..., Any], answer: Any
) -> None:
    stub(clients.s3, {"list_object_versions": [answer]})
    assert empty_bucket(clients.s3, "bucket") == 0
