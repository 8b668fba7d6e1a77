"""How waits are distributed over the jobs of a path."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from comparison.path import InvocationType
from comparison.report.model import Job


@dataclass(frozen=True)
class Distribution:
    """Durations of one path's jobs in seconds, sorted; there is at least one."""

    path: str
    invocation_type: InvocationType
    values: tuple[float, ...]

    def percentile(self, percent: int) -> float:
        """Return the smallest value that this percentage of values does not exceed."""
        return self.values[max(0, ceil(percent * len(self.values) / 100) - 1)]

    def sample(self, count: int) -> tuple[float, ...]:
        """Return at most so many values, evenly over their ranks, the extremes among them."""
        last = len(self.values) - 1
        if last < count:
            return self.values
        return tuple(self.values[round(rank * last / (count - 1))] for rank in range(count))


def caller_latency(job: Job) -> float | None:
    """Return how long the caller waited, in seconds."""
    return None if job.caller is None else job.caller.seconds


def time_to_first_attempt(job: Job) -> float | None:
    """Return the seconds from sending to the first attempt; 0 where clocks disagree."""
    if job.sent_at is None or not job.attempts:
        return None
    return max(0.0, job.attempts[0].started_at - job.sent_at)


def distributions(
    jobs: Iterable[Job],
    paths: Mapping[str, InvocationType],
    measure: Callable[[Job], float | None],
) -> tuple[Distribution, ...]:
    """Return the distribution of a measure on each path where it was seen."""
    values: dict[str, list[float]] = {}
    for job in jobs:
        value = measure(job)
        if value is not None:
            values.setdefault(job.path, []).append(value)
    return tuple(
        Distribution(path, kind, tuple(sorted(values[path])))
        for path, kind in paths.items()
        if path in values
    )


def median(values: Sequence[float]) -> float:
    """Return the lower median of values, of which there is at least one."""
    return sorted(values)[(len(values) - 1) // 2]
