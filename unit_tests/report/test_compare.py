"""Two runs side by side: facts that changed verdict first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from comparison.report.compare import changed_behaviours, changed_facts, waits
from comparison.report.compare_output import print_differences
from comparison.report.model import Fact, Job, Results, Verdict

Document = dict[str, Any]
MakeJob = Callable[..., Document]
ReadJobs = Callable[..., tuple[Job, ...]]
WithVerdicts = Callable[..., Results]


@pytest.fixture
def with_verdicts(results: Results) -> WithVerdicts:
    def run(**verdicts: Verdict) -> Results:
        def fact(identifier: str, verdict: Verdict) -> Fact:
            return replace(results.facts[0], id=identifier, path="s3", verdict=verdict)

        facts = tuple(fact(identifier, verdict) for identifier, verdict in verdicts.items())
        return replace(results, facts=facts)

    return run


def test_facts_that_changed_come_worst_first_and_those_of_one_run_last(
    with_verdicts: WithVerdicts,
) -> None:
    before = with_verdicts(A=Verdict.FAILED, B=Verdict.HELD, C=Verdict.HELD, D=Verdict.HELD)
    after = with_verdicts(A=Verdict.HELD, B=Verdict.FAILED, C=Verdict.HELD, E=Verdict.FAILED)
    changes = changed_facts(before, after)
    assert [(change.id, change.before, change.after) for change in changes] == [
        ("B", "held", "failed"),
        ("A", "failed", "held"),
        ("E", None, "failed"),
        ("D", "held", None),
    ]


def test_a_run_compared_with_itself_has_not_changed(results: Results) -> None:
    assert changed_facts(results, results) == []
    assert changed_behaviours(results, results) == []
    assert all(wait.before == wait.after for wait in waits(results, results))


def test_answers_attempts_and_ends_that_differ_are_told(
    results: Results, make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    once = [make_attempt(0, 1, outcome="raised")]
    sink = [("on-failure destination", 2.0)]
    before = replace(results, jobs=read_jobs([make_job("s3", attempts=once, ended=sink)]))
    after = replace(results, jobs=read_jobs([make_job("s3", status=500, attempts=[])]))
    told = {
        change.what: (change.before, change.after) for change in changed_behaviours(before, after)
    }
    assert told == {
        "caller got": ("200", "500"),
        "attempts": ("1", "0"),
        "ended": ("on-failure destination", "nowhere"),
    }


def test_the_median_wait_of_a_path_that_only_one_run_has_stands_alone(
    results: Results, make_job: MakeJob, read_jobs: ReadJobs
) -> None:
    jobs = read_jobs(
        make_job("s3", number=number, waited=waited) for number, waited in enumerate((9, 1, 2))
    )
    before = replace(results, jobs=jobs, paths={"s3": results.paths["s3"]})
    after = replace(results, jobs=(), paths={"sqs": results.paths["sqs"]})
    assert [(wait.path, wait.before, wait.after) for wait in waits(before, after)] == [
        ("s3", 2, None),
        ("sqs", None, None),
    ]


def test_the_output_names_both_runs_and_shows_markup_as_text(
    results: Results, with_verdicts: WithVerdicts
) -> None:
    before = with_verdicts(A=Verdict.HELD)
    facts = tuple(
        replace(fact, statement="[bold]not bold", verdict=Verdict.FAILED) for fact in before.facts
    )
    target = replace(results.target, name="aws", region="eu-west-1")
    after = replace(before, facts=facts, target=target)
    console = Console(width=200, record=True, quiet=False, file=None, force_terminal=False)
    with console.capture() as captured:
        print_differences(console, before, after)
    printed = captured.get()
    first, second = printed.splitlines()[:2]
    assert first.startswith("a: Measured on an emulator, not on AWS")
    assert second.startswith("b: Measured on AWS, eu-west-1")
    assert "[bold]not bold" in printed
    assert printed.index("Facts that changed verdict") < printed.index("Median wait of callers")
