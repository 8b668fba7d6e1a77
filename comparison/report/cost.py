"""What a run cost, in what AWS charges for: invocations and billed milliseconds."""

from collections.abc import Iterable
from dataclasses import dataclass

from comparison.report.invocations import invocations
from comparison.report.model import Job


@dataclass(frozen=True)
class Cost:
    """What some jobs cost.

    billed_milliseconds is computed from receipts, see `Invocation.billed_milliseconds`; it leaves
    out the unfinished invocations, which never said when they ended.
    """

    jobs: int
    invocations: int
    attempts: int
    billed_milliseconds: int
    unfinished: int


def cost(jobs: Iterable[Job]) -> Cost:
    """Add up what jobs cost; jobs that shared an invocation must be given together."""
    jobs = list(jobs)
    made = invocations(jobs)
    billed = [invocation.billed_milliseconds for invocation in made]
    return Cost(
        jobs=len(jobs),
        invocations=len(made),
        attempts=sum(len(job.attempts) for job in jobs),
        billed_milliseconds=sum(milliseconds or 0 for milliseconds in billed),
        unfinished=billed.count(None),
    )


@dataclass(frozen=True)
class CostOfPath:
    """What a path cost, in all and by scenario."""

    path: str
    total: Cost
    scenarios: tuple[tuple[str, Cost], ...]


def costs(jobs: Iterable[Job], paths: Iterable[str]) -> tuple[CostOfPath, ...]:
    """Return what each path cost that had jobs."""
    by_path: dict[str, dict[str, list[Job]]] = {}
    for job in jobs:
        by_path.setdefault(job.path, {}).setdefault(job.scenario, []).append(job)
    return tuple(
        CostOfPath(
            path,
            cost(job for of_scenario in by_path[path].values() for job in of_scenario),
            tuple((scenario, cost(of)) for scenario, of in by_path[path].items()),
        )
        for path in paths
        if path in by_path
    )
