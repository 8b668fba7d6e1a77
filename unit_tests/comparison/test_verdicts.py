"""Held, failed, diverged as listed, or not observed."""

from collections.abc import Callable
from datetime import date

import pytest

from comparison.checks.seen import NotObserved, Seen
from comparison.divergences import Divergence
from comparison.facts.catalogue import Catalogue, Evidence, Fact
from comparison.observation import JobObservation
from comparison.path import Path
from comparison.targets import Target, TargetName
from comparison.verdicts import FactResult, Verdict, judge, relevant

Judge = Callable[..., FactResult]


def fact(evidence: Evidence = Evidence.RECORDED) -> Fact:
    return Fact(
        id="XX-01",
        section="test",
        paths=(Path.SQS,),
        statement="Two attempts.",
        source="https://example.com/",
        evidence=evidence,
        observe="look",
        expected={Path.SQS: {"attempts": 2}},
    )


def listed(target: TargetName = TargetName.LOCAL, *, varies: bool = False) -> Divergence:
    return Divergence(
        target,
        "XX-01",
        frozenset({Path.SQS}),
        "one attempt",
        "why",
        "1.0",
        date(2026, 1, 1),
        varies,
    )


@pytest.fixture
def verdict_on(local: Target) -> Judge:
    def on(
        attempts: int | Exception,
        *,
        divergences: tuple[Divergence, ...] = (),
        evidence: Evidence = Evidence.RECORDED,
        paths: tuple[Path, ...] = (Path.SQS,),
    ) -> FactResult:
        def check(_seen: Seen, _path: Path) -> object:
            if isinstance(attempts, Exception):
                raise attempts
            return {"attempts": attempts, "body": "long"}

        catalogue = Catalogue((fact(evidence),), (), ())
        seen = Seen(local, (), 6)
        (result,) = judge(catalogue, {"XX-01": check}, divergences, seen, paths)
        return result

    return on


def test_a_fact_that_is_observed_as_expected_is_held(verdict_on: Judge) -> None:
    assert verdict_on(2).verdict is Verdict.HELD


def test_an_unlisted_difference_fails_and_says_how_it_differs(verdict_on: Judge) -> None:
    result = verdict_on(1)
    assert result.verdict is Verdict.FAILED
    assert result.explanation == "attempts: expected 2, observed 1"


def test_a_listed_difference_diverges(verdict_on: Judge) -> None:
    assert verdict_on(1, divergences=(listed(),)).verdict is Verdict.DIVERGED


def test_a_listed_divergence_fails_when_the_target_keeps_the_fact_after_all(
    verdict_on: Judge,
) -> None:
    result = verdict_on(2, divergences=(listed(),))
    assert result.verdict is Verdict.FAILED
    assert "remove it from divergences.toml" in result.explanation


@pytest.mark.parametrize(("attempts", "verdict"), [(2, Verdict.HELD), (1, Verdict.DIVERGED)])
def test_a_divergence_that_varies_may_also_hold(
    verdict_on: Judge, attempts: int, verdict: Verdict
) -> None:
    assert verdict_on(attempts, divergences=(listed(varies=True),)).verdict is verdict


def test_a_divergence_of_another_target_does_not_count(verdict_on: Judge) -> None:
    assert verdict_on(1, divergences=(listed(TargetName.MINISTACK),)).verdict is Verdict.FAILED


def test_what_nobody_confirmed_on_aws_never_fails(verdict_on: Judge) -> None:
    result = verdict_on(1, evidence=Evidence.UNCONFIRMED)
    assert result.verdict is Verdict.DIVERGED
    assert "not confirmed on AWS" in result.explanation


def test_what_a_run_does_not_show_is_not_observed(verdict_on: Judge) -> None:
    result = verdict_on(NotObserved("the scenario did not run"))
    assert result.verdict is Verdict.NOT_OBSERVED
    assert result.explanation == "the scenario did not run"


def test_an_observation_without_what_aws_always_has_fails_and_ends_no_run(
    verdict_on: Judge,
) -> None:
    result = verdict_on(KeyError("timestamp"))
    assert result.verdict is Verdict.FAILED
    assert result.explanation == "what was observed cannot be read: KeyError('timestamp')"


def test_only_what_the_fact_speaks_of_is_kept_of_an_observation() -> None:
    expected = {"attempts": {"at_least": 1}, "body": {"a": 1}}
    observed = {"attempts": 3, "body": {"a": 1, "b": 2}, "status": 200}
    assert relevant(expected, observed) == {"attempts": 3, "body": {"a": 1}}


def test_the_jobs_that_a_check_asked_for_are_those_that_show_the_fact(
    make_job: Callable[..., JobObservation], local: Target
) -> None:
    def check(seen: Seen, path: Path) -> object:
        seen.only("answer", path)
        return {"attempts": len(seen.of("answer", path))}

    jobs = tuple(make_job(Path.SQS, number=number) for number in (1, 2))
    others = (make_job(Path.S3), make_job(Path.SQS, scenario="slow"))
    catalogue = Catalogue((fact(),), (), ())
    seen = Seen(local, jobs + others, 6)
    for _ in range(2):
        (result,) = judge(catalogue, {"XX-01": check}, (), seen, (Path.SQS,))
        assert result.jobs == ("r1.answer.sqs.1", "r1.answer.sqs.2")
