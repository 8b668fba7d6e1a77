"""A run: what leaves when, and what is known of a job when the target stops answering."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from comparison import run
from comparison.checks.seen import NotObserved, Seen
from comparison.clients import Clients
from comparison.deployed import Deployed
from comparison.examinations import answered, examine
from comparison.observation import CallerSaw, Ending, JobObservation, Place, Sending
from comparison.path import Path
from comparison.run import PROGRAMS_AT_ONCE, Dispatch, Watch, departures
from comparison.sinks import Arrival
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


def test_what_waits_for_its_turn_is_not_sent_after_the_end(watch: Watch) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    class Program:
        def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
            begun.release()
            go_on.wait(10)
            return [CallerSaw(1, 0.1, 200)] * len(sendings)

    jobs = [replace(sending(str(number)), path=Path.CLI_SYNC) for number in range(5)]
    with Dispatch({Path.CLI_SYNC: Program()}, jobs, watch) as dispatch:
        assert all(begun.acquire(timeout=10) for _ in range(PROGRAMS_AT_ONCE))
        dispatch.stop()
        go_on.set()
    assert not begun.acquire(blocking=False)


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
    watch.until_over(lambda *_: None, lambda: None)
    assert watch.interruption is not None
    assert watch.cut_short() == {"r1.answer.after", "r1.answer.never"}


def test_a_run_whose_sinks_cannot_be_read_ends_and_says_so(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_sinks() -> None:
        raise refusal("AccessDenied", "ReceiveMessage")

    monkeypatch.setattr(run, "read_attempts", lambda *_: {})
    monkeypatch.setattr(run, "TARGET_GONE_AFTER", -1)
    watch.until_over(lambda *_: None, check_sinks)
    assert watch.interruption is not None
    assert "ReceiveMessage" in watch.interruption


def test_a_message_that_is_received_twice_ends_its_job_once(watch: Watch) -> None:
    job = "r1.answer.before"
    for message_id in ("message-1", "message-1", "message-2"):
        ending = Ending(Place.ON_FAILURE, 1, message_id=message_id)
        assert watch.arrived(Arrival(job, None, ending))
    endings = next(seen.endings for seen in watch.jobs() if seen.sending.job == job)
    assert [ending.message_id for ending in endings] == ["message-1", "message-2"]


def test_a_job_that_is_answered_while_receipts_are_read_waits_for_its_own(
    watch: Watch, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = make_job(Path.SDK_SYNC, attempts=[(1, 2)]).attempts
    looks: list[dict[str, Any]] = [{}, {"r1.answer.before": attempts}]

    def read(*_: object) -> Any:
        for job in ("before", "after", "never"):
            watch.caller_saw(sending(job), CallerSaw(1, 0.1, 200))
        return looks.pop(0)

    monkeypatch.setattr(run, "read_attempts", read)
    monkeypatch.setattr(run, "LOOK_EVERY", 0.01)
    watch.until_over(lambda *_: None, lambda: None)
    assert [len(job.attempts) for job in watch.jobs()] == [1, 0, 0]


def test_no_job_is_over_by_a_look_that_got_no_answer(
    watch: Watch, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = make_job(Path.SDK_SYNC, attempts=[(1, 2)]).attempts
    looks: list[dict[str, Any] | Exception] = [GONE, {"r1.answer.before": attempts}]

    def read(*_: object) -> Any:
        look = looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look

    for job in ("before", "after", "never"):
        watch.caller_saw(sending(job), CallerSaw(1, 0.1, 200))
    monkeypatch.setattr(run, "read_attempts", read)
    monkeypatch.setattr(run, "LOOK_EVERY", 0.01)
    watch.until_over(lambda *_: None, lambda: None)
    assert watch.interruption is None
    assert [len(job.attempts) for job in watch.jobs()] == [1, 0, 0]


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


def test_an_internal_error_is_no_answer() -> None:
    def call() -> Any:
        raise refusal("ServiceException", status=500)

    with pytest.raises(ClientError):
        answered(call)


def test_an_examination_that_gets_no_answer_shows_nothing_and_says_why(local: Target) -> None:
    def ask(_: Deployed) -> Any:
        raise refusal("ThrottlingException", "GetPolicy")

    examined = examine(cast("Deployed", None), {"policy": ask, "other": lambda _: "answer"})
    seen = Seen(local, (), 6, examined)
    assert seen.answer_of("other") == "answer"
    with pytest.raises(
        NotObserved, match=r"policy got no answer: .*ThrottlingException.*GetPolicy"
    ):
        seen.answer_of("policy")


def test_any_other_refusal_is_an_answer() -> None:
    def call() -> Any:
        raise refusal("ResourceConflictException")

    assert answered(call)["error"] == "ResourceConflictException"


def refusal(code: str, operation: str = "Ask", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # the rest does not matter
        operation,
    )
