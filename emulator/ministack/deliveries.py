"""The way from the engine to the services that destinations and dead-letter queues belong to."""

import uuid
from collections.abc import Callable

from ministack.services import eventbridge, sns, sqs

from emulator.engine.asynchronous_invocation import DeliveryRefused
from emulator.engine.messages import (
    EventBridgeEvent,
    LambdaEvent,
    Message,
    SnsMessage,
    SqsMessage,
)
from emulator.ministack import permissions, queues
from emulator.ministack.functions import FunctionReference, reference
from emulator.ministack.scope import of_arn, within
from emulator.ministack.seams import Seam

SEAMS = (
    Seam(
        "ministack.services.sns",
        "publish_internal",
        "(topic_arn, message, subject='', *, message_structure='', message_attributes=None, "
        "message_group_id='', message_deduplication_id='')",
    ),
    Seam("ministack.services.sns", "SnsPublishError"),
    Seam("ministack.services.eventbridge", "_put_events", "(data, allow_aws_source=False)"),
    Seam("ministack.services.eventbridge", "_event_buses"),
)

AcceptEvent = Callable[[FunctionReference, bytes, str, str | None], None]
"""Queue an event for a function: function, payload, request id, trace header."""


class Deliveries:
    """Sends messages for Lambda, with the permissions of a function's execution role."""

    def __init__(self, accept: AcceptEvent) -> None:
        self._accept = accept

    async def send(self, message: Message, role_arn: str) -> None:
        """Send one message. Raises DeliveryRefused when that can never succeed."""
        match message:
            case SqsMessage():
                _require(role_arn, message.queue_arn)
                send_to_queue(message)
            case SnsMessage():
                _require(role_arn, message.topic_arn)
                _publish(message)
            case LambdaEvent():
                _require(role_arn, message.function_arn)
                self._invoke(message)
            case EventBridgeEvent():
                _require(role_arn, message.event_bus_arn)
                _put_event(message)

    def _invoke(self, message: LambdaEvent) -> None:
        function = reference(message.function_arn)
        try:
            self._accept(function, message.payload, str(uuid.uuid4()), message.trace_header)
        except LookupError as error:
            raise DeliveryRefused(str(error)) from error


def send_to_queue(message: SqsMessage) -> None:
    """Send a message to a queue. Raises DeliveryRefused when there is no such queue."""
    queue = queues.find(message.queue_arn)
    if queue is None:
        raise DeliveryRefused(f"{message.queue_arn} does not exist")
    request = {
        "QueueUrl": queue["url"],
        "MessageBody": message.body,
        "MessageAttributes": {name: dict(value) for name, value in message.attributes.items()},
    }
    if message.trace_header:
        request["MessageSystemAttributes"] = {
            "AWSTraceHeader": {"DataType": "String", "StringValue": message.trace_header}
        }
    with within(of_arn(message.queue_arn)):
        try:
            sqs._act_send_message(request, queue["url"])
        except sqs._Err as error:
            raise DeliveryRefused(error.message) from error


def _require(role_arn: str, destination_arn: str) -> None:
    if not permissions.execution_role_may_deliver(role_arn, destination_arn):
        raise DeliveryRefused(f"{role_arn} may not send to {destination_arn}")


def _publish(message: SnsMessage) -> None:
    attributes = {name: dict(value) for name, value in message.attributes.items()}
    with within(of_arn(message.topic_arn)):
        try:
            published = sns.publish_internal(
                message.topic_arn, message.message, message_attributes=attributes
            )
        except sns.SnsPublishError as error:
            raise DeliveryRefused(str(error)) from error
    if published is None:
        raise DeliveryRefused(f"{message.topic_arn} does not exist")


def _put_event(message: EventBridgeEvent) -> None:
    bus = message.event_bus_arn.rpartition("/")[2]
    entry = {
        "Source": message.source,
        "DetailType": message.detail_type,
        "Detail": message.detail,
        "Resources": list(message.resources),
        "EventBusName": bus,
    }
    if message.trace_header:
        entry["TraceHeader"] = message.trace_header
    with within(of_arn(message.event_bus_arn)):
        if bus != "default" and bus not in eventbridge._event_buses:
            raise DeliveryRefused(f"{message.event_bus_arn} does not exist")
        eventbridge._put_events({"Entries": [entry]})
