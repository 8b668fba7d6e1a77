"""Checks of asynchronous invocation, on every path that has it."""

from collections.abc import Mapping
from typing import Any

from comparison.checks.direct import permission_of_caller, same_root
from comparison.checks.kinds import examined, one_job, side_by_side, with_keys
from comparison.checks.observed import inside
from comparison.checks.policies import allowed_on_all
from comparison.checks.seen import Check, NotObserved, Seen
from comparison.observation import JobObservation, Place
from comparison.path import Path
from comparison.receipts import seconds
from comparison.targets import Target


def answer_to_caller(seen: Seen, path: Path) -> object:
    """AS-01: what the caller gets, and whether it has to wait for the function."""
    job = seen.only("slow", path)
    if job.caller is None or not job.attempts or job.attempts[0].finished_at is None:
        raise NotObserved("the function did not finish the slow job")
    answered_at = job.caller.sent_at + job.caller.seconds
    return {
        "slow": {
            **seen.described("slow", path),
            "answered_first": answered_at < job.attempts[0].finished_at,
        },
        "failed": seen.described("raise", path),
    }


def request_id_of_caller(seen: Seen, path: Path) -> object:
    """AS-03: where the request id of the 202 is found again."""
    job = seen.only("raise", path)
    told = inside(job.caller and job.caller.details, "RequestId")
    destination, dead_letter = (
        job.ending(Place.ON_FAILURE),
        job.ending(Place.FUNCTION_DEAD_LETTER_QUEUE),
    )
    return {
        "request_id_in_receipts": _request_ids(job) == {told},
        "request_id_in_destination": destination is not None
        and inside(destination.record, "requestContext", "requestId") == told,
        "request_id_in_dead_letter": dead_letter is not None
        and dead_letter.attributes.get("RequestID") == told,
    }


def _request_ids(job: JobObservation) -> set[str]:
    return {attempt.request_id for attempt in job.attempts}


def event_age(seen: Seen, path: Path) -> object:
    """AS-10: how often an event is tried until it would be too old, and how long that takes."""
    ended_after = _ended_after(seen.only("age-60", path), seen.target)
    return {
        "age_60": {**seen.described("age-60", path), "ended_after": ended_after},
        "age_90": seen.described("age-90", path),
    }


def _ended_after(job: JobObservation, target: Target) -> float | None:
    """Return the seconds from sending to the record of an event that had one attempt.

    What the event waited after the attempt is given in AWS's time; the attempt itself has no pace.
    """
    ending = job.ending(Place.ON_FAILURE)
    if job.caller is None or ending is None or not job.attempts:
        return None
    finished = job.attempts[-1].finished_at or job.attempts[-1].started_at
    waited = seconds(str(inside(ending.record, "timestamp"))) - finished
    return finished - job.caller.sent_at + target.real_seconds(waited)


def throttled_for_a_while(seen: Seen, path: Path) -> object:
    """AS-11: when an event runs that met no free concurrency at first, and under which id."""
    job = seen.only("full-concurrency", path)
    described = seen.described("full-concurrency", path)
    told = inside(described, "details", "RequestId")
    delay = described["delay"]
    return {
        **described,
        "delay": None if delay is None else seen.target.real_seconds(delay),
        "request_id_in_receipts": _request_ids(job) == {told},
    }


def conditions(seen: Seen, path: Path) -> object:
    """AS-16: the conditions of records."""
    scenarios = {
        "answered": "answer",
        "failed": "raise",
        "too_old": "age-60",
        "no_concurrency": "no-concurrency",
    }
    return {
        label: inside(seen.described(scenario, path), "destination", "requestContext", "condition")
        for label, scenario in scenarios.items()
    }


def dead_letter_of_function(seen: Seen, path: Path) -> object:
    """AS-24: whether the dead-letter message is the event as it was."""
    job = seen.described("raise", path)
    event, body = inside(job, "destination", "requestPayload"), inside(job, "dead_letter", "body")
    return {**job, "body_is_event": event is not None and body == event}


def role_of_function(seen: Seen, path: Path) -> object:
    """AS-27: what the function's role may do with the queues in which events end."""
    del path  # the role is the same on every path
    statements, queues = seen.answer_of("role-policies"), seen.answer_of("sink-arns")
    return {"role_allows": allowed_on_all(statements, queues, "sqs")}


def other_failures(seen: Seen, path: Path) -> Mapping[str, Any]:
    """AS-36: what becomes of an event on which the function times out, or its process ends."""
    failures = {"time_out": seen.described("event-time-out", path)}
    if path is Path.SDK_EVENT:
        failures["exit"] = seen.described("event-exit", path)
    return failures


ASYNCHRONOUS_CHECKS: Mapping[str, Check] = {
    "AS-01": answer_to_caller,
    "AS-02": one_job("no-concurrency"),
    "AS-03": request_id_of_caller,
    "AS-04": one_job("event-return"),
    "AS-08": examined("event-invoke-settings"),
    "AS-09": one_job("no-retry"),
    "AS-10": event_age,
    "AS-11": throttled_for_a_while,
    "AS-12": one_job("full-concurrency-for-too-long"),
    "AS-13": one_job("no-concurrency"),
    "AS-14": one_job("no-concurrency"),
    "AS-15": with_keys("raise", "destination"),
    "AS-16": conditions,
    "AS-17": one_job("fail-first"),
    "AS-18": with_keys("raise", "destination", "responsePayload"),
    "AS-20": examined("event-invoke-settings", "own_destination"),
    "AS-22": examined("event-invoke-settings", "nothing"),
    "AS-23": side_by_side(unqualified="raise", no_retry="no-retry"),
    "AS-24": dead_letter_of_function,
    "AS-26": one_job("raise"),
    "AS-27": role_of_function,
    "AS-31": side_by_side(below="large-event", above="too-large-event"),
    "AS-33": permission_of_caller,
    "AS-34": same_root("traced-raise"),
    "AS-36": other_failures,
}
