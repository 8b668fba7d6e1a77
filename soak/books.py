"""The books of a soak: what must have become of every job, by the rules of its path."""

from collections.abc import Iterable

from comparison.observation import CallerSaw, JobObservation, Place
from comparison.path import InvocationType, Path
from stacks.naming import QueueName

ATTEMPTS = 3
"""Attempts at an asynchronous event that always fails (AS-05)."""

ENDS_THE_INVOCATION = frozenset({"raise", "exit", "time-out", "fail-first"})
"""Works that fail the whole invocation, and with it every record of a batch (QS-30)."""


def imbalances(jobs: Iterable[JobObservation]) -> list[str]:
    """Return a line for every job that did not end as the rules of its path say."""
    every = list(jobs)
    failed = failed_invocations(every)
    lines = []
    for job in every:
        complaint = _complaint(job, failed)
        if complaint is not None:
            lines.append(f"{job.sending.job} ({job.sending.work}): {complaint}")
    return lines


def failed_invocations(jobs: Iterable[JobObservation]) -> set[str]:
    """Return the request ids of the invocations that failed as a whole."""
    return {
        attempt.request_id
        for job in jobs
        if job.sending.work in ENDS_THE_INVOCATION
        for attempt in job.attempts
        if attempt.outcome != "answered"
    }


def _complaint(job: JobObservation, failed: set[str]) -> str | None:
    if job.caller is None:
        return "its caller has no answer"
    match job.sending.path.invocation_type:
        case InvocationType.SYNCHRONOUS:
            return _synchronous(job)
        case InvocationType.ASYNCHRONOUS:
            return _asynchronous(job)
        case InvocationType.POLL_BASED:
            return _poll_based(job, failed)


def _synchronous(job: JobObservation) -> str | None:
    """Return what is wrong unless it had one attempt, and its caller the path's own answer."""
    saw = answer_to(job.caller) if job.caller else "nothing"
    expected = expected_answer(job.sending.path, job.sending.work)
    if saw != expected:
        return f"its caller got {saw}, not {expected}"
    return _attempts(job, 1)


def answer_to(caller: CallerSaw) -> str:
    """Return what a caller got, in the words of `expected_answer`."""
    error = " and FunctionError" if caller.details.get("FunctionError") else ""
    return f"{caller.status}{error}"


def expected_answer(path: Path, work: str) -> str:
    """Return what a synchronous caller gets (SI-04, AG-11, AG-12, AL-12)."""
    if work == "answer":
        return "200"
    if path not in {Path.API_GATEWAY, Path.ALB}:
        return "200 and FunctionError"
    return "500" if work == "fail" else "502"


def _asynchronous(job: JobObservation) -> str | None:
    """Return what is wrong unless it succeeded, or had three attempts and is in both sinks."""
    work = job.sending.work
    places = {ending.where for ending in job.endings}
    if work in {"answer", "return", "fail-first"}:
        expected, attempts = {Place.ON_SUCCESS}, 2 if work == "fail-first" else 1
    else:
        expected, attempts = {Place.ON_FAILURE, Place.FUNCTION_DEAD_LETTER_QUEUE}, ATTEMPTS
    if places != expected:
        return f"it ended in {_list(places)}, not in {_list(expected)}"
    return _attempts(job, attempts)


def _poll_based(job: JobObservation, failed: set[str]) -> str | None:
    """Return what is wrong unless it was deleted after a good invocation, or else is dead.

    A message may be received without being started: when an earlier record of its batch ended the
    invocation. So the receive counts of its attempts rise, but need not be without gaps (QS-31).
    """
    counts = [attempt.receive_count or 0 for attempt in job.attempts]
    if counts != sorted(set(counts)) or any(count > ATTEMPTS for count in counts):
        return f"its receive counts are {counts}"
    done = [attempt for attempt in job.attempts if _is_done(job, attempt.outcome)]
    succeeded = any(attempt.request_id not in failed for attempt in done)
    expected = Place.DELETED if succeeded else Place.DEAD_LETTER_QUEUE
    places = {ending.where for ending in job.endings}
    if places != {expected}:
        return f"it ended in {_list(places)}, not in {expected}"
    return None


def _is_done(job: JobObservation, outcome: str) -> bool:
    """Whether an attempt lets the message be deleted.

    Without ReportBatchItemFailures a reported failure does too (QS-44).
    """
    if outcome == "failed":
        return job.sending.queue is QueueName.WHOLE_BATCH
    return outcome == "answered"


def _attempts(job: JobObservation, expected: int) -> str | None:
    if len(job.attempts) == expected:
        return None
    return f"{len(job.attempts)} attempts, not {expected}"


def _list(places: set[Place]) -> str:
    return " and ".join(sorted(places)) or "no place that was seen"
