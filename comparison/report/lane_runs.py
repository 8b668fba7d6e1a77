"""The function's row of a lane: which stretches it ran, and how each ended."""

from collections.abc import Sequence

from comparison.report.invocations import Invocation, invocations
from comparison.report.lane import LaneClock, Outcome, Run
from comparison.report.model import Job


def runs_of(jobs: Sequence[Job], clock: LaneClock) -> list[Run]:
    """Return the invocations that handled jobs, in the order of their start.

    One that never said when it ended lasts until the next one starts, else until the only job's
    caller was answered, else to the end of the lane.
    """
    made = invocations(jobs)
    following = [later.started_at for later in made[1:]] + [_last_possible(jobs, clock)]
    return [
        Run(
            clock.since(invocation.started_at),
            clock.since(max(invocation.started_at, invocation.finished_at or next_start)),
            (invocation.batch_size,),
            _outcome(invocation),
        )
        for invocation, next_start in zip(made, following, strict=False)
    ]


def merged(runs: Sequence[Run], finest: float) -> tuple[Run, ...]:
    """Return runs in which those that overlap, or are closer than finest (s), are one."""
    result: list[Run] = []
    for run in runs:
        if result and run.start < result[-1].end + finest:
            result[-1] = _together(result[-1], run)
        else:
            result.append(run)
    return tuple(result)


def _last_possible(jobs: Sequence[Job], clock: LaneClock) -> float:
    if len(jobs) == 1 and jobs[0].caller is not None and jobs[0].sent_at is not None:
        answered = jobs[0].sent_at + jobs[0].caller.seconds
        if all(attempt.started_at < answered for attempt in jobs[0].attempts):
            return answered
    return clock.end


def _outcome(invocation: Invocation) -> Outcome:
    if invocation.succeeded:
        return Outcome.DONE
    return Outcome.UNKNOWN if invocation.finished_at is None else Outcome.FAILED


def _together(one: Run, other: Run) -> Run:
    same = one.outcome is other.outcome
    return Run(
        one.start,
        max(one.end, other.end),
        one.batches + other.batches,
        one.outcome if same else Outcome.FAILED,
    )
