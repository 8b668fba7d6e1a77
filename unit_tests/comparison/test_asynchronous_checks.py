"""Checks of asynchronous invocation tell AWS's behaviour from a broken one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from comparison.checks.asynchronous import ASYNCHRONOUS_CHECKS
from comparison.checks.seen import Seen
from comparison.facts.catalogue import load_catalogue
from comparison.facts.matching import mismatch
from comparison.observation import Ending, JobObservation, Place
from comparison.path import Path
from comparison.targets import Target

MakeJob = Callable[..., JobObservation]
Observe = Callable[..., Any]

CATALOGUE = load_catalogue()
SENT_AT = 1_000.0


@pytest.fixture
def observe(local: Target) -> Observe:
    def observe(fact: str, *jobs: JobObservation, path: Path = Path.SDK_EVENT, **seen: Any) -> Any:
        return ASYNCHRONOUS_CHECKS[fact](Seen(local, jobs, 6, **seen), path)

    return observe


def _holds(fact: str, observed: object, path: Path = Path.SDK_EVENT) -> bool:
    return mismatch(CATALOGUE.fact(fact).expected[path], observed) is None


def _ended(job: JobObservation, where: Place, record: Any, **attributes: str) -> JobObservation:
    ending = Ending(where, SENT_AT + 9, record, attributes)
    return replace(job, endings=(*job.endings, ending))


def _told(job: JobObservation, **details: Any) -> JobObservation:
    assert job.caller
    return replace(job, caller=replace(job.caller, status=202, details=details))


@pytest.mark.parametrize(
    ("seconds", "holds"), [(0.1, True), (5.3, False)], ids=["at once", "when it is done"]
)
def test_a_caller_that_waits_for_the_function_is_seen(
    make_job: MakeJob, observe: Observe, seconds: float, *, holds: bool
) -> None:
    job = make_job(Path.SDK_EVENT, scenario="slow", attempts=[(0.2, 5.2)])
    job = _told(job, StatusCode=202)
    assert job.caller
    job = replace(job, caller=replace(job.caller, seconds=seconds))
    failed = _told(make_job(Path.SDK_EVENT, scenario="raise"), StatusCode=202)
    assert _holds("AS-01", observe("AS-01", job, failed)) is holds


@pytest.mark.parametrize(
    ("broken", "missing"),
    [
        ({}, []),
        ({"receipts": "other"}, ["request_id_in_receipts"]),
        ({"destination": "other"}, ["request_id_in_destination"]),
        ({"dead_letter": "other"}, ["request_id_in_dead_letter"]),
    ],
)
def test_the_request_id_of_the_202_is_looked_for_everywhere(
    make_job: MakeJob, observe: Observe, broken: Mapping[str, str], missing: list[str]
) -> None:
    places = {"receipts": "request-1", "destination": "request-1", "dead_letter": "request-1"}
    ids = {**places, **broken}
    job = make_job(Path.SDK_EVENT, scenario="raise", attempts=[(0, 1), (60, 61)])
    first, second = job.attempts
    job = replace(job, attempts=(first, replace(second, request_id=ids["receipts"])))
    job = _told(job, RequestId="request-1")
    record = {"requestContext": {"requestId": ids["destination"]}}
    job = _ended(job, Place.ON_FAILURE, record)
    job = _ended(job, Place.FUNCTION_DEAD_LETTER_QUEUE, {}, RequestID=ids["dead_letter"])
    observed = observe("AS-03", job)
    assert [name for name, found in observed.items() if not found] == missing


def _too_old(job: JobObservation, at: float) -> JobObservation:
    timestamp = datetime.fromtimestamp(SENT_AT + at, UTC).isoformat()
    context = {"condition": "EventAgeExceeded", "approximateInvokeCount": len(job.attempts)}
    return _ended(job, Place.ON_FAILURE, {"timestamp": timestamp, "requestContext": context})


@pytest.mark.parametrize(
    ("waited", "holds"),
    [(1, True), (59, False)],
    ids=["at once", "at the maximum age"],
)
def test_an_event_that_waits_for_its_maximum_age_is_seen_at_any_pace(
    make_job: MakeJob, observe: Observe, local: Target, waited: float, *, holds: bool
) -> None:
    young = make_job(Path.SDK_EVENT, scenario="age-60", attempts=[(0.5, 1.0)])
    older = make_job(Path.SDK_EVENT, scenario="age-90", attempts=[(0.5, 1.0), (4, 4.5)])
    ended = _too_old(young, 1.0 + local.lambda_wait(waited))
    observed = observe("AS-10", ended, _too_old(older, 4.6))
    assert _holds("AS-10", observed) is holds


@pytest.mark.parametrize(("waited", "holds"), [(63, True), (1, False)], ids=["later", "at once"])
def test_an_event_that_was_not_throttled_is_seen(
    make_job: MakeJob, observe: Observe, local: Target, waited: float, *, holds: bool
) -> None:
    started_at = local.lambda_wait(waited)
    job = make_job(
        Path.SDK_EVENT,
        scenario="full-concurrency",
        attempts=[(started_at, started_at + 0.1)],
        ended=[Place.ON_SUCCESS],
    )
    assert _holds("AS-11", observe("AS-11", _told(job, RequestId="request-1"))) is holds


def test_a_condition_that_is_not_the_documented_one_is_seen(
    make_job: MakeJob, observe: Observe
) -> None:
    documented = {
        "answer": "Success",
        "raise": "RetriesExhausted",
        "age-60": "EventAgeExceeded",
        "no-concurrency": "ZeroReservedConcurrency",
    }

    def jobs(conditions: Mapping[str, str]) -> list[JobObservation]:
        return [
            _ended(
                make_job(Path.SDK_EVENT, scenario=scenario),
                Place.ON_FAILURE,
                {"requestContext": {"condition": condition}},
            )
            for scenario, condition in conditions.items()
        ]

    assert _holds("AS-16", observe("AS-16", *jobs(documented)))
    mistaken = documented | {"age-60": "RetriesExhausted"}
    assert not _holds("AS-16", observe("AS-16", *jobs(mistaken)))


@pytest.mark.parametrize(
    ("body", "is_event"),
    [({"do": "raise"}, True), ({"requestPayload": {"do": "raise"}}, False), (None, False)],
    ids=["the event", "a record", "nothing"],
)
def test_a_dead_letter_that_is_not_the_bare_event_is_seen(
    make_job: MakeJob, observe: Observe, body: object, *, is_event: bool
) -> None:
    job = make_job(Path.SDK_EVENT, scenario="raise")
    job = _ended(job, Place.ON_FAILURE, {"requestPayload": {"do": "raise"}})
    job = _ended(job, Place.FUNCTION_DEAD_LETTER_QUEUE, body)
    assert observe("AS-24", job)["body_is_event"] is is_event


def test_the_role_must_be_allowed_to_send_to_every_queue(observe: Observe) -> None:
    allowed = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "queue-1"}]
    for queues, holds in ((["queue-1"], True), (["queue-1", "queue-2"], False)):
        observed = observe("AS-27", examined={"role-policies": allowed, "sink-arns": queues})
        assert _holds("AS-27", observed) is holds


@pytest.mark.parametrize("path", [Path.SDK_EVENT, Path.S3])
def test_an_exit_is_seen_where_it_is_sent(make_job: MakeJob, observe: Observe, path: Path) -> None:
    three = [(0, 1), (60, 61), (180, 181)]
    time_out = make_job(path, scenario="event-time-out", attempts=three)
    error = {"errorMessage": "Task timed out after 6.00 seconds"}
    time_out = _ended(time_out, Place.ON_FAILURE, {"responsePayload": error})
    exited = make_job(path, scenario="event-exit", attempts=three)
    exit_error = {"responsePayload": {"errorType": "Runtime.ExitError"}}
    exited = _ended(exited, Place.ON_FAILURE, exit_error)
    observed = observe("AS-36", time_out, exited, path=path)
    assert _holds("AS-36", observed, path)
    assert ("exit" in observed) is (path is Path.SDK_EVENT)
