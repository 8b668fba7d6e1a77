"""What the client of a REST API sees of a function's answer."""

import base64
import json
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.api_gateway_event import RequestIds, new_request_ids
from emulator.engine.api_gateway_response import (
    EVENT_TOO_LARGE,
    FUNCTION_ERROR,
    INTEGRATION_TIMEOUT,
    INVOCATION_REFUSED,
    MALFORMED_PROXY_RESPONSE,
    UNKNOWN_PATH,
    GatewayError,
    error_response,
    function_response,
    request_too_large,
)
from emulator.engine.http_message import HttpRequest, HttpResponse
from emulator.engine.invocation import InvocationResult

NOW = 1_763_700_000.0
ROOT = "1-3152b799-8954dae64eda91bc9a23a7e8"
INTERNAL_SERVER_ERROR = b'{"message": "Internal server error"}'
PNG = b"\x89PNG\r\n"
PNG_BASE64 = base64.b64encode(PNG).decode()


def request_with(*headers: tuple[str, str]) -> HttpRequest:
    trace = ("X-Amzn-Trace-Id", f"Root={ROOT};Parent=7fa8c0f79203be72;Sampled=1")
    return HttpRequest("GET", "/", "", (*headers, trace), b"", "127.0.0.1")


def ids() -> RequestIds:
    return new_request_ids(request_with(), NOW)


def answer_payload(payload: bytes, *binary_media_types: str, accept: str = "") -> HttpResponse:
    request = request_with(("Accept", accept)) if accept else request_with()
    result = InvocationResult(payload)
    return function_response(result, request, binary_media_types, new_request_ids(request, NOW))


def answer(value: Any, *binary_media_types: str, accept: str = "") -> HttpResponse:
    return answer_payload(json.dumps(value).encode(), *binary_media_types, accept=accept)


def own_headers(response: HttpResponse) -> list[tuple[str, str]]:
    added = {"x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"}
    return [(name, value) for name, value in response.headers if name not in added]


JSON_TYPE = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("value", "status", "headers", "body"),
    [
        ({"statusCode": 200, "body": "hi"}, 200, [JSON_TYPE], b"hi"),
        ({"statusCode": 200}, 200, [JSON_TYPE], b""),
        ({"statusCode": "201"}, 201, [JSON_TYPE], b""),
        ({"statusCode": 404, "body": "no"}, 404, [JSON_TYPE], b"no"),
        ({"statusCode": 200, "headers": None}, 200, [JSON_TYPE], b""),
        ({"headers": {"test-header": "value"}}, 200, [JSON_TYPE, ("test-header", "value")], b""),
        ({"headers": {"header-bool": True}}, 200, [JSON_TYPE, ("header-bool", "true")], b""),
        ({"headers": {"X-Age": 7}}, 200, [JSON_TYPE, ("X-Age", "7")], b""),
        ({"headers": {"X-None": None}}, 200, [JSON_TYPE], b""),
        ({"headers": {"content-type": "text/html"}}, 200, [("content-type", "text/html")], b""),
        ({"statusCode": None, "body": None, "isBase64Encoded": None}, 200, [JSON_TYPE], b""),
        ({"body": "ä"}, 200, [JSON_TYPE], "ä".encode()),
        ({"body": "\ud800"}, 200, [JSON_TYPE], b"?"),
        ({}, 200, [JSON_TYPE], b""),
    ],
)
def test_a_proxy_response_reaches_the_client(
    value: Any, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    response = answer(value)
    assert (response.status, own_headers(response), response.body) == (status, headers, body)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": 200, "wrongValue": "value"},
        {"statusCode": 200, "statusDescription": "200 OK"},
        {"statusCode": 200, "cookies": ["a=b"]},
        {"statusCode": "test"},
        {"statusCode": True},
        {"statusCode": 200.5},
        {"statusCode": [200]},
        {"statusCode": 99},
        {"statusCode": 100},
        {"statusCode": 600},
        {"statusCode": "9" * 5000},
        {"multiValueHeaders": {"test": "value1"}},
        {"multiValueHeaders": []},
        {"headers": ["a"]},
        {"headers": {"a": {"b": "c"}}},
        {"headers": {"a": ["b"]}},
        {"body": {"hey": "dude"}},
        {"body": ["a"]},
        {"isBase64Encoded": "maybe"},
        "justAString",
        None,
        [],
        7,
        True,
    ],
)
def test_anything_else_is_malformed(value: Any) -> None:
    response = answer(value)
    assert (response.status, response.body) == (502, INTERNAL_SERVER_ERROR)


@pytest.mark.parametrize(
    "payload", [b"", b"not json", b"\xff", b"[" * 100_000, b'{"statusCode": 200', b"9" * 5000]
)
def test_bytes_that_are_no_json_are_malformed(payload: bytes) -> None:
    assert answer_payload(payload).status == 502


def test_a_function_error_does_not_leak() -> None:
    result = InvocationResult(b'{"errorMessage": "secret", "errorType": "E"}', "Unhandled")
    response = function_response(result, request_with(), (), ids())
    assert response.status == 502
    assert response.body == INTERNAL_SERVER_ERROR
    assert ("x-amzn-ErrorType", "InternalServerErrorException") in response.headers
    assert not any("secret" in value for _, value in response.headers)


def test_a_function_error_is_an_error_even_with_a_well_formed_payload() -> None:
    result = InvocationResult(b'{"statusCode": 200}', "Unhandled")
    assert function_response(result, request_with(), (), ids()).status == 502


@pytest.mark.parametrize(
    ("error", "status", "error_type", "body"),
    [
        (FUNCTION_ERROR, 502, "InternalServerErrorException", INTERNAL_SERVER_ERROR),
        (MALFORMED_PROXY_RESPONSE, 502, "InternalServerErrorException", INTERNAL_SERVER_ERROR),
        (INVOCATION_REFUSED, 500, "InternalServerErrorException", INTERNAL_SERVER_ERROR),
        (
            INTEGRATION_TIMEOUT,
            504,
            "InternalServerErrorException",
            b'{"message": "Endpoint request timed out"}',
        ),
        (EVENT_TOO_LARGE, 413, "BadRequestException", b'{"message": "Request Too Long"}'),
        (
            UNKNOWN_PATH,
            403,
            "MissingAuthenticationTokenException",
            b'{"message":"Missing Authentication Token"}',
        ),
    ],
)
def test_api_gateways_own_errors(
    error: GatewayError, status: int, error_type: str, body: bytes
) -> None:
    request_ids = ids()
    response = error_response(error, request_ids)
    assert (response.status, response.body) == (status, body)
    headers = dict(response.headers)
    assert headers["Content-Type"] == "application/json"
    assert headers["x-amzn-ErrorType"] == error_type
    assert headers["x-amzn-RequestId"] == request_ids.request_id
    assert headers["x-amz-apigw-id"] == request_ids.extended_request_id


def test_an_error_of_the_integration_carries_the_root_of_the_trace() -> None:
    assert dict(error_response(FUNCTION_ERROR, ids()).headers)["X-Amzn-Trace-Id"] == f"Root={ROOT}"
    assert "X-Amzn-Trace-Id" not in dict(error_response(UNKNOWN_PATH, ids()).headers)


def test_more_than_10_mb_is_refused_before_there_is_an_id() -> None:
    assert request_too_large() == HttpResponse(
        413,
        request_too_large().reason,
        (("Content-Type", "text; charset=utf-8"),),
        b"HTTP content length exceeded 10485760 bytes.",
    )


def test_a_success_carries_the_request_ids_and_the_whole_trace() -> None:
    request_ids = ids()
    result = InvocationResult(b"{}")
    headers = dict(function_response(result, request_with(), (), request_ids).headers)
    assert headers["x-amzn-RequestId"] == request_ids.request_id
    assert headers["x-amz-apigw-id"] == request_ids.extended_request_id
    assert headers["X-Amzn-Trace-Id"] == f"Root={ROOT};Parent=7fa8c0f79203be72;Sampled=1"
    assert "x-amzn-ErrorType" not in headers


@pytest.mark.parametrize(
    ("single", "multiple", "sent"),
    [
        (None, {"A": ["1", "2"]}, [("A", "1"), ("A", "2")]),
        ({"a": "solo"}, {"a": ["multi"]}, [("a", "multi"), ("a", "solo")]),
        ({"test": "solo"}, {"tesT": ["multi"]}, [("tesT", "multi"), ("tesT", "solo")]),
        ({"a": "1"}, {"a": ["1", "2"]}, [("a", "1"), ("a", "2")]),
        ({"a": "1"}, {"b": ["2"]}, [("b", "2"), ("a", "1")]),
        ({}, {"Set-Cookie": ["a=1", "b=2"]}, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]),
        ({}, {"a": []}, []),
        ({}, {"a": [None, "1"]}, [("a", "1")]),
    ],
)
def test_both_header_maps_are_merged(
    single: Any, multiple: Any, sent: list[tuple[str, str]]
) -> None:
    response = answer({"headers": single, "multiValueHeaders": multiple})
    assert own_headers(response) == [JSON_TYPE, *sent]


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Connection",
        "Content-Length",
        "Content-MD5",
        "Date",
        "Max-Forwards",
        "Server",
        "User-Agent",
        "WWW-Authenticate",
        "x-amzn-RequestId",
    ],
)
def test_some_headers_are_remapped(name: str) -> None:
    response = answer({"headers": {name: "1"}})
    assert own_headers(response) == [JSON_TYPE, (f"x-amzn-Remapped-{name}", "1")]


@pytest.mark.parametrize(
    "name",
    [
        "Expect",
        "host",
        "Proxy-Authenticate",
        "TE",
        "Trailer",
        "transfer-encoding",
        "Upgrade",
        "Via",
    ],
)
def test_some_headers_are_dropped(name: str) -> None:
    assert own_headers(answer({"headers": {name: "x"}})) == [JSON_TYPE]


@pytest.mark.parametrize(
    "header",
    [
        {"X": "a\r\nEvil: yes"},
        {"X": "a\nb"},
        {"X": "a\x00"},
        {"X\r\nEvil": "yes"},
        {"X:": "a"},
        {"X Y": "a"},
        {"Ü": "a"},
        {"": "a"},
    ],
)
def test_a_header_that_http_does_not_allow_is_malformed(header: dict[str, str]) -> None:
    assert answer({"headers": header}).status == 502
    assert answer({"multiValueHeaders": {k: [v] for k, v in header.items()}}).status == 502


@pytest.mark.parametrize(
    ("binary_media_types", "accept", "is_decoded"),
    [
        ((), "image/png", False),
        (("image/png",), "image/png", True),
        (("image/png",), "image/jpg", False),
        (("image/png",), "image/*", False),
        (("image/png",), "*/*", False),
        (("image/png",), "", False),
        (("image/png", "*/test"), "random/test", False),
        (("image/png",), "image/webp,image/png,*/*;q=0.8", False),
        (("image/png",), "image/png,image/*,*/*;q=0.8", True),
        (("image/png", "application/*"), "application/whatever", True),
        (("image/png", "application/*"), "application/*", True),
        (("image/png", "application/*"), "application", False),
        (("*/*",), "", True),
    ],
)
def test_only_the_first_accepted_media_type_decides_whether_base64_is_decoded(
    binary_media_types: tuple[str, ...], accept: str, *, is_decoded: bool
) -> None:
    value = {"body": PNG_BASE64, "isBase64Encoded": True}
    response = answer(value, *binary_media_types, accept=accept)
    assert response.body == (PNG if is_decoded else PNG_BASE64.encode())


def test_a_body_that_is_not_marked_as_base64_is_never_decoded() -> None:
    assert answer({"body": PNG_BASE64}, "*/*").body == PNG_BASE64.encode()


@pytest.mark.parametrize("body", ["èé+à)(", "a", "YWJj!"])
def test_a_body_that_is_no_base64_is_500(body: str) -> None:
    response = answer({"body": body, "isBase64Encoded": True}, "*/*")
    assert (response.status, response.body) == (500, INTERNAL_SERVER_ERROR)


def test_line_breaks_in_base64_are_no_error() -> None:
    body = base64.encodebytes(b"x" * 100).decode()
    assert answer({"body": body, "isBase64Encoded": True}, "*/*").body == b"x" * 100


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
STATUS = st.sampled_from([200, "201", 204, 304, 100, 999]) | JSON
HEADER_NAME = st.sampled_from(["X-A", "content-type", "Content-Length", "Transfer-Encoding"]) | TEXT
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": STATUS,
        "headers": st.dictionaries(HEADER_NAME, TEXT | JSON) | JSON,
        "multiValueHeaders": st.dictionaries(HEADER_NAME, st.lists(TEXT) | JSON) | JSON,
        "body": TEXT | JSON,
        "isBase64Encoded": st.booleans() | JSON,
    },
)


@given(ANSWERS | JSON, st.sampled_from([(), ("*/*",)]))
def test_every_answer_becomes_one_response(value: Any, binary_media_types: tuple[str, ...]) -> None:
    response = answer(value, *binary_media_types)
    received = sent_over_http(response)
    names = [name.lower() for name, _ in response.encoded_headers()]
    assert received.status_code == response.status
    assert [name for name, _ in received.headers] == [*names, b"content-length"]


@given(st.binary())
def test_every_payload_becomes_a_response(payload: bytes) -> None:
    assert answer_payload(payload).status in {200, 502}
