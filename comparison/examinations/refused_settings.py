"""Examinations that ask for settings which AWS refuses.

A target that accepts one gets its old setting back at once, but until then paths may suffer: these
examinations belong into a phase in which no job depends on what they ask to change.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from comparison.deployed import Deployed
from comparison.examinations.examination import Examination, answered
from comparison.waiting import NotInTime, eventually
from stacks.naming import Output, QueueName

Answer = dict[str, Any]


def refused(call: Callable[[], Mapping[str, Any]], undo: Callable[[], object]) -> Answer:
    """Return the answer to a call, and undo what the call did unless it was refused."""
    answer: Answer = {}
    try:
        answer = answered(call)
    finally:
        if "error" not in answer:
            undo()
    return answer


def event_invoke_settings(deployed: Deployed) -> Answer:
    """Ask for what asynchronous invocation refuses, one after the other (AS-08, AS-20, AS-22)."""
    client, name = deployed.clients.unvalidated_lambda, deployed.outputs[Output.FUNCTION_NAME]
    arn = deployed.outputs[Output.FUNCTION_ARN]
    requests: dict[str, dict[str, Any]] = {
        "three_retries": {"MaximumRetryAttempts": 3},
        "age_of_59_seconds": {"MaximumEventAgeInSeconds": 59},
        "own_destination": {"DestinationConfig": {"OnSuccess": {"Destination": arn}}},
        "nothing": {},
    }
    before: Mapping[str, Any] = client.get_function_event_invoke_config(FunctionName=name)
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    kept = {setting: before[setting] for setting in names if setting in before}
    put = partial(client.put_function_event_invoke_config, FunctionName=name)
    undo = partial(put, **kept)
    return {label: refused(partial(put, **request), undo) for label, request in requests.items()}


def bucket_notifications(deployed: Deployed) -> Answer:
    """Ask to notify an unknown function (S3-06), and in two ways that overlap (S3-13)."""
    client, bucket = deployed.clients.s3, deployed.outputs[Output.BUCKET_NAME]
    arn = deployed.outputs[Output.FUNCTION_ARN]
    requests: dict[str, list[dict[str, Any]]] = {
        "no_such_function": [_notification(f"{arn.rpartition(':')[0]}:no-such-function")],
        "overlapping": [_notification(arn), _notification(arn, prefix="jobs/")],
    }
    before: Mapping[str, Any] = client.get_bucket_notification_configuration(Bucket=bucket)
    kept = {name: value for name, value in before.items() if name != "ResponseMetadata"}

    def put(configuration: Any) -> Mapping[str, Any]:
        client.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=configuration
        )
        return {}

    return {
        label: refused(partial(put, {"LambdaFunctionConfigurations": request}), partial(put, kept))
        for label, request in requests.items()
    }


def _notification(function_arn: str, prefix: str | None = None) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "LambdaFunctionArn": function_arn,
        "Events": ["s3:ObjectCreated:*"],
    }
    if prefix is not None:
        notification["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}
    return notification


def raw_message_delivery(deployed: Deployed) -> Answer:
    """Ask for messages without their envelope (SN-04)."""
    client, subscription = deployed.clients.sns, deployed.outputs[Output.SUBSCRIPTION_ARN]

    def set_to(value: str) -> Mapping[str, Any]:
        client.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue=value
        )
        return {}

    return refused(partial(set_to, "true"), partial(set_to, "false"))


def short_visibility_timeout(deployed: Deployed) -> Answer:
    """Ask to update a mapping whose queue hides messages for too short a time (QS-07).

    An attribute of a queue may take a minute to be in force everywhere; until then the update is
    accepted, which changes nothing because it asks for the batch size that the mapping has.
    """
    sqs, queue = deployed.clients.sqs, deployed.queues[QueueName.WHOLE_BATCH]
    mapping = deployed.outputs.queue(QueueName.WHOLE_BATCH, "MappingId")
    answer: Answer = {}

    def set_to(seconds: int) -> None:
        sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": str(seconds)})

    def update() -> None:
        answer.clear()
        answer.update(
            answered(
                lambda: deployed.clients.lambda_.update_event_source_mapping(
                    UUID=mapping, BatchSize=10
                )
            )
        )
        assert "error" in answer, "the update was accepted"  # noqa: S101 - what is waited for

    try:
        set_to(1)
        with suppress(NotInTime):
            eventually(update, within=deployed.target.settling, every=1)
    finally:
        set_to(queue.visibility_timeout)
    return answer


REFUSED_SETTINGS: Mapping[str, Examination] = {
    "event-invoke-settings": event_invoke_settings,
    "bucket-notifications": bucket_notifications,
    "raw-message-delivery": raw_message_delivery,
    "short-visibility-timeout": short_visibility_timeout,
}
