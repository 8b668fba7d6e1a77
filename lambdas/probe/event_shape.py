"""The shapes of events: how a handler can tell what invoked it, and where the job is in each.

| shape | told by (D17) | holds the job in |
|---|---|---|
| `direct` | none of the others: the caller's JSON as it is (SI-03) | the event itself |
| `api-gateway` | `requestContext.stage` and `resource` (AG-04) | `body`, or query parameter `job` |
| `alb` | `requestContext.elb` (AL-02) | `body`, or query parameter `job` |
| `s3` | `Records[].eventSource` = `aws:s3` (S3-02) | the object that it names |
| `eventbridge` | `detail-type` and `source` (EB-02) | `detail` |
| `schedule` | as `eventbridge`; source `aws.events` (EB-14) | nowhere: it waits for the rule |
| `sns` | `Records[].EventSource` = `aws:sns`, capital E (SN-02) | `Sns.Message` |
| `sqs` | `Records[].eventSource` = `aws:sqs` (QS-10) | `body` |

Everything here is pure and takes any JSON value: what an event lacks is read as absent.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from .job import JobError

QUERY_PARAMETER = "job"


class EventShape(StrEnum):
    """The shape of an event: which kind of path it came by."""

    DIRECT = "direct"
    API_GATEWAY = "api-gateway"
    ALB = "alb"
    S3 = "s3"
    EVENTBRIDGE = "eventbridge"
    SCHEDULE = "schedule"
    SNS = "sns"
    SQS = "sqs"


@dataclass(frozen=True)
class S3Object:
    """An object whose content is the job."""

    bucket: str
    key: str


@dataclass(frozen=True)
class ScheduledEvent:
    """One firing of a schedule rule: the job waits under the rule's ARN."""

    rule_arn: str
    event_id: str


@dataclass(frozen=True)
class Carrier:
    """A part of an event that should carry one job.

    job is its JSON text (empty if there is none), or says where the text is to be found.
    message_id and receive_count are those of an SQS message, else None.
    """

    job: str | S3Object | ScheduledEvent
    message_id: str | None = None
    receive_count: int | None = None


def shape_of(event: object) -> EventShape:
    """Recognise the shape of an event by its own keys."""
    fields = _object(event)
    request_context = _object(fields.get("requestContext"))
    if "elb" in request_context:
        return EventShape.ALB
    if "stage" in request_context and "resource" in fields:
        return EventShape.API_GATEWAY
    if "detail-type" in fields and "source" in fields:
        return _rule_shape(fields)
    return _record_shape(fields)


def carriers(event: object) -> list[Carrier]:
    """Return the parts of an event that should carry a job: several for SQS, else one.

    Raises JobError when that part cannot be read at all.
    """
    return _CARRIERS[shape_of(event)](event)


def batch_size(event: object) -> int:
    """Return the number of records in an event, 1 if its shape has none (QS-11)."""
    return max(1, len(_records(event)))


def has_multi_value_headers(event: object) -> bool:
    """Tell whether the ALB expects `multiValueHeaders` in the answer.

    With `lambda.multi_value_headers.enabled` on the target group the event has only
    `multiValueHeaders` and no `headers`, and the answer must do the same (AL-07).
    """
    fields = _object(event)
    return "multiValueHeaders" in fields and "headers" not in fields


def is_from_fifo_queue(event: object) -> bool:
    """Tell whether an SQS event is from a FIFO queue.

    The queue's name says so: it ends in `.fifo`. `MessageGroupId` does not, because messages of a
    standard queue have one too when the queue is used as a fair queue (Amazon SQS Developer
    Guide, "Using the message group ID").
    """
    return any(_text(record.get("eventSourceARN")).endswith(".fifo") for record in _records(event))


def _rule_shape(fields: Mapping[str, object]) -> EventShape:
    if fields["source"] == "aws.events" and fields["detail-type"] == "Scheduled Event":
        return EventShape.SCHEDULE
    return EventShape.EVENTBRIDGE


def _record_shape(fields: Mapping[str, object]) -> EventShape:
    for record in _records(fields)[:1]:
        if record.get("eventSource") == "aws:s3":
            return EventShape.S3
        if record.get("eventSource") == "aws:sqs":
            return EventShape.SQS
        if record.get("EventSource") == "aws:sns":
            return EventShape.SNS
    return EventShape.DIRECT


def _direct(event: object) -> list[Carrier]:
    return [Carrier(json.dumps(event))]


def _api_gateway(event: object) -> list[Carrier]:
    """Read an API Gateway request: empty things are null (AG-05), the query is decoded (AG-07)."""
    fields = _object(event)
    query = _object(fields.get("queryStringParameters"))
    return [Carrier(_body(fields) or _text(query.get(QUERY_PARAMETER)))]


def _alb(event: object) -> list[Carrier]:
    """Read an ALB request: empty things are `""` and `{}` (AL-03), the query is encoded (AL-05).

    With multi-value headers on, query parameters are lists under another key (AL-07); the last
    value counts, as it does without (AL-06).
    """
    fields = _object(event)
    query = _object(fields.get("queryStringParameters"))
    values = _list(_object(fields.get("multiValueQueryStringParameters")).get(QUERY_PARAMETER))
    encoded = values[-1] if values else query.get(QUERY_PARAMETER)
    return [Carrier(_body(fields) or unquote_plus(_text(encoded)))]


def _body(fields: Mapping[str, object]) -> str:
    """Return the body of a request; binary ones arrive in base64 (AG-09, AL-08)."""
    body = _text(fields.get("body"))
    if fields.get("isBase64Encoded") is not True:
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError as error:
        raise JobError("the body is not UTF-8 text in base64") from error


def _s3(event: object) -> list[Carrier]:
    """Read S3 records: the key is URL-encoded, a space is `+` (S3-03).

    One record in practice (S3-04).
    """
    return [Carrier(_s3_object(_object(record.get("s3")))) for record in _records(event)]


def _s3_object(s3: Mapping[str, object]) -> S3Object:
    bucket = _text(_object(s3.get("bucket")).get("name"))
    key = _text(_object(s3.get("object")).get("key"))
    if not bucket or not key:
        raise JobError("the S3 record names no object")
    return S3Object(bucket, unquote_plus(key))


def _eventbridge(event: object) -> list[Carrier]:
    """Read an EventBridge event: `detail` is a JSON object, not text (EB-02)."""
    return [Carrier(json.dumps(_object(event).get("detail")))]


def _schedule(event: object) -> list[Carrier]:
    """Read a scheduled event: `detail` is `{}`, `resources` is `[rule ARN]` (EB-14)."""
    fields = _object(event)
    resources = _list(fields.get("resources"))
    rule_arn = _text(resources[0]) if resources else ""
    event_id = _text(fields.get("id"))
    if not rule_arn or not event_id:
        raise JobError("the scheduled event names no rule or has no id")
    return [Carrier(ScheduledEvent(rule_arn, event_id))]


def _sns(event: object) -> list[Carrier]:
    """Read SNS records: `Message` is text (SN-02).

    One record in practice (SN-03).
    """
    return [Carrier(_text(_object(record.get("Sns")).get("Message"))) for record in _records(event)]


def _sqs(event: object) -> list[Carrier]:
    """Read SQS records: `body` is text; the receive count is a number in text (QS-10, QS-31)."""
    return [_sqs_message(record) for record in _records(event)]


def _sqs_message(record: Mapping[str, object]) -> Carrier:
    message_id = _text(record.get("messageId"))
    if not message_id:
        raise JobError("an SQS record has no messageId")
    received = _text(_object(record.get("attributes")).get("ApproximateReceiveCount"))
    return Carrier(
        _text(record.get("body")),
        message_id=message_id,
        receive_count=int(received) if received.isdecimal() else None,
    )


def _records(event: object) -> list[Mapping[str, object]]:
    return [_object(record) for record in _list(_object(event).get("Records"))]


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_CARRIERS: Mapping[EventShape, Callable[[object], list[Carrier]]] = {
    EventShape.DIRECT: _direct,
    EventShape.API_GATEWAY: _api_gateway,
    EventShape.ALB: _alb,
    EventShape.S3: _s3,
    EventShape.EVENTBRIDGE: _eventbridge,
    EventShape.SCHEDULE: _schedule,
    EventShape.SNS: _sns,
    EventShape.SQS: _sqs,
}
