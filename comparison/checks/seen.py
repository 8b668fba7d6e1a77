"""What a check may look at: the jobs of a run, by scenario and path."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comparison.checks.observed import describe
from comparison.observation import JobObservation, Unanswered
from comparison.path import Path
from comparison.targets import Target


class NotObserved(Exception):
    """A fact could not be observed in this run; the message says why."""


@dataclass(frozen=True)
class Seen:
    """The observations of one run on one target.

    cut_short holds the ids of the jobs that the end of the run cut short. asked_for notes the ids
    of the jobs that a check asks for: those that show what it observes.
    """

    target: Target
    jobs: tuple[JobObservation, ...]
    function_timeout: int
    examined: Mapping[str, Any] = field(default_factory=dict)
    cut_short: frozenset[str] = frozenset()
    asked_for: list[str] = field(default_factory=list, compare=False)

    def of(self, scenario: str, path: Path) -> list[JobObservation]:
        """Return the jobs that a scenario sent down a path, each of them answered to its caller.

        Raises NotObserved when there is none, or the run ended before they were over.
        """
        jobs = [
            job
            for job in self.jobs
            if job.sending.scenario == scenario and job.sending.path is path
        ]
        if not jobs:
            raise NotObserved(f"the scenario {scenario} did not run on {path}")
        self.refuse_cut_short(jobs)
        self.asked_for.extend(job.sending.job for job in jobs)
        return jobs

    def refuse_cut_short(self, jobs: Iterable[JobObservation]) -> None:
        """Raise NotObserved when the run ended before one of these jobs was over."""
        for job in jobs:
            if job.caller is None or job.sending.job in self.cut_short:
                sending = job.sending
                raise NotObserved(
                    f"the run ended before {sending.scenario} was over on {sending.path}"
                )

    def only(self, scenario: str, path: Path) -> JobObservation:
        """Return the first job that a scenario sent down a path. Raises NotObserved for none."""
        return self.of(scenario, path)[0]

    def answer_of(self, examination: str) -> Any:
        """Return what an examination answered. Raises NotObserved when it got no answer."""
        if examination not in self.examined:
            raise NotObserved(f"the examination {examination} did not run")
        answer = self.examined[examination]
        if isinstance(answer, Unanswered):
            raise NotObserved(f"the examination {examination} got no answer: {answer.reason}")
        return answer

    def described(self, scenario: str, path: Path) -> dict[str, Any]:
        """Return what was seen of that job, as one table. Raises NotObserved for none."""
        return describe(self.only(scenario, path), self.target)


Check = Callable[[Seen, Path], object]
"""Observes one fact on one path; raises NotObserved when the run does not show it."""
