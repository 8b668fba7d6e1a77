"""Checks of direct invocation tell AWS's behaviour from a broken one."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from comparison.checks.direct import DIRECT_CHECKS
from comparison.checks.harness import HARNESS_CHECKS
from comparison.checks.observed import trace_root
from comparison.checks.policies import allowed_on_all, for_service
from comparison.checks.seen import NotObserved, Seen
from comparison.clients import Clients
from comparison.facts.catalogue import load_catalogue
from comparison.facts.matching import mismatch
from comparison.observation import CallerSaw, JobObservation
from comparison.path import Path
from comparison.targets import Target

MakeJob = Callable[..., JobObservation]
Observe = Callable[..., Any]

CATALOGUE = load_catalogue()
SENT_AT = 1_000.0


def _with(job: JobObservation, attempts: Sequence[Mapping[str, Any]] = ({},)) -> JobObservation:
    """Return a job whose attempts have these fields."""
    made = zip(job.attempts, attempts, strict=True)
    return replace(job, attempts=tuple(replace(one, **fields) for one, fields in made))


def _holds(fact: str, path: Path, observed: object) -> bool:
    return mismatch(CATALOGUE.fact(fact).expected[path], observed) is None


@pytest.fixture
def observe(local: Target) -> Observe:
    checks = {**DIRECT_CHECKS, **HARNESS_CHECKS}

    def observe(fact: str, *jobs: JobObservation, path: Path = Path.SDK_SYNC, **seen: Any) -> Any:
        return checks[fact](Seen(local, jobs, 6, **seen), path)

    return observe


def test_an_envelope_around_the_event_is_seen(make_job: MakeJob, observe: Observe) -> None:
    job = make_job(Path.SDK_SYNC, scenario="echo", attempts=[(0.1, 0.2)])
    event = job.sending.document()
    assert observe("SI-03", _with(job, [{"event": event}])) == {"event_is_payload": True}
    wrapped = _with(job, [{"event": {"body": event}}])
    assert observe("SI-03", wrapped) == {"event_is_payload": False}
    assert observe("SI-03", replace(job, attempts=())) == {"event_is_payload": False}


@pytest.mark.parametrize(("environment", "same"), [("environment-1", True), ("other", False)])
def test_a_process_that_goes_on_after_its_timeout_is_seen(
    make_job: MakeJob, observe: Observe, environment: str, *, same: bool
) -> None:
    timed_out = make_job(Path.SDK_SYNC, scenario="direct-time-out", attempts=[(0.1, None)])
    later = make_job(Path.ALB, attempts=[(9, 9.1)])
    assert observe("SI-08", timed_out, _with(later, [{"environment_id": environment}])) == {
        "same_process": same
    }


def test_without_a_later_invocation_nothing_is_known_of_the_environment(
    make_job: MakeJob, observe: Observe
) -> None:
    timed_out = make_job(Path.SDK_SYNC, scenario="direct-time-out", attempts=[(0.1, None)])
    elsewhere = _with(make_job(Path.ALB, attempts=[(9, 9.1)]), [{"log_stream": "other"}])
    with pytest.raises(NotObserved, match="no later invocation"):
        observe("SI-08", timed_out, elsewhere)


@pytest.mark.parametrize(("told", "same"), [("request-1", True), ("request-2", False)])
def test_a_request_id_that_is_not_the_functions_is_seen(
    make_job: MakeJob, observe: Observe, told: str, *, same: bool
) -> None:
    caller = CallerSaw(SENT_AT, 0.1, 200, details={"RequestId": told})
    job = make_job(Path.SDK_SYNC, caller=caller, attempts=[(0.1, 0.2)])
    assert observe("SI-16", job) == {"same_request_id": same}


@pytest.mark.parametrize(
    ("log", "holds"),
    [
        (b"START RequestId: request-1", True),
        (b"START RequestId: request-2", False),
        (b"request-1".rjust(5000), False),
        (b"", False),
    ],
    ids=["its own", "of another request", "too long", "none"],
)
def test_the_end_of_the_log_is_short_and_about_the_invocation(
    make_job: MakeJob, observe: Observe, log: bytes, *, holds: bool
) -> None:
    details = {"RequestId": "request-1", "LogResult": base64.b64encode(log).decode()}
    caller = CallerSaw(SENT_AT, 0.1, 200, details=details)
    job = make_job(Path.SDK_SYNC, scenario="log-tail", caller=caller)
    assert _holds("SI-17", Path.SDK_SYNC, observe("SI-17", job)) is holds


@pytest.mark.parametrize("path", [Path.SDK_SYNC, Path.SDK_EVENT])
def test_a_client_context_belongs_to_synchronous_invocations(
    make_job: MakeJob, observe: Observe, path: Path
) -> None:
    caller = CallerSaw(SENT_AT, 0.1, 200 if path is Path.SDK_SYNC else 202)
    job = make_job(path, scenario="client-context", caller=caller, attempts=[(0.1, 0.2)])
    without, context = observe("SI-18", job, path=path), {"custom": {"who": "caller"}}
    got = observe("SI-18", _with(job, [{"client_context": context}]), path=path)
    assert _holds("SI-18", path, got) is (path is Path.SDK_SYNC)
    assert _holds("SI-18", path, without) is (path is Path.SDK_EVENT)


def test_a_statement_for_an_account_is_not_needed(make_job: MakeJob, observe: Observe) -> None:
    service = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    everybody = {"Effect": "Allow", "Principal": "*"}
    job = make_job(Path.SDK_SYNC)
    for statements, count in (([service], 0), ([service, account], 1), ([everybody], 1)):
        observed = observe("SI-21", job, examined={"function-policy": statements})
        assert observed["statements_for_accounts"] == count


@pytest.mark.parametrize(
    ("received", "same"),
    [("Root=1-2;Parent=3;Sampled=1", True), ("Root=1-9", False), (None, False)],
)
def test_a_trace_that_does_not_reach_the_function_is_seen(
    make_job: MakeJob, observe: Observe, received: str | None, *, same: bool
) -> None:
    job = make_job(Path.SDK_SYNC, scenario="traced", attempts=[(0.1, 0.2)])
    job = replace(job, sending=replace(job.sending, trace_header="Root=1-2"))
    observed = observe("SI-22", _with(job, [{"trace_header": received}]))
    assert observed["same_root"] is same


def test_the_root_of_a_trace_header_stands_anywhere_in_it() -> None:
    assert trace_root("Self=1-1;Root=1-2;Parent=3") == "1-2"
    assert trace_root("Parent=3") is None
    assert trace_root(None) is None


def test_a_body_that_was_cut_off_is_seen(make_job: MakeJob, observe: Observe) -> None:
    for length, holds in ((5_000_002, True), (4_000_000, False)):
        caller = CallerSaw(SENT_AT, 0.1, 200, body="x" * length)
        job = make_job(Path.SDK_SYNC, scenario="large-request", caller=caller)
        assert _holds("SI-24", Path.SDK_SYNC, observe("SI-24", job)) is holds


START = '{"type": "platform.start", "record": {"requestId": "request-1"}}'
REPORT = '{"type": "platform.report", "record": {"requestId": "request-1"}}'
STRANGE = '{"type": "platform.report", "record": {"requestId": "request-2"}}'


@pytest.mark.parametrize(
    ("lines", "holds"),
    [
        ([START, "about request-1", REPORT], True),
        (["START RequestId: request-1 Version: $LATEST", "REPORT RequestId: request-1\t"], True),
        ([START], False),
        ([START, START, REPORT], False),
        ([START, STRANGE], False),
        ([], False),
    ],
    ids=["JSON", "text", "not ended", "begun twice", "another request", "nothing"],
)
def test_an_invocation_begins_and_ends_once_in_the_log(
    make_job: MakeJob, observe: Observe, lines: list[str], *, holds: bool
) -> None:
    job = make_job(Path.SDK_SYNC, attempts=[(0.1, 0.2)])
    observed = observe("H6", job, examined={"log-lines": {"request-1": lines}})
    assert _holds("H6", Path.SDK_SYNC, observed) is holds


def test_a_log_stream_that_the_invocation_is_not_in_is_seen(
    make_job: MakeJob, observe: Observe
) -> None:
    name = "2026/01/01/the-function[$LATEST]" + 32 * "a"
    job = _with(make_job(Path.SDK_SYNC, attempts=[(0.1, 0.2)]), [{"log_stream": name}])
    logged = observe("H5", job, examined={"log-lines": {"request-1": [START]}})
    assert _holds("H5", Path.SDK_SYNC, logged)
    lost = observe("H5", job, examined={"log-lines": {"request-1": []}})
    assert not _holds("H5", Path.SDK_SYNC, lost)


def test_the_statement_of_a_service_is_the_one_for_the_source() -> None:
    statements = [
        {
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:rule/{rule}"}},
        }
        for rule in ("schedule", "bus/rule")
    ]
    found = for_service(statements, "events.amazonaws.com", "arn:rule/bus/rule")
    assert found["source_arn"] == "arn:rule/bus/rule"
    assert for_service(statements, "sns.amazonaws.com") == {}


def test_an_action_must_be_allowed_on_every_resource() -> None:
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "a"}
    both = {"Effect": "Allow", "Action": ["sqs:SendMessage", "s3:GetObject"], "Resource": ["b"]}
    denied = {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "c"}
    assert allowed_on_all([send, both], ["a", "b"], "sqs") == ["sqs:SendMessage"]
    assert allowed_on_all([send, both, denied], ["a", "b", "c"], "sqs") == []


def test_an_impatient_client_asks_twice_and_no_more(local: Target) -> None:
    config: Any = Clients(local).impatient_lambda(1).meta.config
    assert config.read_timeout == 1
    assert config.retries["total_max_attempts"] == 2
