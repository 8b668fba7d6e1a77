"""What an execution role lets Lambda do: assume it, poll a queue, deliver to a destination."""

from typing import Any

import pytest

from emulator.engine.identity_policy import may_be_assumed, may_deliver, may_poll

QUEUE = "arn:aws:sqs:eu-central-1:111122223333:jobs"


def allow(actions: Any, resource: Any = QUEUE, effect: str = "Allow") -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Action": actions, "Resource": resource}]}


CONSUME = [
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
]


@pytest.mark.parametrize(
    ("policies", "polls"),
    [
        ([], False),
        ([allow(CONSUME)], True),
        ([allow("sqs:*")], True),
        ([allow("*", "*")], True),
        ([allow(CONSUME, "arn:aws:sqs:*")], True),
        ([allow(CONSUME, QUEUE + "2")], False),
        ([allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"])], False),
        ([allow(["sqs:ReceiveMessage", "sqs:GetQueueAttributes"])], False),
        ([allow(["sqs:DeleteMessage", "sqs:GetQueueAttributes"])], False),
        ([allow("sqs:ReceiveMessage"), allow("sqs:Delete*"), allow("sqs:Get*")], True),
        ([allow(CONSUME), allow("sqs:DeleteMessage", effect="Deny")], False),
        ([allow(CONSUME), allow("s3:*", "*", effect="Deny")], True),
        (["not a policy", None, allow(CONSUME)], True),
    ],
)
def test_polling_needs_all_three_actions(policies: list[Any], *, polls: bool) -> None:
    assert may_poll(policies, QUEUE) is polls


@pytest.mark.parametrize(
    ("destination", "action"),
    [
        (QUEUE, "sqs:SendMessage"),
        ("arn:aws:sns:eu-central-1:111122223333:failures", "sns:Publish"),
        ("arn:aws:lambda:eu-central-1:111122223333:function:next", "lambda:InvokeFunction"),
        ("arn:aws:events:eu-central-1:111122223333:event-bus/default", "events:PutEvents"),
    ],
)
def test_each_destination_needs_the_action_of_its_service(destination: str, action: str) -> None:
    assert may_deliver([allow(action, destination)], destination)
    assert not may_deliver([allow(action, destination + "2")], destination)
    assert not may_deliver([allow("dynamodb:PutItem", "*")], destination)
    assert not may_deliver([], destination)


@pytest.mark.parametrize("destination", ["arn:aws:dynamodb:r:1:table/t", "", "text"])
def test_what_cannot_be_a_destination_is_never_delivered_to(destination: str) -> None:
    assert not may_deliver([allow("*", "*")], destination)


def trust(principal: Any, *, effect: str = "Allow", action: str = "sts:AssumeRole") -> Any:
    return {"Effect": effect, "Action": action, "Principal": principal}


LAMBDA = {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize(
    ("statements", "is_assumed"),
    [
        ([trust(LAMBDA)], True),
        ([trust({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})], True),
        ([trust({"Service": "ec2.amazonaws.com"})], False),
        ([trust({"AWS": "arn:aws:iam::111122223333:root"})], False),
        ([trust(LAMBDA, action="sts:TagSession")], False),
        ([trust(LAMBDA), trust(LAMBDA, effect="Deny")], False),
        ([], False),
    ],
)
def test_lambda_assumes_a_role_whose_trust_policy_names_it(
    statements: list[Any], *, is_assumed: bool
) -> None:
    assert may_be_assumed({"Statement": statements}) is is_assumed
