"""Checks of API Gateway and the load balancer."""

from collections.abc import Mapping
from typing import Any

from comparison.checks.kinds import examined, one_job, side_by_side, with_keys
from comparison.checks.observed import describe, inside, key_names, trace_root
from comparison.checks.policies import for_service
from comparison.checks.seen import Check, Seen
from comparison.path import Path
from comparison.scenarios.front_doors import TRACE_ROOT, case_names


def cases_of(scenario: str, seen: Seen, path: Path) -> dict[str, dict[str, Any]]:
    """Return what was seen of each case of a scenario, by the case's name."""
    jobs = seen.of(scenario, path)
    names = case_names(scenario, path)
    return {name: describe(job, seen.target) for name, job in zip(names, jobs, strict=True)}


def each_case(scenario: str) -> Check:
    """Return the check that reads what was seen of every case of a scenario."""
    return lambda seen, path: cases_of(scenario, seen, path)


def one_case(scenario: str, case: str) -> Check:
    """Return the check that reads what was seen of one case of a scenario."""
    return lambda seen, path: cases_of(scenario, seen, path)[case]


def event_of_each_case(scenario: str) -> Check:
    """Return the check that reads the event of every case of a scenario."""

    def check(seen: Seen, path: Path) -> Mapping[str, Any]:
        cases = cases_of(scenario, seen, path)
        return {name: case["event"] for name, case in cases.items()}

    return check


def permission(service: str) -> Check:
    """Return the check that reads the statement of the function's policy that lets a service in."""

    def check(seen: Seen, path: Path) -> Mapping[str, Any]:
        del path
        return for_service(seen.answer_of("function-policy"), service)

    return check


def integration_timeout(seen: Seen, path: Path) -> object:
    """AG-01: how long a slow answer was waited for, and how long one would be."""
    timeout = inside(seen.answer_of("rest-api-integration"), "timeoutInMillis")
    return {**seen.described("slow", path), "timeout_milliseconds": timeout}


def binary_bodies(seen: Seen, path: Path) -> object:
    """AG-09: what becomes of binary bodies, of the request and of the response."""
    return {
        "request": cases_of("content-types", seen, path)["octet_stream"],
        "response": cases_of("returned-values", seen, path)["base64"],
    }


def whose_request_id(seen: Seen, path: Path) -> object:
    """AG-22: which of the two request ids the client gets."""
    job = seen.described("mapped-request", path)
    told = job["headers"].get("x-amzn-requestid")
    of_context = inside(job, "event", "requestContext", "requestId")
    of_function = {attempt.request_id for attempt in seen.only("mapped-request", path).attempts}
    return {
        "is_context_request_id": told is not None and told == of_context,
        "is_function_request_id": told in of_function,
    }


def trace_passed_on(seen: Seen, path: Path) -> object:
    """AG-23: where the trace that a client named is found again."""
    job = seen.described("trace-header", path)
    in_event = inside(job, "event", "headers", "X-Amzn-Trace-Id")
    in_response = job["headers"].get("x-amzn-trace-id")
    return {
        "root_in_event": trace_root(in_event) == TRACE_ROOT,
        "root_in_response": trace_root(in_response) == TRACE_ROOT,
    }


def keys_of_event(seen: Seen, path: Path) -> object:
    """AL-02: the event, and which keys it and its request context have."""
    job = seen.described("mapped-request", path)
    return {
        **job,
        "keys": key_names(job["event"]),
        "context_keys": key_names(inside(job, "event", "requestContext")),
    }


def failures(seen: Seen, path: Path) -> object:
    """AL-12: what the client is told of functions that fail."""
    return {
        "raised": seen.described("raise", path),
        "exited": seen.described("front-door-exit", path),
        "malformed": cases_of("returned-values", seen, path)["malformed"],
    }


def trace_extended(seen: Seen, path: Path) -> object:
    """AL-21: what the load balancer makes of the trace that a client named."""
    trace = inside(seen.described("trace-header", path), "event", "headers", "x-amzn-trace-id")
    return {"trace": trace, "same_root": trace_root(trace) == TRACE_ROOT}


def cookies(seen: Seen, path: Path) -> object:
    """AL-23: the cookies of a request, and those that a response sets."""
    headers = seen.described("set-cookies", path)["details"].get("header_list", [])
    return {
        **seen.described("mapped-request", path),
        "set_cookies": [value for name, value in headers if name.lower() == "set-cookie"],
    }


API_GATEWAY_CHECKS: Mapping[str, Check] = {
    "AG-01": integration_timeout,
    "AG-02": each_case("returned-values"),
    "AG-03": one_case("returned-values", "no_content_type"),
    "AG-04": with_keys("mapped-request", "event"),
    "AG-05": event_of_each_case("bare-requests"),
    "AG-06": one_job("mapped-request"),
    "AG-07": one_job("mapped-request"),
    "AG-08": one_job("encoded-path"),
    "AG-09": binary_bodies,
    "AG-10": one_case("returned-values", "header_both_ways"),
    "AG-11": with_keys("raise", "body"),
    "AG-12": each_case("returned-values"),
    "AG-13": one_case("returned-values", "cookies"),
    "AG-14": one_job("front-door-time-out"),
    "AG-15": one_job("short-timeout"),
    "AG-16": one_job("short-timeout"),
    "AG-17": one_job("no-concurrency"),
    "AG-18": one_job("no-permission"),
    "AG-20": each_case("unknown-path"),
    "AG-21": one_job("raise"),
    "AG-22": whose_request_id,
    "AG-23": trace_passed_on,
    "AG-24": one_job("asynchronous-header"),
    "AG-25": each_case("oversized-requests"),
    "AG-26": permission("apigateway.amazonaws.com"),
}

LOAD_BALANCER_CHECKS: Mapping[str, Check] = {
    "AL-01": one_job("slow"),
    "AL-02": keys_of_event,
    "AL-03": event_of_each_case("bare-requests"),
    "AL-04": one_job("mapped-request"),
    "AL-05": one_job("mapped-request"),
    "AL-06": one_job("mapped-request"),
    "AL-07": one_job("multi-value-request"),
    "AL-08": event_of_each_case("content-types"),
    "AL-09": each_case("returned-values"),
    "AL-10": one_case("returned-values", "described_status"),
    "AL-11": each_case("returned-values"),
    "AL-12": failures,
    "AL-13": one_job("front-door-time-out"),
    "AL-14": one_job("no-concurrency"),
    "AL-15": one_job("no-permission"),
    "AL-16": one_job("no-target"),
    "AL-17": side_by_side(request="oversized-requests", response="oversized-answer"),
    "AL-18": one_job("web-socket"),
    "AL-19": one_job("raise"),
    "AL-20": examined("target-group"),
    "AL-21": trace_extended,
    "AL-22": one_job("answer"),
    "AL-23": cookies,
    "AL-24": permission("elasticloadbalancing.amazonaws.com"),
}

FRONT_DOORS_CHECKS: Mapping[str, Check] = {**API_GATEWAY_CHECKS, **LOAD_BALANCER_CHECKS}
