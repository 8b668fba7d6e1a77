"""What the client of an Application Load Balancer sees of a function's answer."""

import base64
import json
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.http_message import HttpRequest, HttpResponse
from emulator.engine.invocation import InvocationResult
from emulator.engine.load_balancer_event import TargetGroup
from emulator.engine.load_balancer_response import (
    MAXIMUM_REQUEST_BYTES,
    MAXIMUM_RESPONSE_BYTES,
    TargetFailure,
    failure_response,
    function_response,
    refuse_request,
)

ARN = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/probe/6d0ecf831eec9f09"
SINGLE = TargetGroup(ARN)
MULTI = TargetGroup(ARN, multi_value_headers=True)
SERVER = ("Server", "awselb/2.0")
BINARY_TYPE = ("Content-Type", "application/octet-stream")
PAGE_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


def answer(value: Any, target_group: TargetGroup = SINGLE) -> HttpResponse:
    return function_response(InvocationResult(json.dumps(value).encode()), target_group)


def request_with(*headers: tuple[str, str], body: bytes = b"") -> HttpRequest:
    return HttpRequest("POST", "/", "", headers, body, "127.0.0.1")


@pytest.mark.parametrize(
    ("value", "status", "reason", "headers", "body"),
    [
        (
            {
                "statusCode": 200,
                "statusDescription": "200 OK",
                "isBase64Encoded": False,
                "headers": {"Content-Type": "application/json"},
                "body": "{}",
            },
            200,
            "OK",
            [SERVER, ("Content-Type", "application/json")],
            b"{}",
        ),
        ({"statusCode": 200}, 200, "OK", [SERVER, BINARY_TYPE], b""),
        (
            {"statusCode": 418, "statusDescription": "418 Short and stout"},
            418,
            "Short and stout",
            [SERVER, BINARY_TYPE],
            b"",
        ),
        ({"statusCode": 299}, 299, "", [SERVER, BINARY_TYPE], b""),
        ({"statusCode": 200, "unknown": 1}, 200, "OK", [SERVER, BINARY_TYPE], b""),
        (
            {"statusCode": 200, "headers": {"Server": "mine", "content-type": "a/b"}},
            200,
            "OK",
            [("Server", "mine"), ("content-type", "a/b")],
            b"",
        ),
        ({"statusCode": 500, "body": "ä"}, 500, None, [SERVER, BINARY_TYPE], "ä".encode()),
    ],
)
def test_a_valid_answer_reaches_the_client(
    value: Any, status: int, reason: str | None, headers: list[tuple[str, str]], body: bytes
) -> None:
    response = answer(value)
    assert (response.status, list(response.headers), response.body) == (status, headers, body)
    assert reason is None or response.reason == reason


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"body": "no status"},
        {"statusCode": None},
        {"statusCode": "200"},
        {"statusCode": 200.0},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200, "statusDescription": None},
        {"statusCode": 200, "statusDescription": "OK"},
        {"statusCode": 200, "statusDescription": "404 Not Found"},
        {"statusCode": 200, "statusDescription": "200 "},
        {"statusCode": 200, "statusDescription": "200 OK\r\nEvil: yes"},
        {"statusCode": 200, "headers": None},
        {"statusCode": 200, "multiValueHeaders": None},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": True}},
        {"statusCode": 200, "headers": {"a": 1}},
        {"statusCode": 200, "headers": {"a": None}},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nEvil: yes"}},
        {"statusCode": 200, "headers": {"a\r\nEvil": "yes"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "body": None},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 1},
        {"statusCode": 200, "isBase64Encoded": None},
        {"statusCode": 200, "isBase64Encoded": "true"},
        {"statusCode": 200, "isBase64Encoded": True, "body": "no base64!"},
        {"statusCode": 200, "isBase64Encoded": True, "body": "YWJj\r\nYWJj"},
        "justAString",
        None,
        [],
        7,
    ],
)
def test_anything_else_is_502(value: Any) -> None:
    assert answer(value) == HttpResponse(
        502, "Bad Gateway", (SERVER, ("Content-Type", "text/html")), PAGE_502
    )


@pytest.mark.parametrize("payload", [b"", b"not json", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_bytes_that_are_no_json_are_502(payload: bytes) -> None:
    assert function_response(InvocationResult(payload), SINGLE).status == 502


def test_a_function_error_is_a_page_and_does_not_leak() -> None:
    result = InvocationResult(b'{"statusCode": 200, "errorMessage": "secret"}', "Unhandled")
    response = function_response(result, SINGLE)
    assert (response.status, response.body) == (502, PAGE_502)


def test_base64_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    assert answer({"statusCode": 200, "isBase64Encoded": True, "body": body}).body == b"\x00\xff"


@pytest.mark.parametrize(
    ("target_group", "sent"),
    [
        (SINGLE, [SERVER, ("A", "single"), BINARY_TYPE]),
        (MULTI, [SERVER, ("A", "1"), ("A", "2"), BINARY_TYPE]),
    ],
)
def test_only_the_header_map_of_the_target_groups_mode_counts(
    target_group: TargetGroup, sent: list[tuple[str, str]]
) -> None:
    value = {
        "statusCode": 200,
        "headers": {"A": "single"},
        "multiValueHeaders": {"A": ["1", "2"]},
    }
    assert list(answer(value, target_group).headers) == sent


def test_several_cookies_need_multi_value_headers() -> None:
    cookies = {"Set-Cookie": ["a=1", "b=2"]}
    response = answer({"statusCode": 200, "multiValueHeaders": cookies}, MULTI)
    assert [value for name, value in response.headers if name == "Set-Cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize("target_group", [SINGLE, MULTI])
@pytest.mark.parametrize("field", ["headers", "multiValueHeaders"])
def test_neither_header_map_may_be_null(field: str, target_group: TargetGroup) -> None:
    assert answer({"statusCode": 200, field: None}, target_group).status == 502


@pytest.mark.parametrize("value", [{"A": "1"}, {"A": [1]}, {"A": [None]}, "A"])
def test_multi_value_headers_are_lists_of_texts(value: Any) -> None:
    assert answer({"statusCode": 200, "multiValueHeaders": value}, MULTI).status == 502


@pytest.mark.parametrize(
    "name", ["Connection", "Keep-Alive", "Transfer-Encoding", "content-length", "Upgrade", "TE"]
)
def test_headers_of_the_connection_are_not_honoured(name: str) -> None:
    response = answer({"statusCode": 200, "headers": {name: "1"}})
    assert list(response.headers) == [SERVER, BINARY_TYPE]


def test_an_answer_of_1_mb_passes_and_one_more_byte_does_not() -> None:
    frame = len(json.dumps({"statusCode": 200, "body": ""}))
    fits = {"statusCode": 200, "body": "x" * (MAXIMUM_RESPONSE_BYTES - frame)}
    assert answer(fits).status == 200
    assert answer({**fits, "body": fits["body"] + "x"}).status == 502  # type: ignore[operator] # a text


@pytest.mark.parametrize(
    ("failure", "error_reason", "status", "title"),
    [
        (TargetFailure.ACCESS_DENIED, "LambdaAccessDenied", 502, "502 Bad Gateway"),
        (TargetFailure.BAD_REQUEST, "LambdaBadRequest", 502, "502 Bad Gateway"),
        (TargetFailure.INVALID_RESPONSE, "LambdaInvalidResponse", 502, "502 Bad Gateway"),
        (TargetFailure.NO_REGISTERED_TARGET, "-", 503, "503 Service Temporarily Unavailable"),
        (
            TargetFailure.REQUEST_TOO_LARGE,
            "LambdaRequestTooLarge",
            413,
            "413 Request Entity Too Large",
        ),
        (TargetFailure.RESOURCE_NOT_FOUND, "LambdaResourceNotFound", 502, "502 Bad Gateway"),
        (TargetFailure.RESPONSE_TOO_LARGE, "LambdaResponseTooLarge", 502, "502 Bad Gateway"),
        (TargetFailure.THROTTLING, "LambdaThrottling", 502, "502 Bad Gateway"),
        (TargetFailure.UNHANDLED, "LambdaUnhandled", 502, "502 Bad Gateway"),
        (
            TargetFailure.WEBSOCKET_NOT_SUPPORTED,
            "LambdaWebsocketNotSupported",
            400,
            "400 Bad Request",
        ),
    ],
)
def test_the_load_balancers_own_answers(
    failure: TargetFailure, error_reason: str, status: int, title: str
) -> None:
    response = failure_response(failure)
    assert failure.error_reason == error_reason
    assert (response.status, f"{response.status} {response.reason}") == (status, title)
    assert response.body == PAGE_502.replace(b"502 Bad Gateway", title.encode())
    assert response.headers == (SERVER, ("Content-Type", "text/html"))


def test_every_failure_is_in_the_table_above() -> None:
    assert len(TargetFailure) == 10


@pytest.mark.parametrize(
    ("request_", "failure"),
    [
        (request_with(), None),
        (request_with(("Upgrade", "websocket")), TargetFailure.WEBSOCKET_NOT_SUPPORTED),
        (request_with(("upgrade", "WebSocket")), TargetFailure.WEBSOCKET_NOT_SUPPORTED),
        (request_with(("Upgrade", "h2c")), None),
        (request_with(body=b"x" * MAXIMUM_REQUEST_BYTES), None),
        (request_with(body=b"x" * (MAXIMUM_REQUEST_BYTES + 1)), TargetFailure.REQUEST_TOO_LARGE),
        (request_with(("Content-Type", "text/plain"), body=b"\xff"), TargetFailure.BAD_REQUEST),
        (request_with(("Content-Type", "image/png"), body=b"\xff"), None),
    ],
)
def test_some_requests_never_reach_the_function(
    request_: HttpRequest, failure: TargetFailure | None
) -> None:
    assert refuse_request(request_) is failure


def sent_over_http(response: HttpResponse) -> h11.Response:
    """The response as a client reads it from the connection."""
    server, client = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)
    server.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server.next_event()
    server.next_event()
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    message = h11.Response(
        status_code=response.status,
        reason=response.reason,
        headers=[*response.encoded_headers(), (b"Content-Length", b"0")],
    )
    client.receive_data(server.send(message) or b"")
    received = client.next_event()
    assert isinstance(received, h11.Response)
    return received


TEXT = st.text(st.characters(exclude_categories=())) | st.text("aA:\r\n\0 ;=-")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)
HEADER_NAME = st.sampled_from(["X-A", "content-type", "Content-Length", "Transfer-Encoding"]) | TEXT
ANSWERS = st.fixed_dictionaries(
    {"statusCode": st.sampled_from([200, 204, 304, 100, 999]) | JSON},
    optional={
        "statusDescription": TEXT.map(lambda phrase: f"200 {phrase}") | JSON,
        "headers": st.dictionaries(HEADER_NAME, TEXT) | JSON,
        "multiValueHeaders": st.dictionaries(HEADER_NAME, st.lists(TEXT)) | JSON,
        "body": TEXT | JSON,
        "isBase64Encoded": st.booleans() | JSON,
    },
)


@given(ANSWERS | JSON, st.sampled_from([SINGLE, MULTI]))
def test_every_answer_becomes_one_response(value: Any, target_group: TargetGroup) -> None:
    response = answer(value, target_group)
    received = sent_over_http(response)
    names = [name.lower() for name, _ in response.encoded_headers()]
    assert received.status_code == response.status
    assert received.reason == response.reason.encode()
    assert [name for name, _ in received.headers] == [*names, b"content-length"]


@given(st.binary(), st.sampled_from([SINGLE, MULTI]))
def test_every_payload_becomes_a_response(payload: bytes, target_group: TargetGroup) -> None:
    assert function_response(InvocationResult(payload), target_group).status == 502
