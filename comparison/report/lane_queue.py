"""The queue's row of a lane: how many messages or events wait, stretch by stretch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from comparison.report.lane import LaneClock, Queue
from comparison.report.model import Job


@dataclass(frozen=True)
class _Wait:
    """A message waiting, in seconds since 1970; fresh until its first attempt."""

    start: float
    end: float
    fresh: bool


def queue_of(jobs: Iterable[Job], clock: LaneClock) -> list[Queue]:
    """Return the stretches in which something waits, in order; each with as many as wait in it."""
    changes: list[tuple[float, int, int]] = []
    for job in jobs:
        for wait in _waits(job, clock.end):
            fresh, returned = (1, 0) if wait.fresh else (0, 1)
            changes.append((clock.since(wait.start), fresh, returned))
            changes.append((clock.since(max(wait.start, wait.end)), -fresh, -returned))
    return list(_steps(changes))


def coarsened(steps: Sequence[Queue], finest: float) -> tuple[Queue, ...]:
    """Return steps in which neighbours within finest (s) are one, as high as the highest."""
    result: list[Queue] = []
    for step in steps:
        last = result[-1] if result else None
        if last is not None and step.end - last.start < finest:
            result[-1] = Queue(
                last.start,
                step.end,
                max(last.fresh, step.fresh),
                max(last.returned, step.returned),
            )
        else:
            result.append(step)
    return tuple(result)


def _waits(job: Job, end: float) -> Iterator[_Wait]:
    """Yield the waits of a job: for its first attempt, between attempts, and after a failed one."""
    over = job.endings[0].at if job.endings else end
    if not job.attempts:
        if job.sent_at is not None:
            yield _Wait(job.sent_at, over, fresh=True)
        return
    first, last = job.attempts[0], job.attempts[-1]
    if job.sent_at is not None:
        yield _Wait(job.sent_at, first.started_at, fresh=True)
    for earlier, later in pairwise(job.attempts):
        yield _Wait(earlier.finished_at or later.started_at, later.started_at, fresh=False)
    if not last.succeeded and last.finished_at is not None:
        yield _Wait(last.finished_at, over, fresh=False)


def _steps(changes: Iterable[tuple[float, int, int]]) -> Iterator[Queue]:
    """Yield the stretches between changes in the number of those that wait."""
    fresh = returned = 0
    since = 0.0
    for at, group in groupby(sorted(changes), key=lambda change: change[0]):
        if at > since and fresh + returned:
            yield Queue(since, at, fresh, returned)
        for _, more_fresh, more_returned in group:
            fresh += more_fresh
            returned += more_returned
        since = at
