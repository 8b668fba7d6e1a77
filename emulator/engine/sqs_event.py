"""The event that a function receives for a batch of SQS messages (QS-10).

Source: Lambda Developer Guide, "Using Lambda with Amazon SQS", and recordings of AWS, which also
show when `md5OfMessageAttributes` is there: with the digest when the message has attributes; else
null when the mapping has a batching window, and not at all when it has none.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.engine.batching import EVENT_HEAD, EVENT_SEPARATOR, EVENT_TAIL

_ATTRIBUTE_ORDER = (
    "ApproximateReceiveCount",
    "AWSTraceHeader",
    "SentTimestamp",
    "SequenceNumber",
    "MessageGroupId",
    "SenderId",
    "MessageDeduplicationId",
    "ApproximateFirstReceiveTimestamp",
    "DeadLetterQueueSourceArn",
)


@dataclass(frozen=True)
class MessageAttribute:
    """One attribute that the sender gave a message: a string or number, or bytes."""

    data_type: str
    string_value: str | None = None
    binary_value: bytes | None = None


@dataclass(frozen=True)
class Message:
    """One message as ReceiveMessage returns it, with all system and message attributes.

    attributes are the system attributes (ApproximateReceiveCount, MessageGroupId, AWSTraceHeader,
    ...), all of them text. md5_of_message_attributes is None when there are none.
    """

    message_id: str
    receipt_handle: str
    body: str
    md5_of_body: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    message_attributes: Mapping[str, MessageAttribute] = field(default_factory=dict)
    md5_of_message_attributes: str | None = None


def sqs_record(message: Message, queue_arn: str, *, with_batching_window: bool) -> dict[str, Any]:
    """Describe the message as an element of `Records`; its body is passed on untouched."""
    record: dict[str, Any] = {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            name: message.attributes[name]
            for name in _ATTRIBUTE_ORDER
            if name in message.attributes
        },
        "messageAttributes": {
            name: _message_attribute(attribute)
            for name, attribute in message.message_attributes.items()
        },
    }
    if message.md5_of_message_attributes is not None or with_batching_window:
        record["md5OfMessageAttributes"] = message.md5_of_message_attributes
    record["md5OfBody"] = message.md5_of_body
    record["eventSource"] = "aws:sqs"
    record["eventSourceARN"] = queue_arn
    record["awsRegion"] = queue_arn.split(":")[3]
    return record


def encode_record(record: Mapping[str, Any]) -> bytes:
    """Write the record as JSON in UTF-8; characters that UTF-8 cannot hold stay JSON escapes."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="backslashreplace")


def encode_event(encoded_records: Iterable[bytes]) -> bytes:
    """Join records that are JSON already to the event payload, in their order."""
    return EVENT_HEAD + EVENT_SEPARATOR.join(encoded_records) + EVENT_TAIL


def _message_attribute(attribute: MessageAttribute) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if attribute.string_value is not None:
        value["stringValue"] = attribute.string_value
    if attribute.binary_value is not None:
        value["binaryValue"] = base64.b64encode(attribute.binary_value).decode("ascii")
    return {
        **value,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute.data_type,
    }
