"""The documented IAM policies: they allow every call that the code makes, and nothing else."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

import botocore.session
import pytest

from unit_tests.deployment.aws_calls import PROJECT_FOLDER, AwsCall, aws_calls

POLICIES = {"comparison": "test-policy.json", "deployment": "deploy-policy.json"}

PREFIXES = {
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
}
"""Services whose prefix in IAM is not the name that botocore gives them."""

ACTIONS = {
    ("lambda", "Invoke"): {"lambda:InvokeFunction"},
    ("s3", "DeleteObjects"): {"s3:DeleteObject", "s3:DeleteObjectVersion"},
    ("s3", "GetBucketNotificationConfiguration"): {"s3:GetBucketNotification"},
    ("s3", "ListObjectVersions"): {"s3:ListBucketVersions"},
    ("s3", "PutBucketNotificationConfiguration"): {"s3:PutBucketNotification"},
    ("sqs", "SendMessageBatch"): {"sqs:SendMessage"},
    # Everybody may ask who they are.
    ("sts", "GetCallerIdentity"): set(),
}
"""Operations whose action in IAM has another name."""

WITHOUT_A_CLIENT = {
    "comparison": {"execute-api:Invoke"},
    "deployment": {"sts:AssumeRole"},
}
"""Actions of requests that no client of the SDK makes: signed HTTP, and the CDK CLI."""

EVERY_RESOURCE = {
    "cloudformation:DescribeStacks": "without a name it is authorized for all stacks",
    "lambda:DeleteEventSourceMapping": "the id is generated; the condition names the function",
    "lambda:GetEventSourceMapping": "the id is generated; the condition names the function",
    "lambda:UpdateEventSourceMapping": "the id is generated; the condition names the function",
}
"""Actions that could be limited to a resource and are not, with the reason."""

Statement = dict[str, Any]


def statements(policy: str) -> list[Statement]:
    document = json.loads((PROJECT_FOLDER / "docs" / "iam" / policy).read_text())
    listed: list[Statement] = document["Statement"]
    return listed


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def allowed(policy: str) -> list[str]:
    return [action for one in statements(policy) for action in as_list(one["Action"])]


def actions(call: AwsCall) -> set[str]:
    key = (call.service, call.operation)
    if key in ACTIONS:
        return ACTIONS[key]
    if call.service == "apigateway":
        model = botocore.session.get_session().get_service_model(call.service)
        return {f"apigateway:{model.operation_model(call.operation).http['method']}"}
    return {f"{PREFIXES.get(call.service, call.service)}:{call.operation}"}


def known_actions() -> dict[str, dict[str, Any]]:
    """Return what AWS documents of each action, as cfn-lint carries it, in lower case."""
    text = files("cfnlint").joinpath("data/AdditionalSpecs/Policies.json").read_text()
    return {
        f"{service}:{action}".lower(): details
        for service, known in json.loads(text).items()
        for action, details in known.get("Actions", {}).items()
    }


@pytest.mark.parametrize("folder", POLICIES)
def test_every_call_is_allowed(folder: str) -> None:
    granted = allowed(POLICIES[folder])
    missing = {
        f"{action} for {call.service} {call.operation} in {call.where}"
        for call in aws_calls(folder)
        for action in actions(call)
        if not any(fnmatchcase(action.lower(), one.lower()) for one in granted)
    }
    assert not missing, f"add to docs/iam/{POLICIES[folder]}: {sorted(missing)}"


@pytest.mark.parametrize("folder", POLICIES)
def test_nothing_is_allowed_that_is_not_called(folder: str) -> None:
    called = {action for call in aws_calls(folder) for action in actions(call)}
    assert set(allowed(POLICIES[folder])) == called | WITHOUT_A_CLIENT[folder]


def test_the_code_is_read_deeply_enough_to_see_its_calls() -> None:
    seen = {(call.service, call.operation) for call in aws_calls("comparison")}
    assert ("lambda", "Invoke") in seen  # through a lambda and an attribute
    assert ("dynamodb", "Query") in seen  # through a paginator
    assert ("cloudformation", "DescribeStacks") in seen  # through a parameter
    assert ("lambda", "PutFunctionEventInvokeConfig") in seen  # handed on, not called


@pytest.mark.parametrize("policy", POLICIES.values())
def test_actions_are_named_one_by_one_and_exist(policy: str) -> None:
    known = known_actions()
    assert [action for action in allowed(policy) if action.lower() not in known] == []


def limits(policy: str) -> Iterator[tuple[str, bool, bool]]:
    """Go through the actions of a policy: action, can it be limited, is it limited."""
    known = known_actions()
    for statement in statements(policy):
        limited = "*" not in as_list(statement["Resource"])
        for action in as_list(statement["Action"]):
            yield action, bool(known[action.lower()].get("Resources")), limited


@pytest.mark.parametrize("policy", POLICIES.values())
def test_what_can_be_limited_to_a_resource_is(policy: str) -> None:
    open_ = {action for action, can, limited in limits(policy) if can and not limited}
    assert open_ <= set(EVERY_RESOURCE)


@pytest.mark.parametrize("policy", POLICIES.values())
def test_what_cannot_be_limited_to_a_resource_is_not(policy: str) -> None:
    """An action that knows no resource is not allowed by a statement that names one."""
    assert [action for action, can, limited in limits(policy) if limited and not can] == []


def test_whoever_maps_a_queue_may_do_so_for_our_function_alone() -> None:
    for policy in POLICIES.values():
        for statement in statements(policy):
            if any("EventSourceMapping" in one for one in as_list(statement["Action"])):
                if as_list(statement["Action"]) == ["lambda:ListEventSourceMappings"]:
                    continue
                pattern = statement["Condition"]["ArnLike"]["lambda:FunctionArn"]
                assert pattern.endswith(":function:lambda-invocation-paths-*")


@pytest.mark.parametrize("policy", POLICIES.values())
def test_statements_are_told_apart_by_their_id(policy: str) -> None:
    ids = [statement["Sid"] for statement in statements(policy)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("policy", POLICIES.values())
def test_a_policy_fits_into_what_iam_accepts(policy: str) -> None:
    """6,144 characters without white space ("IAM and AWS STS quotas")."""
    document = json.loads((PROJECT_FOLDER / "docs" / "iam" / policy).read_text())
    assert len(json.dumps(document, separators=(",", ":"))) <= 6144
