"""Invocations of the function, put together from the attempts at single jobs.

An invocation handles all records of a batch, so that jobs share it; and an asynchronous event keeps
its request id on every attempt (AS-07), so that one id stands for several invocations.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from comparison.report.model import Attempt, Job


@dataclass(frozen=True)
class Invocation:
    """One invocation, with the attempts it made at jobs; batch_size counts records in its event.

    A record can be missing among the attempts: the function stopped before it, or it is no job.
    """

    request_id: str
    attempts: tuple[Attempt, ...]

    @property
    def batch_size(self) -> int:
        """How many records the event had."""
        return max(attempt.batch_size for attempt in self.attempts)

    @property
    def started_at(self) -> float:
        """When the first attempt started, in seconds since 1970."""
        return min(attempt.started_at for attempt in self.attempts)

    @property
    def finished_at(self) -> float | None:
        """When the last attempt finished; None when the function never said so."""
        finished = [attempt.finished_at for attempt in self.attempts]
        known = [at for at in finished if at is not None]
        return max(known) if len(known) == len(finished) else None

    @property
    def succeeded(self) -> bool:
        """Whether every attempt did its work."""
        return all(attempt.succeeded for attempt in self.attempts)

    @property
    def billed_milliseconds(self) -> int | None:
        """Its duration in milliseconds, rounded up as Lambda bills it; None when not known.

        Computed from what the function wrote down about itself: the time before its first line,
        and the start of an environment, are not in it.
        """
        if self.finished_at is None:
            return None
        milliseconds = round((self.finished_at - self.started_at) * 1000, 3)
        return max(1, math.ceil(milliseconds))


def invocations(jobs: Iterable[Job]) -> list[Invocation]:
    """Return the invocations that handled jobs, in the order of their start."""
    attempts: defaultdict[tuple[str, int], list[Attempt]] = defaultdict(list)
    for job in jobs:
        count = Counter[str]()
        for attempt in job.attempts:
            count[attempt.request_id] += 1
            attempts[attempt.request_id, count[attempt.request_id]].append(attempt)
    made = [Invocation(identity, tuple(made)) for (identity, _), made in attempts.items()]
    return sorted(made, key=lambda invocation: invocation.started_at)
