"""A run: what leaves when, and what is known of a job when the target stops answering."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from comparison import run
from comparison.checks.seen import NotObserved, Seen
from comparison.clients import Clients
from comparison.deployed import Deployed
from comparison.examinations import answered
from comparison.observation import CallerSaw, JobObservation, Sending
from comparison.path import Path
from comparison.run import Watch, departures
from comparison.stack_outputs import StackOutputs
from comparison.targets import Target
from stacks.naming import Output, Stack

MakeJob = Callable[..., JobObservation]
GONE = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")


def sending(job: str, after: float = 0, together: str | None = None) -> Sending:
    return Sending("answer", Path.SDK_SYNC, f"r1.answer.{job}", "answer", {}, after, together)


def test_jobs_leave_by_time_and_else_in_the_order_given() -> None:
    second, first, also_second = sending("z", after=2), sending("y", after=1), sending("a", after=2)
    assert departures([second, first, also_second]) == [[first], [second], [also_second]]


def test_jobs_that_belong_together_leave_in_one_call() -> None:
    one, between, other = sending("1", together="x"), sending("2"), sending("3", together="x")
    assert departures([one, between, other]) == [[one, other], [between]]


@pytest.fixture
def watch(local: Target) -> Watch:
    outputs = StackOutputs("s", {Output.RECEIPTS_TABLE_NAME: "receipts"}, frozenset(Stack))
    clients = cast("Clients", SimpleNamespace(dynamodb=None))
    deployed = Deployed(local, clients, outputs, 6, {})
    return Watch(deployed, "r1", [sending("before"), sending("after"), sending("never")])


def test_what_ends_after_the_last_answer_of_a_target_is_cut_short(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[dict[str, Any] | Exception] = [{}, {}, GONE]

    def read(*_: object) -> Any:
        look = looks.pop(0)
        if isinstance(look, Exception):
            watch.caller_saw(sending("after"), CallerSaw(2, 0.1, error="connection refused"))
            raise look
        return look

    monkeypatch.setattr(run, "read_attempts", read)
    monkeypatch.setattr(run, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(run, "TARGET_GONE_AFTER", -1)
    watch.caller_saw(sending("before"), CallerSaw(1, 0.1, 200))
    watch.until_over(lambda *_: None)
    assert watch.interruption is not None
    assert watch.cut_short() == {"r1.answer.after", "r1.answer.never"}


def test_nothing_is_cut_short_while_the_target_answers(watch: Watch) -> None:
    assert watch.cut_short() == frozenset()


def test_a_job_that_was_cut_short_shows_nothing(local: Target, make_job: MakeJob) -> None:
    job = make_job(Path.ALB)
    scenario = job.sending.scenario
    seen = Seen(local, (job,), 6)
    assert seen.only(scenario, Path.ALB) == job
    cut = replace(seen, cut_short=frozenset({job.sending.job}))
    with pytest.raises(NotObserved, match=f"the run ended before {scenario} was over on alb"):
        cut.only(scenario, Path.ALB)


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ThrottlingException"])
def test_a_refusal_that_says_nothing_about_the_question_is_no_answer(code: str) -> None:
    def call() -> Any:
        raise refusal(code)

    with pytest.raises(ClientError):
        answered(call)


def test_any_other_refusal_is_an_answer() -> None:
    def call() -> Any:
        raise refusal("ResourceConflictException")

    assert answered(call)["error"] == "ResourceConflictException"


def refusal(code: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}},  # type: ignore[typeddict-item]  # the rest does not matter
        "Ask",
    )
