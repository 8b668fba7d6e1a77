"""What a run used, added up from what was observed."""

from dataclasses import replace
from typing import Any

from comparison.observation import Attempt, CallerSaw, JobObservation, Sending
from comparison.path import Path
from comparison.usage import Usage, usage

TIMEOUT = 6.0
SENT = CallerSaw(1000.0, 0.1, 200)


def attempt(request_id: str, seconds: float | None, started_at: float = 1000.0) -> Attempt:
    others: dict[str, Any] = dict.fromkeys(
        ["receive_count", "message_id", "trace_header", "client_context", "event"]
    )
    return Attempt(
        request_id=request_id,
        path="direct",
        started_at=started_at,
        finished_at=None if seconds is None else started_at + seconds,
        outcome="answered",
        batch_size=1,
        cold=False,
        environment_id="environment",
        log_stream="stream",
        **others,
    )


def job(number: int, *attempts: Attempt, path: Path = Path.SDK_EVENT) -> JobObservation:
    sending = Sending("answer", path, f"r1.answer.{path}.{number}", "answer")
    return JobObservation(sending, SENT, attempts)


def test_an_event_is_invoked_as_often_as_it_was_tried() -> None:
    tries = [attempt("request", 0.1, 1000.0), attempt("request", 0.1, 1003.0)]
    assert usage([job(1, *tries)], TIMEOUT) == Usage(1, 1, 2, 200)


def test_the_records_of_a_batch_share_an_invocation_and_a_request() -> None:
    batch = [job(number, attempt("batch", 0.05), path=Path.SQS) for number in range(10)]
    together = [replace(one, sending=replace(one.sending, together="all")) for one in batch]
    assert usage(together, TIMEOUT) == Usage(10, 1, 1, 500)


def test_an_attempt_without_an_end_is_billed_up_to_the_timeout() -> None:
    assert usage([job(1, attempt("request", None))], TIMEOUT).billed_milliseconds == 6000


def test_milliseconds_are_rounded_up() -> None:
    jobs = [job(1, attempt("a", 0.0011)), job(2, attempt("b", 0.001))]
    assert usage(jobs, TIMEOUT).billed_milliseconds == 3


def test_a_job_that_was_never_sent_costs_nothing() -> None:
    assert usage([replace(job(1), caller=None)], TIMEOUT) == Usage(0, 0, 0, 0)


def test_it_is_one_line() -> None:
    assert str(Usage(1200, 1100, 2300, 45678)) == (
        "1,200 jobs in 1,100 requests, 2,300 invocations of the function, about 45,678 ms billed"
    )
