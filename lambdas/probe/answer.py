"""The answers: what each path takes for one, from the same body."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from .event_shape import Carrier
from .job import Job, Work
from .receipt import Invocation

Body = Mapping[str, object] | str
"""A JSON object, or plain text where only the size matters."""


def body(job: Job, invocation: Invocation, *, receipt_written: bool) -> dict[str, object]:
    """Return the body of an answer, the same on every path; `echo` adds the event."""
    fields: dict[str, object] = {
        "run": job.run,
        "job": job.job,
        "path": invocation.path,
        "request_id": invocation.request_id,
        "receipt": "written" if receipt_written else "not written",
    }
    if job.work is Work.ECHO:
        fields["event"] = invocation.event
    return fields


def api_gateway(status: HTTPStatus, body: Body) -> dict[str, object]:
    """Answer API Gateway: a key that it does not know would turn any answer into a 502 (AG-12)."""
    media_type, text = _content(body)
    return {"statusCode": status.value, "headers": {"content-type": media_type}, "body": text}


def alb(status: HTTPStatus, body: Body, *, multi_value_headers: bool) -> dict[str, object]:
    """Answer the ALB (AL-09), with the header's values in a list if it asks for that (AL-07)."""
    media_type, text = _content(body)
    answer: dict[str, object] = {
        "statusCode": status.value,
        "statusDescription": f"{status.value} {status.phrase}",
        "isBase64Encoded": False,
        "body": text,
    }
    if multi_value_headers:
        return {**answer, "multiValueHeaders": {"content-type": [media_type]}}
    return {**answer, "headers": {"content-type": media_type}}


def sqs(failed: Sequence[Carrier]) -> dict[str, object]:
    """Answer the event source mapping: the messages that are to come back (QS-40)."""
    return {"batchItemFailures": [{"itemIdentifier": carrier.message_id} for carrier in failed]}


def _content(body: Body) -> tuple[str, str]:
    if isinstance(body, str):
        return "text/plain", body
    return "application/json", json.dumps(body)
