"""Scenarios of API Gateway and the load balancer.

Times are in seconds from the start of the run. Jobs leave one after the other, so that a new
account's ten concurrent executions are enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from comparison.observation import HttpOptions, Sending
from comparison.path import Path
from comparison.scenarios.returned_values import RETURNED_VALUES, TWO_COOKIES
from comparison.scenarios.scenario import Scenario, one_job
from stacks.naming import MULTI_VALUE_PATH, SHORT_TIMEOUT_RESOURCE

API_GATEWAY = (Path.API_GATEWAY,)
ALB = (Path.ALB,)
BOTH = (Path.API_GATEWAY, Path.ALB)

TRACE_ROOT = "1-66f0c0de-0123456789abcdef01234567"
"""Root of the trace that a client says its request is part of."""

SHORT_TIMEOUT = f"/{SHORT_TIMEOUT_RESOURCE}"
BETWEEN_CASES = 0.5

MAPPED_REQUEST = HttpOptions(
    query="a=x%2By&b=1&b=2",
    headers=(
        ("tEsT-HEADeR", "one"),
        ("tEsT-HEADeR", "two"),
        ("repeated", "one"),
        ("repeated", "two"),
        ("cookie", "a=1; b=2"),
    ),
)
"""A request with everything that the front doors map differently."""

TRACED_REQUEST = HttpOptions(headers=(("X-Amzn-Trace-Id", f"Root={TRACE_ROOT}"),))

ASYNCHRONOUS_REQUEST = HttpOptions(headers=(("X-Amz-Invocation-Type", "Event"),))

WEB_SOCKET_UPGRADE = HttpOptions(
    method="GET",
    headers=(
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ),
)

Requests = Mapping[str, Sending]
"""Requests by the name that the facts give to each case."""


def _echo(path: Path, http: HttpOptions) -> Sending:
    return Sending("", path, "", "echo", http=http)


def _bare_requests(path: Path) -> Requests:
    # At API Gateway a resource without path parameters, as those would not be null.
    resource = SHORT_TIMEOUT if path is Path.API_GATEWAY else HttpOptions().resource
    return {
        "post": _echo(path, HttpOptions(resource=resource)),
        "get": _echo(path, HttpOptions(method="GET", resource=resource)),
    }


def _content_types(path: Path) -> Requests:
    sent = {"octet_stream": [("Content-Type", "application/octet-stream")]}
    if path is Path.ALB:
        sent["text"] = [("Content-Type", "text/plain")]
        sent["json"] = [("Content-Type", "application/json")]
        sent["encoded"] = [("Content-Type", "application/json"), ("Content-Encoding", "br")]
    return {
        case: _echo(path, HttpOptions(headers=tuple(headers))) for case, headers in sent.items()
    }


def _returned_values(path: Path) -> Requests:
    return {
        case: Sending("", path, "", "return", {"value": value})
        for case, value in RETURNED_VALUES[path].items()
    }


def _unknown_path(path: Path) -> Requests:
    return {
        case: Sending("", path, "", "answer", http=HttpOptions(resource="/", signed=signed))
        for case, signed in {"unsigned": False, "signed": True}.items()
    }


def _oversized_requests(path: Path) -> Requests:
    sizes = {"above_10_mb": 11_000_000, "above_6_mb": 7_000_000}
    if path is Path.ALB:
        sizes = {"above_1_mb": 1_100_000}
    return {case: Sending("", path, "", "answer", padded_to=size) for case, size in sizes.items()}


CASES: Mapping[str, Callable[[Path], Requests]] = {
    "bare-requests": _bare_requests,
    "content-types": _content_types,
    "returned-values": _returned_values,
    "unknown-path": _unknown_path,
    "oversized-requests": _oversized_requests,
}
"""Scenarios of several cases, by name."""


def case_names(scenario: str, path: Path) -> tuple[str, ...]:
    """Return the names of a scenario's cases on a path, in the order of its jobs."""
    return tuple(CASES[scenario](path))


def _in_turn(scenario: str, first: float, path: Path) -> list[Sending]:
    """Return a scenario's cases, each leaving a little after the one before."""
    requests = CASES[scenario](path).values()
    return [
        replace(sending, after=first + number * BETWEEN_CASES)
        for number, sending in enumerate(requests)
    ]


def _of_cases(name: str, description: str, paths: tuple[Path, ...], first: float) -> Scenario:
    return Scenario(name, description, paths, partial(_in_turn, name, first))


FRONT_DOORS = (
    Scenario(
        "mapped-request",
        "a request with repeated headers, an encoded and a repeated parameter, and cookies",
        BOTH,
        one_job("echo", after=1, http=MAPPED_REQUEST),
    ),
    Scenario(
        "multi-value-request",
        "the same to a target group with multi-value headers",
        ALB,
        one_job("echo", after=1.5, http=replace(MAPPED_REQUEST, resource=MULTI_VALUE_PATH)),
    ),
    Scenario(
        "encoded-path",
        "a request to a path with an encoded character and a trailing slash",
        API_GATEWAY,
        one_job("echo", after=1.5, http=HttpOptions(resource="/jobs/test%2Balias/")),
    ),
    Scenario(
        "trace-header",
        "a request that is part of a trace",
        BOTH,
        one_job("echo", after=2, http=TRACED_REQUEST),
    ),
    Scenario(
        "set-cookies",
        "an answer that sets two cookies",
        ALB,
        one_job(
            "return",
            {"value": TWO_COOKIES},
            after=2.5,
            http=HttpOptions(resource=MULTI_VALUE_PATH),
        ),
    ),
    _of_cases("bare-requests", "a request without a query string, and one without a body", BOTH, 3),
    _of_cases("content-types", "request bodies of several content types", BOTH, 4),
    _of_cases("returned-values", "answers of the function, well-formed or not", BOTH, 6),
    _of_cases("unknown-path", "a path that the API does not have", API_GATEWAY, 5),
    Scenario(
        "short-timeout",
        "the function works for longer than its integration waits",
        API_GATEWAY,
        one_job("sleep", {"seconds": 5}, http=HttpOptions(resource=SHORT_TIMEOUT)),
    ),
    Scenario(
        "asynchronous-header",
        "a request that asks for an asynchronous invocation, in the words of Lambda's own API",
        API_GATEWAY,
        one_job("sleep", {"seconds": 2}, after=2, http=ASYNCHRONOUS_REQUEST),
    ),
    Scenario("front-door-time-out", "the function times out", BOTH, one_job("time-out", after=7)),
    Scenario(
        "front-door-exit",
        "the function's process ends",
        ALB,
        one_job("exit", {"code": 3}, after=5),
    ),
    Scenario(
        "web-socket",
        "a request to upgrade to WebSocket",
        ALB,
        one_job("answer", after=3.5, http=WEB_SOCKET_UPGRADE),
    ),
    _of_cases("oversized-requests", "request bodies beyond a limit", BOTH, 10.5),
    Scenario(
        "oversized-answer",
        "an answer beyond the limit",
        ALB,
        one_job("large-answer", {"bytes": 1_100_000}, after=11),
    ),
)
