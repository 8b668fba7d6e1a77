"""A job's timeline in words: what happened to it, in seconds since it was sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from comparison.report.model import Attempt, Job
from comparison.report.words import answer

LONGEST_BODY = 300
"""Characters of a caller's body that are shown."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; seconds is negative where clocks disagree."""

    seconds: float
    text: str
    detail: str = ""


def timeline(job: Job) -> list[Event]:
    """Return what happened to a job, in order; empty when nothing was seen of it."""
    moments = list(_moments(job))
    origin = (
        job.sent_at if job.sent_at is not None else min((at for at, _, _ in moments), default=0)
    )
    events = [Event(round(at - origin, 3), text, detail) for at, text, detail in moments]
    return sorted(events, key=lambda event: event.seconds)


def _moments(job: Job) -> Iterator[tuple[float, str, str]]:
    if job.sent_at is not None:
        yield job.sent_at, f"sent to {job.path}", ""
    if job.sent_at is not None and job.caller is not None:
        body = job.caller.body[:LONGEST_BODY]
        yield job.sent_at + job.caller.seconds, f"the caller got {answer(job.caller)}", body
    for number, attempt in enumerate(job.attempts, 1):
        yield (
            attempt.started_at,
            f"attempt {number} started{_circumstances(attempt)}",
            (f"request {attempt.request_id}"),
        )
        if attempt.finished_at is not None:
            yield attempt.finished_at, f"attempt {number} {attempt.outcome}", ""
    for ending in job.endings:
        yield ending.at, f"ended: {ending.where}", ""


def _circumstances(attempt: Attempt) -> str:
    said = [
        f"in a batch of {attempt.batch_size}" if attempt.batch_size > 1 else "",
        f"receive {attempt.receive_count}" if attempt.receive_count is not None else "",
        "in a new environment" if attempt.cold else "",
    ]
    told = ", ".join(part for part in said if part)
    return f" ({told})" if told else ""
