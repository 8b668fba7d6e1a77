"""Checks of S3, EventBridge, the schedule and SNS tell AWS's behaviour from a broken one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from comparison.checks.seen import NotObserved, Seen
from comparison.checks.triggers import TRIGGERS_CHECKS
from comparison.facts.catalogue import load_catalogue
from comparison.facts.matching import mismatch
from comparison.observation import CallerSaw, Ending, JobObservation, Place
from comparison.path import Path
from comparison.settlement import is_over
from comparison.targets import Target

MakeJob = Callable[..., JobObservation]
Observe = Callable[..., Any]

CATALOGUE = load_catalogue()
SENT_AT = 1_000.0


@pytest.fixture
def observe(local: Target) -> Observe:
    def observe(fact: str, path: Path, *jobs: JobObservation, **seen: Any) -> Any:
        return TRIGGERS_CHECKS[fact](Seen(local, jobs, 6, **seen), path)

    return observe


@pytest.fixture
def event(make_job: MakeJob) -> Callable[..., JobObservation]:
    """Make the job that keeps its event."""

    def event(path: Path, content: Any, **caller: Any) -> JobObservation:
        saw = CallerSaw(SENT_AT, 0.1, 200, **caller)
        job = make_job(path, scenario="event", caller=saw, attempts=[(0.1, 0.2)])
        return replace(job, attempts=(replace(job.attempts[0], event=content),))

    return event


def _holds(fact: str, path: Path, observed: object) -> bool:
    return mismatch(CATALOGUE.fact(fact).expected[path], observed) is None


@pytest.mark.parametrize(
    ("key", "holds"), [("jobs/r1.event.s3.1+a%40b", True), ("jobs/r1.event.s3.1 a@b", False)]
)
def test_a_key_that_is_not_encoded_is_seen(
    event: MakeJob, observe: Observe, key: str, *, holds: bool
) -> None:
    record = {"s3": {"object": {"key": key}}}
    observed = observe("S3-03", Path.S3, event(Path.S3, {"Records": [record]}))
    assert _holds("S3-03", Path.S3, observed) is holds


@pytest.mark.parametrize(
    ("recorded", "of_upload", "of_function"),
    [("upload-1", True, False), ("request-1", False, True), ("other", False, False)],
)
def test_whose_request_id_the_record_has(
    event: MakeJob, observe: Observe, recorded: str, *, of_upload: bool, of_function: bool
) -> None:
    content = {"Records": [{"responseElements": {"x-amz-request-id": recorded}}]}
    job = event(Path.S3, content, headers={"x-amz-request-id": "upload-1"})
    assert observe("S3-05", Path.S3, job) == {
        "is_the_uploads": of_upload,
        "is_the_functions": of_function,
    }


def test_a_record_without_a_request_id_says_nothing_about_whose_it_is(
    event: MakeJob, observe: Observe
) -> None:
    with pytest.raises(NotObserved, match="no request id"):
        observe("S3-05", Path.S3, event(Path.S3, None))


def test_an_event_whose_id_is_not_the_callers_is_seen(event: MakeJob, observe: Observe) -> None:
    for identifier, is_callers in (("event-1", True), ("event-2", False)):
        details = {"Entries": [{"EventId": "event-1"}]}
        job = event(Path.EVENTBRIDGE, {"id": identifier}, details=details)
        observed = observe("EB-02", Path.EVENTBRIDGE, job)
        assert observed["id_is_the_callers"] is is_callers
        assert observed["keys"] == ["id"]


def _statement(service: str, source: str) -> dict[str, Any]:
    return {
        "Principal": {"Service": service},
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }


@pytest.mark.parametrize("path", [Path.EVENTBRIDGE, Path.SCHEDULE])
def test_each_rule_needs_a_statement_of_its_own(observe: Observe, path: Path) -> None:
    rules = {
        one: f"arn:aws:events:us-east-1:123456789012:rule/{one}"
        for one in (Path.EVENTBRIDGE, Path.SCHEDULE)
    }
    statements = [_statement("events.amazonaws.com", arn) for arn in rules.values()]
    examined = {"rule-arns": rules, "function-policy": statements}
    observed = observe("EB-09", path, examined=examined)
    assert observed["source_arn"] == rules[path]
    assert _holds("EB-09", path, observed)
    of_other = {
        **examined,
        "function-policy": [
            one for one in statements if rules[path] not in one["Condition"]["ArnLike"].values()
        ],
    }
    assert not _holds("EB-09", path, observe("EB-09", path, examined=of_other))


def test_jobs_that_share_an_invocation_are_seen(make_job: MakeJob, observe: Observe) -> None:
    def job(number: int, request_id: str) -> JobObservation:
        made = make_job(Path.SNS, scenario="five-at-once", number=number, attempts=[(0.1, 0.2)])
        return replace(made, attempts=(replace(made.attempts[0], request_id=request_id),))

    apart = [job(number, f"request-{number}") for number in range(5)]
    assert _holds("SN-03", Path.SNS, observe("SN-03", Path.SNS, *apart))
    together = [job(number, "request-1") for number in range(5)]
    assert not _holds("SN-03", Path.SNS, observe("SN-03", Path.SNS, *together))


def test_a_message_id_that_is_not_the_publishers_is_seen(event: MakeJob, observe: Observe) -> None:
    for identifier, is_publishers in (("message-1", True), ("message-2", False)):
        content = {"Records": [{"Sns": {"MessageId": identifier}}]}
        job = event(Path.SNS, content, details={"MessageId": "message-1"})
        observed = observe("SN-02", Path.SNS, job)
        assert observed["message_id_is_the_publishers"] is is_publishers


@pytest.mark.parametrize(("version", "holds"), [("1", True), ("2", False)])
def test_a_signature_in_the_topics_version_is_seen(
    make_job: MakeJob, observe: Observe, version: str, *, holds: bool
) -> None:
    record = {"requestPayload": {"Records": [{"Sns": {"SignatureVersion": version}}]}}
    job = replace(
        make_job(Path.SNS, scenario="no-concurrency"),
        endings=(Ending(Place.ON_FAILURE, SENT_AT + 1, record),),
    )
    assert _holds("SN-05", Path.SNS, observe("SN-05", Path.SNS, job)) is holds


def test_a_schedule_that_left_no_record_is_not_observed(
    make_job: MakeJob, observe: Observe
) -> None:
    with pytest.raises(NotObserved, match="no record"):
        observe("EB-14", Path.SCHEDULE, make_job(Path.SCHEDULE, scenario="raise"))


@pytest.mark.parametrize(
    ("run", "delivery", "holds"),
    [
        (
            [Place.ON_FAILURE, Place.FUNCTION_DEAD_LETTER_QUEUE],
            [Place.SUBSCRIPTION_DEAD_LETTER_QUEUE],
            True,
        ),
        ([Place.SUBSCRIPTION_DEAD_LETTER_QUEUE], [Place.SUBSCRIPTION_DEAD_LETTER_QUEUE], False),
        (
            [Place.ON_FAILURE, Place.FUNCTION_DEAD_LETTER_QUEUE],
            [Place.FUNCTION_DEAD_LETTER_QUEUE],
            False,
        ),
    ],
    ids=["as on AWS", "failed run in the subscription's", "failed delivery in the function's"],
)
def test_the_two_dead_letter_queues_are_not_mixed_up(
    make_job: MakeJob, observe: Observe, run: list[Place], delivery: list[Place], *, holds: bool
) -> None:
    failed = make_job(Path.SNS, scenario="raise", ended=run)
    undelivered = make_job(Path.SNS, scenario="no-permission", ended=delivery)
    observed = observe("SN-10", Path.SNS, failed, undelivered)
    assert _holds("SN-10", Path.SNS, observed) is holds


def test_a_job_that_is_to_leave_no_trace_is_over_after_a_while(make_job: MakeJob) -> None:
    job = make_job(Path.EVENTBRIDGE, scenario="unknown-bus")
    job = replace(job, sending=replace(job.sending, watched_for=10))
    assert not is_over(job, 6, SENT_AT + 9)
    assert is_over(job, 6, SENT_AT + 11)
