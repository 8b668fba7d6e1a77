"""What a run used of Lambda: the part of its costs that depends on the jobs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from comparison.observation import Attempt, JobObservation


@dataclass(frozen=True)
class Usage:
    """How much was sent and run; billed_milliseconds is an estimate.

    It adds up what the receipts say of the function's work. What they do not see, an estimate of
    which would be a guess, is billed too: the initialization of an execution environment, and the
    time from a handler's return to the end of the invocation.
    """

    jobs: int
    requests: int
    invocations: int
    billed_milliseconds: int

    def __str__(self) -> str:
        return (
            f"{self.jobs:,} jobs in {self.requests:,} requests, {self.invocations:,} invocations "
            f"of the function, about {self.billed_milliseconds:,} ms billed"
        )


def usage(jobs: Sequence[JobObservation], function_timeout: float) -> Usage:
    """Add up what jobs used.

    function_timeout, in seconds, is what an attempt without an end is billed at most: Lambda
    stopped it then, or its process ended before.
    """
    sent = [job.sending for job in jobs if job.caller is not None]
    attempts = [attempt for job in jobs for attempt in job.attempts]
    return Usage(
        jobs=len(sent),
        requests=len({(one.scenario, one.path, one.together or one.job) for one in sent}),
        invocations=_invocations(jobs),
        billed_milliseconds=sum(_billed(attempt, function_timeout) for attempt in attempts),
    )


def _invocations(jobs: Iterable[JobObservation]) -> int:
    """Count invocations by their request id.

    The records of a batch share an invocation and so its request id; an asynchronous event keeps
    its request id from one attempt to the next, so that a job counts as often as it was tried.
    """
    most: Counter[str] = Counter()
    for job in jobs:
        most |= Counter(attempt.request_id for attempt in job.attempts)
    return most.total()


def _billed(attempt: Attempt, function_timeout: float) -> int:
    """Return milliseconds, rounded up as Lambda does."""
    if attempt.finished_at is None:
        return ceil(function_timeout * 1000)
    return ceil(round((attempt.finished_at - attempt.started_at) * 1000, 3))
