"""What the checks of API Gateway and the load balancer tell apart."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from comparison.checks import CHECKS
from comparison.checks.seen import NotObserved, Seen
from comparison.facts.catalogue import load_catalogue
from comparison.facts.matching import mismatch
from comparison.observation import CallerSaw, JobObservation
from comparison.path import Path
from comparison.scenarios.front_doors import TRACE_ROOT, case_names
from comparison.targets import Target

CATALOGUE = load_catalogue()
INTERNAL_SERVER_ERROR = '{"message": "Internal server error"}'
FUNCTION_REQUEST_ID = "request-1"

MakeJob = Callable[..., JobObservation]
Difference = Callable[..., str | None]


@pytest.fixture
def job(make_job: MakeJob) -> MakeJob:
    """Make a job of a scenario as its caller saw it, with the event that the function got."""

    def make(
        scenario: str,
        path: Path,
        *,
        event: Mapping[str, Any] | None = None,
        started: bool = True,
        **seen: Any,
    ) -> JobObservation:
        caller = CallerSaw(1_000.0, 0.1, **{"status": 200, **seen})
        attempts = [(0.01, 0.02)] if started else []
        made = make_job(path, scenario=scenario, caller=caller, attempts=attempts)
        events = [replace(attempt, event=event) for attempt in made.attempts]
        return replace(made, attempts=tuple(events))

    return make


@pytest.fixture
def difference(local: Target) -> Difference:
    """Say how the observation of a fact differs from what the catalogue expects."""

    def differs(fact: str, *jobs: JobObservation, **examined: Any) -> str | None:
        (path,) = CATALOGUE.fact(fact).paths
        names = {name.replace("_", "-"): answer for name, answer in examined.items()}
        observed = CHECKS[fact](Seen(local, jobs, 6, names), path)
        return mismatch(CATALOGUE.fact(fact).expected[path], observed)

    return differs


CASES_OF_FACT = {
    "AG-02": "returned-values",
    "AG-05": "bare-requests",
    "AG-12": "returned-values",
    "AG-20": "unknown-path",
    "AG-25": "oversized-requests",
    "AL-03": "bare-requests",
    "AL-08": "content-types",
    "AL-09": "returned-values",
    "AL-11": "returned-values",
}


@pytest.mark.parametrize(("fact", "scenario"), CASES_OF_FACT.items())
def test_every_case_that_a_fact_expects_is_sent(fact: str, scenario: str) -> None:
    for path, expected in CATALOGUE.fact(fact).expected.items():
        assert isinstance(expected, dict)
        assert set(expected) <= set(case_names(scenario, path))


def test_each_case_is_known_by_its_name(job: MakeJob, difference: Difference) -> None:
    def answers(path: Path, **status_of: int) -> list[JobObservation]:
        return [
            job("returned-values", path, status=status_of.get(case, 502))
            for case in case_names("returned-values", path)
        ]

    assert difference("AL-11", *answers(Path.ALB, whole=201, status_alone=200)) is None
    assert (
        difference("AL-11", *answers(Path.ALB, boolean_header=200))
        == "boolean_header.status: expected 502, observed 200"
    )


def test_events_are_known_by_the_name_of_their_case(job: MakeJob, difference: Difference) -> None:
    def events(*encoded: bool) -> list[JobObservation]:
        return [
            job("content-types", Path.ALB, event={"isBase64Encoded": is_encoded})
            for is_encoded in encoded
        ]

    assert difference("AL-08", *events(True, False, False, True)) is None
    assert (
        difference("AL-08", *events(True, False, True, True))
        == "json.isBase64Encoded: expected false, observed true"
    )


def test_a_key_too_many_in_an_event_is_told(job: MakeJob, difference: Difference) -> None:
    event: dict[str, Any] = {
        "body": "",
        "headers": {},
        "httpMethod": "POST",
        "isBase64Encoded": False,
        "path": "/jobs",
        "queryStringParameters": {},
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:x:::targetgroup/a/b"}},
    }
    context = {**event["requestContext"], "stage": "v1"}

    def differs(event: object) -> str | None:
        return difference("AL-02", job("mapped-request", Path.ALB, event=event))

    assert differs(event) is None
    assert "keys" in (differs({**event, "resource": "/"}) or "")
    assert "context_keys" in (differs({**event, "requestContext": context}) or "")


def test_an_event_that_never_arrived_has_no_keys(job: MakeJob, difference: Difference) -> None:
    lost = job("mapped-request", Path.ALB, started=False)
    assert "keys: expected ['body', " in (difference("AL-02", lost) or "")


def test_an_error_body_may_say_nothing_but_its_message(
    job: MakeJob, difference: Difference
) -> None:
    headers = {"x-amzn-errortype": "InternalServerErrorException"}
    leak = '{"message": "Internal server error", "errorType": "RequestedError"}'

    def differs(body: str) -> str | None:
        raised = job("raise", Path.API_GATEWAY, status=502, headers=headers, body=body)
        return difference("AG-11", raised)

    assert differs(INTERNAL_SERVER_ERROR) is None
    assert differs(leak) == "keys: expected ['message'], observed ['errorType', 'message']"
    assert "keys: expected ['message'], observed []" in (differs("<html>") or "")


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ({"x-amzn-requestid": "context-1"}, True),
        ({"x-amzn-requestid": FUNCTION_REQUEST_ID}, False),
        ({"x-amzn-requestid": "another"}, False),
        ({}, False),
    ],
)
def test_the_request_id_must_be_that_of_the_request_context(
    job: MakeJob, difference: Difference, told: Mapping[str, str], holds: bool
) -> None:
    event = {"requestContext": {"requestId": "context-1"}}
    echo = job("mapped-request", Path.API_GATEWAY, event=event, headers=told)
    assert (difference("AG-22", echo) is None) is holds


def test_one_request_id_for_both_is_told(job: MakeJob, difference: Difference) -> None:
    event = {"requestContext": {"requestId": FUNCTION_REQUEST_ID}}
    told = {"x-amzn-requestid": FUNCTION_REQUEST_ID}
    echo = job("mapped-request", Path.API_GATEWAY, event=event, headers=told)
    assert difference("AG-22", echo) == "is_function_request_id: expected false, observed true"


OTHER_ROOT = "1-11111111-000000000000000000000000"


@pytest.mark.parametrize(
    ("in_event", "in_response", "difference_named"),
    [
        (f"Root={TRACE_ROOT};Parent=0123456789abcdef;Sampled=0", f"Root={TRACE_ROOT}", None),
        (f"Root={OTHER_ROOT}", f"Root={TRACE_ROOT}", "root_in_event"),
        (f"Root={TRACE_ROOT}", f"Root={OTHER_ROOT};Lineage={TRACE_ROOT}", "root_in_response"),
    ],
)
def test_a_trace_is_passed_on_by_its_root(
    job: MakeJob,
    difference: Difference,
    in_event: str,
    in_response: str,
    difference_named: str | None,
) -> None:
    traced = job(
        "trace-header",
        Path.API_GATEWAY,
        event={"headers": {"X-Amzn-Trace-Id": in_event}},
        headers={"x-amzn-trace-id": in_response},
    )
    named = difference("AG-23", traced)
    assert (named and named.partition(":")[0]) == difference_named


@pytest.mark.parametrize(
    ("trace", "difference_named"),
    [
        (f"Self=1-66f0c0df-89abcdef;Root={TRACE_ROOT}", None),
        (f"Root={TRACE_ROOT}", "trace"),
        (f"Self=1-66f0c0df-89abcdef;Root={OTHER_ROOT}", "same_root"),
    ],
)
def test_a_load_balancer_extends_a_trace(
    job: MakeJob, difference: Difference, trace: str, difference_named: str | None
) -> None:
    event = {"headers": {"x-amzn-trace-id": trace}}
    named = difference("AL-21", job("trace-header", Path.ALB, event=event))
    assert (named and named.partition(":")[0]) == difference_named


@pytest.mark.parametrize(
    ("header_list", "holds"),
    [
        ([("Set-Cookie", "a=1"), ("Content-Length", "1"), ("set-cookie", "b=2")], True),
        ([("Set-Cookie", "a=1, b=2")], False),
        ([("Set-Cookie", "b=2")], False),
    ],
)
def test_each_cookie_needs_a_header_of_its_own(
    job: MakeJob, difference: Difference, header_list: list[tuple[str, str]], holds: bool
) -> None:
    request = job("mapped-request", Path.ALB, event={"headers": {"cookie": "a=1; b=2"}})
    response = job("set-cookies", Path.ALB, details={"header_list": header_list})
    assert (difference("AL-23", request, response) is None) is holds


def statement(service: str, arn: str | None) -> dict[str, Any]:
    condition = {"Condition": {"ArnLike": {"AWS:SourceArn": arn}}} if arn else {}
    return {"Principal": {"Service": service}, **condition}


@pytest.mark.parametrize(
    ("statements", "holds"),
    [
        (
            [
                statement("s3.amazonaws.com", "arn:aws:s3:::bucket"),
                statement(
                    "apigateway.amazonaws.com",
                    "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/v1/*/*",
                ),
            ],
            True,
        ),
        ([statement("apigateway.amazonaws.com", None)], False),
        ([statement("s3.amazonaws.com", "arn:aws:s3:::bucket")], False),
    ],
)
def test_the_policy_must_let_in_the_one_api(
    difference: Difference, statements: list[dict[str, Any]], holds: bool
) -> None:
    assert (difference("AG-26", function_policy=statements) is None) is holds


def test_the_integration_timeout_is_seen_along_with_a_wait(
    job: MakeJob, difference: Difference
) -> None:
    slow = job("slow", Path.API_GATEWAY)
    slow = replace(slow, caller=CallerSaw(1_000.0, 5.1, 200))
    assert difference("AG-01", slow, rest_api_integration={"timeoutInMillis": 29000}) is None
    assert (
        difference("AG-01", slow, rest_api_integration={"timeoutInMillis": 2000})
        == "timeout_milliseconds: expected 29000, observed 2000"
    )


def test_a_job_whose_caller_got_no_answer_yet_shows_nothing(
    make_job: MakeJob, difference: Difference
) -> None:
    with pytest.raises(NotObserved, match="the run ended before raise was over on alb"):
        difference("AL-19", make_job(Path.ALB, scenario="raise", caller=None))
