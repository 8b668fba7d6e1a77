"""Statements taken away from what is deployed, through AWS's API, and put back."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from comparison.deployed import Deployed
from stacks.naming import Output, stack_name

from .statements import PERMISSION, Statement

Document = dict[str, Any]


@dataclass(frozen=True)
class PolicyHolder:
    """Where a policy document is kept; a document without statements is written as None."""

    read: Callable[[], Document]
    write: Callable[[Document | None], object]


@contextmanager
def taken_away(
    deployed: Deployed, statement: Statement, action: str | None = None
) -> Iterator[None]:
    """Go without a statement, or without one of its actions."""
    if statement.resource_type == PERMISSION:
        with _without_permission(deployed, statement):
            yield
        return
    holder = _HOLDERS[statement.resource_type](deployed, statement)
    before = holder.read()
    holder.write(_without(before, statement, action))
    try:
        yield
    finally:
        holder.write(before)


def _without(document: Document, statement: Statement, action: str | None) -> Document | None:
    found = document["Statement"][statement.number]
    assert _actions(found) == statement.actions, f"{found} is not what the template says"
    rest = [dict(one) for one in document["Statement"]]
    if action is None:
        del rest[statement.number]
    else:
        rest[statement.number]["Action"] = [one for one in statement.actions if one != action]
    return {**document, "Statement": rest} if rest else None


def _actions(statement: Mapping[str, Any]) -> tuple[str, ...]:
    actions = statement["Action"]
    return tuple(actions) if isinstance(actions, list) else (actions,)


@contextmanager
def _without_permission(deployed: Deployed, statement: Statement) -> Iterator[None]:
    client, function = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_ARN]
    policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    sid = physical_id(deployed, statement, statement.logical_id)
    [found] = [one for one in policy["Statement"] if one["Sid"] == sid]
    client.remove_permission(FunctionName=function, StatementId=sid)
    try:
        yield
    finally:
        client.add_permission(FunctionName=function, **_permission(found))


def _permission(statement: Mapping[str, Any]) -> Any:
    """Return the arguments of AddPermission that make a statement again."""
    conditions = statement["Condition"]
    optional = {
        "SourceArn": conditions["ArnLike"]["AWS:SourceArn"],
        "SourceAccount": conditions.get("StringEquals", {}).get("AWS:SourceAccount"),
    }
    return {
        "StatementId": statement["Sid"],
        "Action": statement["Action"],
        "Principal": statement["Principal"]["Service"],
        **{name: value for name, value in optional.items() if value is not None},
    }


def physical_id(deployed: Deployed, statement: Statement, logical_id: str) -> str:
    """Return the physical id of a resource in the statement's stack."""
    detail = deployed.clients.cloudformation.describe_stack_resource(
        StackName=stack_name(deployed.outputs.stage, statement.stack), LogicalResourceId=logical_id
    )
    return detail["StackResourceDetail"]["PhysicalResourceId"]


def resource_of(deployed: Deployed, statement: Statement) -> str:
    """Return the physical id of the queue, bucket or topic that a policy is attached to."""
    attached = statement.properties
    references: Sequence[Mapping[str, str]] = (
        attached.get("Queues") or attached.get("Topics") or [attached["Bucket"]]
    )
    [reference] = references
    return physical_id(deployed, statement, reference["Ref"])


def _role_policy(deployed: Deployed, statement: Statement) -> PolicyHolder:
    iam, role = deployed.clients.iam, deployed.outputs[Output.FUNCTION_ROLE_NAME]
    of = {"RoleName": role, "PolicyName": statement.properties["PolicyName"]}

    def write(document: Document | None) -> None:
        if document is None:
            iam.delete_role_policy(**of)
        else:
            iam.put_role_policy(**of, PolicyDocument=json.dumps(document))

    return PolicyHolder(lambda: _parsed(iam.get_role_policy(**of)["PolicyDocument"]), write)


def _trust_policy(deployed: Deployed, _statement: Statement) -> PolicyHolder:
    iam, role = deployed.clients.iam, deployed.outputs[Output.FUNCTION_ROLE_NAME]
    return PolicyHolder(
        lambda: _parsed(iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]),
        lambda document: iam.update_assume_role_policy(
            RoleName=role, PolicyDocument=json.dumps(document or NOBODY)
        ),
    )


def _queue_policy(deployed: Deployed, statement: Statement) -> PolicyHolder:
    sqs, url = deployed.clients.sqs, resource_of(deployed, statement)

    def read() -> Document:
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        return _parsed(answer["Attributes"]["Policy"])

    return PolicyHolder(
        read,
        lambda document: sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": json.dumps(document) if document else ""}
        ),
    )


def _bucket_policy(deployed: Deployed, statement: Statement) -> PolicyHolder:
    s3, bucket = deployed.clients.s3, resource_of(deployed, statement)

    def write(document: Document | None) -> None:
        if document is None:
            s3.delete_bucket_policy(Bucket=bucket)
        else:
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))

    return PolicyHolder(lambda: _parsed(s3.get_bucket_policy(Bucket=bucket)["Policy"]), write)


def _topic_policy(deployed: Deployed, statement: Statement) -> PolicyHolder:
    sns, topic = deployed.clients.sns, resource_of(deployed, statement)
    return PolicyHolder(
        lambda: _parsed(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]),
        lambda document: sns.set_topic_attributes(
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=json.dumps(document or NOBODY),
        ),
    )


def _parsed(document: Any) -> Document:
    """Return a document as IAM answers it, parsed, or as the others do, as text."""
    parsed: Document = json.loads(document) if isinstance(document, str) else dict(document)
    return parsed


NOBODY: Document = {"Version": "2012-10-17", "Statement": []}
"""For a role and a topic, which are never without a policy."""

_HOLDERS: Mapping[str, Callable[[Deployed, Statement], PolicyHolder]] = {
    "AWS::IAM::Policy": _role_policy,
    "AWS::IAM::Role": _trust_policy,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SQS::QueuePolicy": _queue_policy,
}
