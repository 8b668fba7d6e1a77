"""Order: what a FIFO queue keeps within a message group."""

from collections.abc import Sequence
from itertools import combinations

from comparison.checks.seen import NotObserved, Seen
from comparison.observation import Attempt, JobObservation
from comparison.path import Path


def order_in_group(seen: Seen, path: Path) -> object:
    """Observe in which order messages were worked on, and which at the same time (QS-53)."""
    jobs = seen.of("in-order", path)
    attempts = [attempt for job in jobs for attempt in job.attempts]
    return {
        "order": _order_of_starts(jobs),
        "overlaps": sum(1 for pair in combinations(attempts, 2) if _overlap(*pair)),
    }


def order_after_failure(seen: Seen, path: Path) -> object:
    """Observe what comes back, and in which order, after a failure in the middle (QS-45)."""
    jobs = seen.of("failure-in-order", path)
    if not jobs[0].attempts or jobs[0].attempts[0].batch_size != len(jobs):
        raise NotObserved(f"the {len(jobs)} messages did not come in one batch")
    return {
        "attempts": [len(job.attempts) for job in jobs],
        "order": _order_of_starts(jobs),
        "receive_counts": [
            job.attempts[-1].receive_count if job.attempts else None for job in jobs
        ],
    }


def _order_of_starts(jobs: Sequence[JobObservation]) -> list[int]:
    """Return the numbers of the jobs, from 1, in the order in which attempts at them started."""
    starts = [
        (attempt.started_at, number)
        for number, job in enumerate(jobs, 1)
        for attempt in job.attempts
    ]
    return [number for _, number in sorted(starts)]


def _overlap(one: Attempt, other: Attempt) -> bool:
    """Whether two attempts were under way at the same time in different invocations."""
    if one.request_id == other.request_id:
        return False
    earlier, later = sorted((one, other), key=lambda attempt: attempt.started_at)
    return earlier.finished_at is None or later.started_at < earlier.finished_at
