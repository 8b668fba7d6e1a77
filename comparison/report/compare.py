"""Two runs side by side: what changed between them, the verdicts on facts first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from comparison.report import words
from comparison.report.distributions import median
from comparison.report.model import WORST_FIRST, Fact, Job, Results, Verdict


@dataclass(frozen=True)
class ChangedFact:
    """A fact on a path whose verdict differs; None where a run does not have it."""

    id: str
    path: str
    statement: str
    before: Verdict | None
    after: Verdict | None
    explanation: str


@dataclass(frozen=True)
class ChangedBehaviour:
    """Something that a scenario showed on a path, and that differs between two runs."""

    scenario: str
    path: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Waits:
    """The median wait of a path's callers in seconds; None where a run did not send down it."""

    path: str
    before: float | None
    after: float | None


def changed_facts(before: Results, after: Results) -> list[ChangedFact]:
    """Return the facts whose verdict differs, those that are worse off now first."""
    old, new = _facts(before), _facts(after)
    changed = []
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        known = other or one
        if known is not None and _verdict(one) is not _verdict(other):
            changed.append(
                ChangedFact(
                    known.id,
                    known.path,
                    known.statement,
                    _verdict(one),
                    _verdict(other),
                    known.explanation,
                )
            )
    return sorted(
        changed, key=lambda change: (None in (change.before, change.after), *_rank(change))
    )


def _rank(change: ChangedFact) -> tuple[int, str, str]:
    place = WORST_FIRST.index(change.after) if change.after else len(WORST_FIRST)
    return place, change.id, change.path


def _facts(results: Results) -> dict[tuple[str, str], Fact]:
    return {(fact.id, fact.path): fact for fact in results.facts}


def _verdict(fact: Fact | None) -> Verdict | None:
    return fact.verdict if fact else None


MEASURES: Final[Mapping[str, Callable[[Job], str]]] = {
    "caller got": lambda job: words.answer(job.caller),
    "attempts": lambda job: str(len(job.attempts)),
    "ended": lambda job: ", ".join(sorted({ending.where for ending in job.endings})) or "nowhere",
}


def changed_behaviours(before: Results, after: Results) -> list[ChangedBehaviour]:
    """Return what differs between the jobs of scenarios that both runs sent down a path."""
    old, new = _jobs(before), _jobs(after)
    return [
        ChangedBehaviour(scenario, path, what, one, other)
        for (scenario, path), jobs in old.items()
        if (scenario, path) in new
        for what, measure in MEASURES.items()
        if (one := _told(jobs, measure)) != (other := _told(new[scenario, path], measure))
    ]


def _jobs(results: Results) -> dict[tuple[str, str], list[Job]]:
    jobs: dict[tuple[str, str], list[Job]] = {}
    for job in results.jobs:
        jobs.setdefault((job.scenario, job.path), []).append(job)
    return jobs


def _told(jobs: Sequence[Job], measure: Callable[[Job], str]) -> str:
    return " or ".join(sorted({measure(job) for job in jobs}))


def waits(before: Results, after: Results) -> list[Waits]:
    """Return the median caller latency of every path in both runs."""
    return [
        Waits(path, _median_wait(before.jobs, path), _median_wait(after.jobs, path))
        for path in dict.fromkeys([*before.paths, *after.paths])
    ]


def _median_wait(jobs: Iterable[Job], path: str) -> float | None:
    seconds = list(_waits(jobs, path))
    return median(seconds) if seconds else None


def _waits(jobs: Iterable[Job], path: str) -> Iterator[float]:
    return (job.caller.seconds for job in jobs if job.path == path and job.caller is not None)
