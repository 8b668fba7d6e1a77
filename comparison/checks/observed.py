"""A job's observation in the words that facts expect (see `comparison.facts.catalogue`)."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from comparison.observation import Attempt, CallerSaw, Ending, JobObservation, Place
from comparison.path import InvocationType, Path
from comparison.targets import Target

DESTINATIONS = frozenset({Place.ON_SUCCESS, Place.ON_FAILURE})
DEAD_LETTER_QUEUES = frozenset(
    {
        Place.FUNCTION_DEAD_LETTER_QUEUE,
        Place.RULE_DEAD_LETTER_QUEUE,
        Place.SUBSCRIPTION_DEAD_LETTER_QUEUE,
        Place.DEAD_LETTER_QUEUE,
    }
)


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
    if caller.error is not None:
        seen["error"] = caller.error
    return seen


def describe_attempts(job: JobObservation, target: Target) -> dict[str, Any]:
    """Return how often, when and under which ids the function started on a job."""
    attempts = job.attempts
    return {
        "attempts": len(attempts),
        "gaps": [_gap(*pair, job.sending.path, target) for pair in pairwise(attempts)],
        "request_ids": len({attempt.request_id for attempt in attempts}),
        "message_ids": len({attempt.message_id for attempt in attempts}),
        "receive_counts": [attempt.receive_count for attempt in attempts],
        "batch_sizes": [attempt.batch_size for attempt in attempts],
        "outcome": attempts[-1].outcome if attempts else None,
        "delay": _delay(job),
        "event": attempts[0].event if attempts else None,
    }


def _gap(earlier: Attempt, later: Attempt, path: Path, target: Target) -> float:
    """Return the seconds between two starts, as they would be on AWS.

    Only the wait in Lambda's asynchronous queue has a pace; the attempt itself ran in real time.
    """
    waited_from = earlier.finished_at or earlier.started_at
    wait = later.started_at - waited_from
    if path.invocation_type is InvocationType.ASYNCHRONOUS:
        wait = target.real_seconds(wait)
    return waited_from - earlier.started_at + wait


def describe_endings(endings: tuple[Ending, ...]) -> dict[str, Any]:
    """Return where a job ended, and the messages found where Lambda or a queue put it."""
    seen: dict[str, Any] = {"endings": sorted({ending.where.value for ending in endings})}
    destination = _first(endings, DESTINATIONS)
    if destination is not None:
        seen["destination"] = destination.record
        seen["destination_attributes"] = sorted(destination.attributes)
        seen["system_attributes"] = dict(destination.system_attributes)
    dead_letter = _first(endings, DEAD_LETTER_QUEUES)
    if dead_letter is not None:
        seen["dead_letter"] = {
            "body": dead_letter.record,
            "attributes": dict(dead_letter.attributes),
            "message_id": dead_letter.message_id,
        }
    return seen


def _first(endings: tuple[Ending, ...], places: frozenset[Place]) -> Ending | None:
    return next((ending for ending in endings if ending.where in places), None)


def parsed(text: str) -> Any:
    """Return the value of a JSON text, or the text itself when it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _delay(job: JobObservation) -> float | None:
    """Return the seconds from sending to the first start."""
    if job.caller is None or not job.attempts:
        return None
    return job.attempts[0].started_at - job.caller.sent_at


def inside(value: Any, *steps: str | int) -> Any:
    """Return what is found in nested tables and lists by keys and positions; None for nothing."""
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def key_names(table: Any) -> list[str]:
    """Return the names of a table's keys, sorted; none of what is no table."""
    return sorted(table) if isinstance(table, Mapping) else []


def trace_root(header: Any) -> str | None:
    """Return the Root of an X-Amzn-Trace-Id header, if it has one."""
    fields = header.split(";") if isinstance(header, str) else []
    roots = [field.partition("=")[2] for field in fields if field.strip().startswith("Root=")]
    return roots[0] if roots else None
