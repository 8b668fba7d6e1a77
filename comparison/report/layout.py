"""What stands where in the lanes of a picture: pure rules, in seconds, without any drawing.

Synchronous and asynchronous paths handle each job on its own, so that a lane shows one of them: the
one of median length. A poll-based path takes jobs together, so that its lane shows them all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from comparison.path import InvocationType
from comparison.report.lane import End, Lane, LaneClock, Picture, Span
from comparison.report.lane_queue import coarsened, queue_of
from comparison.report.lane_runs import merged, runs_of
from comparison.report.model import Job

CLOCK_TOLERANCE: Final = 0.002
"""Seconds by which clocks may disagree unnoticed: times are kept in whole milliseconds."""
FINEST: Final = 200
"""Into how many parts a lane is divided; what is closer together is drawn as one."""


def pictures(
    jobs: Iterable[Job], paths: Mapping[str, InvocationType], descriptions: Mapping[str, str]
) -> tuple[Picture, ...]:
    """Return a picture for each scenario, in the order in which they were first used."""
    by_scenario: dict[str, dict[str, list[Job]]] = {}
    for job in jobs:
        by_scenario.setdefault(job.scenario, {}).setdefault(job.path, []).append(job)
    return tuple(
        Picture(
            scenario,
            descriptions.get(scenario, ""),
            tuple(
                lay_out(path, kind, by_path[path])
                for path, kind in paths.items()
                if path in by_path
            ),
        )
        for scenario, by_path in by_scenario.items()
    )


def lay_out(path: str, invocation_type: InvocationType, jobs: Sequence[Job]) -> Lane:
    """Lay out what one scenario (of at least one job) was on one path."""
    shared = invocation_type is InvocationType.POLL_BASED and len(jobs) > 1
    drawn = jobs if shared else [typical(jobs)]
    lane = Lane(
        path,
        invocation_type,
        tuple(jobs),
        None if shared else drawn[0],
        notices=tuple(_notices(jobs)),
    )
    origin = _beginning(drawn)
    if origin is None:
        return lane
    clock = LaneClock(origin, max(_last_moment(job) for job in drawn))
    finest = clock.length / FINEST if shared else 0.0
    queued = invocation_type is not InvocationType.SYNCHRONOUS
    return Lane(
        path,
        invocation_type,
        lane.jobs,
        lane.shown,
        calls=tuple(_calls(drawn, clock, finest)),
        queue=coarsened(queue_of(drawn, clock), finest) if queued else (),
        runs=merged(runs_of(drawn, clock), finest),
        ends=_ends(drawn, clock),
        notices=lane.notices,
    )


def typical(jobs: Sequence[Job]) -> Job:
    """Return the job of median length, of those that the function attempted if there are any."""
    attempted = [job for job in jobs if job.attempts] or list(jobs)
    by_length = sorted(attempted, key=lambda job: _last_moment(job) - (_beginning([job]) or 0))
    return by_length[(len(by_length) - 1) // 2]


def _beginning(jobs: Iterable[Job]) -> float | None:
    """Return when the first job was sent; where that is not known, when an attempt started."""
    sent = [job.sent_at for job in jobs if job.sent_at is not None]
    started = [attempt.started_at for job in jobs for attempt in job.attempts]
    return min(sent or started, default=None)


def _last_moment(job: Job) -> float:
    """Return the last moment of a job that is known, 0 when none is."""
    moments = [ending.at for ending in job.endings]
    moments += [attempt.finished_at or attempt.started_at for attempt in job.attempts]
    if job.sent_at is not None:
        moments.append(job.sent_at + (job.caller.seconds if job.caller else 0))
    return max(moments, default=0.0)


def _calls(jobs: Iterable[Job], clock: LaneClock, finest: float) -> Iterator[Span]:
    """Yield from when to when callers waited, leaving out calls too close to the one before."""
    starts = sorted(
        (job.sent_at, job.caller.seconds)
        for job in jobs
        if job.sent_at is not None and job.caller is not None
    )
    last: float | None = None
    for sent, seconds in starts:
        if last is None or sent > last + finest:
            yield Span(clock.since(sent), clock.since(sent + max(0.0, seconds)))
            last = sent


def _ends(jobs: Iterable[Job], clock: LaneClock) -> tuple[End, ...]:
    by_place: dict[str, list[tuple[float, bool]]] = {}
    for job in jobs:
        succeeded = bool(job.attempts) and job.attempts[-1].succeeded
        for ending in job.endings:
            by_place.setdefault(ending.where, []).append((ending.at, succeeded))
    return tuple(
        End(
            at=clock.since(max(at for at, _ in endings)),
            where=where,
            jobs=len(endings),
            succeeded=all(succeeded for _, succeeded in endings),
        )
        for where, endings in by_place.items()
    )


def _notices(jobs: Sequence[Job]) -> Iterator[str]:
    """Yield what is missing, or contradicts itself."""
    unanswered = sum(job.caller is None for job in jobs)
    if unanswered:
        yield f"no answer to its caller was seen for {_of(unanswered, jobs)}"
    unattempted = sum(not job.attempts for job in jobs)
    if 0 < unattempted < len(jobs):
        yield f"no attempt was seen for {_of(unattempted, jobs)}"
    early = max((_early_by(job) for job in jobs), default=0.0)
    if early > CLOCK_TOLERANCE:
        yield (
            f"clocks disagree: an attempt started {early:.3f} s before its job was sent, and is "
            "drawn at the beginning"
        )
    if any(_ends_before_it_starts(job) for job in jobs):
        yield "clocks disagree: an attempt finished before it started"


def _of(count: int, jobs: Sequence[Job]) -> str:
    return "the job" if len(jobs) == 1 else f"{count} of {len(jobs)} jobs"


def _early_by(job: Job) -> float:
    if job.sent_at is None or not job.attempts:
        return 0.0
    return job.sent_at - job.attempts[0].started_at


def _ends_before_it_starts(job: Job) -> bool:
    return any(
        attempt.finished_at is not None and attempt.finished_at < attempt.started_at
        for attempt in job.attempts
    )
