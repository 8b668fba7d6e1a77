"""Every checked fact, on every path on which it can be seen."""

import pytest

from comparison.command_line import Outcome
from comparison.facts.catalogue import Fact, load_catalogue
from comparison.path import Path
from comparison.timeline import timeline
from comparison.verdicts import FactResult, Verdict

CASES = [(fact, path) for fact in load_catalogue().facts for path in fact.expected]


def sentence(value: object) -> str | None:
    """Name a test after the fact: its id, the path, and what the fact says."""
    if isinstance(value, Fact):
        return f"{value.id} {value.statement}"
    return str(value)


@pytest.mark.parametrize(("fact", "path"), CASES, ids=sentence)
def test_that(fact: Fact, path: Path, outcome: Outcome) -> None:
    result = result_of(outcome, fact, path)
    if result.verdict is Verdict.NOT_OBSERVED:
        pytest.skip(result.explanation)
    if result.verdict is Verdict.DIVERGED:
        pytest.xfail(result.explanation)
    assert result.verdict is Verdict.HELD, explained(outcome, result)


def result_of(outcome: Outcome, fact: Fact, path: Path) -> FactResult:
    if path not in outcome.paths:
        pytest.skip(f"{path} is not deployed on this target")
    return next(
        result for result in outcome.facts if result.fact.id == fact.id and result.path is path
    )


def explained(outcome: Outcome, result: FactResult) -> str:
    """Return how the observation differs, the source, and what happened to the path's jobs."""
    jobs = [job for job in outcome.record.jobs if job.sending.path is result.path]
    return "\n".join([result.explanation, result.fact.source, *map(timeline, jobs)])
