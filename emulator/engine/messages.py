"""Messages that the engine hands to other services, each in the form of the service's API."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MessageAttributes = Mapping[str, Mapping[str, str]]


def attribute(value: str, data_type: str = "String") -> Mapping[str, str]:
    """One message attribute, in the form that SendMessage and Publish share."""
    return {"DataType": data_type, "StringValue": value}


@dataclass(frozen=True)
class SqsMessage:
    """SendMessage to a queue; trace_header becomes the system attribute AWSTraceHeader."""

    queue_arn: str
    body: str
    attributes: MessageAttributes = field(default_factory=dict)
    trace_header: str | None = None


@dataclass(frozen=True)
class SnsMessage:
    """Publish to a topic."""

    topic_arn: str
    message: str
    attributes: MessageAttributes = field(default_factory=dict)


@dataclass(frozen=True)
class LambdaEvent:
    """Invoke a function, asynchronously; function_arn may be qualified."""

    function_arn: str
    payload: bytes
    trace_header: str | None = None


@dataclass(frozen=True)
class EventBridgeEvent:
    """PutEvents with one entry; detail is a JSON text."""

    event_bus_arn: str
    source: str
    detail_type: str
    detail: str
    resources: tuple[str, ...]
    trace_header: str | None = None


Message = SqsMessage | SnsMessage | LambdaEvent | EventBridgeEvent
