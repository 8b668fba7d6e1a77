"""One call as its caller sees it: timed, with its answer or its error as data."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from comparison.clients import TRACE_HEADER
from comparison.observation import CallerSaw, Sending


def body_of(sending: Sending) -> str:
    """Return the job as JSON text, padded as it asks for, or the bytes that replace it."""
    if sending.payload is not None:
        return sending.payload.decode()
    return json.dumps(sending.document()).ljust(sending.padded_to)


def timed_call(call: Callable[[], Mapping[str, Any]], trace_header: str | None = None) -> CallerSaw:
    """Call an AWS API and return what its caller saw; an API error is a sight, not an exception."""
    TRACE_HEADER.set(trace_header)
    sent_at, started = time.time(), time.monotonic()
    try:
        answer: Mapping[str, Any] = call()
        error = None
    except ClientError as refusal:
        answer, error = refusal.response, refusal.response["Error"].get("Code")
    except BotoCoreError as failure:
        return CallerSaw(sent_at, time.monotonic() - started, error=str(failure))
    body = answer["Payload"].read().decode() if "Payload" in answer else ""
    seconds = time.monotonic() - started
    metadata = answer.get("ResponseMetadata", {})
    details = {
        name: value for name, value in answer.items() if name not in {"ResponseMetadata", "Payload"}
    }
    return CallerSaw(
        sent_at=sent_at,
        seconds=seconds,
        status=metadata.get("HTTPStatusCode"),
        headers={name.lower(): value for name, value in metadata.get("HTTPHeaders", {}).items()},
        body=body,
        error=error,
        details=details | {"RequestId": metadata.get("RequestId")},
    )
