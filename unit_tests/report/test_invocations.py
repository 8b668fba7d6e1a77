"""Attempts at single jobs put together into invocations, and what those cost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from comparison.report.cost import cost, costs
from comparison.report.invocations import Invocation, invocations
from comparison.report.model import Job, Results

Document = dict[str, Any]
MakeJob = Callable[..., Document]
ReadJobs = Callable[..., tuple[Job, ...]]


def test_a_batch_is_one_invocation(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    jobs = read_jobs(
        make_job("sqs", number=number, attempts=[make_attempt(number, number + 1, batch_size=3)])
        for number in range(3)
    )
    (invocation,) = invocations(jobs)
    assert invocation.batch_size == 3
    assert invocation.billed_milliseconds == 3000


def test_every_retry_of_an_asynchronous_event_is_an_invocation_although_its_id_stays(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    attempts = [make_attempt(start, start + 0.5, request_id="same") for start in (0, 60, 180)]
    made = invocations(read_jobs([make_job("s3", attempts=attempts)]))
    assert [invocation.started_at - made[0].started_at for invocation in made] == [0, 60, 180]


def test_billed_milliseconds_are_rounded_up_and_never_none_at_all(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    (job,) = read_jobs([make_job("alb", attempts=[make_attempt(0, 1)])])
    (attempt,) = job.attempts
    for seconds, billed in ((0, 1), (0.001, 1), (0.0011, 2), (5.0004, 5001)):
        ended = replace(attempt, finished_at=attempt.started_at + seconds)
        assert Invocation("request", (ended,)).billed_milliseconds == billed


def test_an_invocation_that_never_said_when_it_ended_is_counted_apart(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    total = cost(read_jobs([make_job("alb", attempts=[make_attempt(0, None)])]))
    assert (total.invocations, total.unfinished, total.billed_milliseconds) == (1, 1, 0)


def test_an_invocation_that_two_scenarios_share_is_paid_once(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    jobs = read_jobs(
        make_job("sqs", scenario, attempts=[make_attempt(0, 1, batch_size=2)])
        for scenario in ("answer", "slow")
    )
    (path,) = costs(jobs, ["sqs", "s3"])
    assert path.total.invocations == 1
    assert [of_scenario.invocations for _, of_scenario in path.scenarios] == [1, 1]


def test_the_cost_of_a_run_counts_jobs_invocations_and_attempts(results: Results) -> None:
    (sqs,) = (path for path in costs(results.jobs, results.paths) if path.path == "sqs")
    by_scenario = dict(sqs.scenarios)
    assert (by_scenario["burst"].jobs, by_scenario["burst"].invocations) == (10, 1)
    assert (by_scenario["bad-message"].invocations, by_scenario["bad-message"].attempts) == (3, 6)
