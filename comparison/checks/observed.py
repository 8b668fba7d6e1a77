"""A job's observation in the words that facts expect (see `comparison.facts.catalogue`)."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from comparison.observation import Attempt, CallerSaw, Ending, JobObservation, Place
from comparison.path import InvocationType
from comparison.targets import Target


def describe(job: JobObservation, target: Target) -> dict[str, Any]:
    """Return everything that was seen of a job as one table of plain values.

    Waits of Lambda's asynchronous queue are given in seconds of AWS's time.
    """
    return {
        **describe_caller(job.caller),
        **describe_attempts(job, target),
        **describe_endings(job.endings),
    }


def describe_caller(caller: CallerSaw | None) -> dict[str, Any]:
    """Return what the caller saw; empty when it has not been answered."""
    if caller is None:
        return {}
    seen: dict[str, Any] = {
        "status": caller.status,
        "headers": dict(caller.headers),
        "body": parsed(caller.body),
        "details": dict(caller.details),
        "seconds": caller.seconds,
    }
    error = caller.details.get("Error")
    if isinstance(error, Mapping):
        seen["error"] = {"code": error.get("Code"), "message": error.get("Message")}
    elif caller.error is not None:
        seen["error"] = {"code": caller.error, "message": caller.error}
    return seen


def describe_attempts(job: JobObservation, target: Target) -> dict[str, Any]:
    """Return how often, when and under which ids the function started on a job."""
    attempts = job.attempts
    scale = target.factor if job.sending.path.invocation_type is InvocationType.ASYNCHRONOUS else 1
    return {
        "attempts": len(attempts),
        "gaps": [
            (later.started_at - earlier.started_at) * scale for earlier, later in pairwise(attempts)
        ],
        "request_ids": len({attempt.request_id for attempt in attempts}),
        "receive_counts": [attempt.receive_count for attempt in attempts],
        "batch_sizes": [attempt.batch_size for attempt in attempts],
        "outcomes": [attempt.outcome for attempt in attempts],
        "ran_seconds": [_ran(attempt) for attempt in attempts],
        "event": attempts[0].event if attempts else None,
    }


def describe_endings(endings: tuple[Ending, ...]) -> dict[str, Any]:
    """Return where a job ended, and the message found where Lambda or a queue put it."""
    places = sorted({ending.where.value for ending in endings})
    seen: dict[str, Any] = {"ended": places[0] if len(places) == 1 else places}
    message = next((ending for ending in endings if ending.where is not Place.CALLER), None)
    if message is not None:
        seen |= {
            "record": message.record,
            "attributes": dict(message.attributes),
            "system_attributes": dict(message.system_attributes),
        }
    return seen


def parsed(text: str) -> Any:
    """Return the value of a JSON text, or the text itself when it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ran(attempt: Attempt) -> float | None:
    return None if attempt.finished_at is None else attempt.finished_at - attempt.started_at
