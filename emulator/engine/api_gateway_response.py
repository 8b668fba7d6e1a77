"""What API Gateway makes of a function's answer, and of having none.

The client of a REST API sees the function's own answer, or one of the errors below, never the
function's error (AG-11). Status, headers and body of the errors, to the space after the colon, are
those of published captures; AG-.. are the facts they are kept under. Choices that no recording
confirms are listed in unconfirmed.py.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emulator.engine.api_gateway_event import RequestIds, matches_binary_media_type
from emulator.engine.http_message import (
    FINAL_STATUSES,
    HeaderList,
    HttpRequest,
    HttpResponse,
    group_values,
    is_sendable_header,
    media_type,
    reason_phrase,
)
from emulator.engine.invocation import InvocationResult
from emulator.engine.trace_header import TRACE_HEADER

MAXIMUM_REQUEST_BYTES = 10_485_760
MAXIMUM_EVENT_BYTES = 6_291_456


@dataclass(frozen=True)
class GatewayError:
    """An error that API Gateway answers with.

    error_type is the header x-amzn-ErrorType. reached_integration is False where the request was
    refused before anything was to be invoked; such an answer carries no trace header.
    """

    status: int
    error_type: str
    body: bytes
    reached_integration: bool = True


_INTERNAL_SERVER_ERROR = b'{"message": "Internal server error"}'

# The function raised, exited, timed out or answered with more than 6 MB (AG-11, AG-14).
FUNCTION_ERROR = GatewayError(502, "InternalServerErrorException", _INTERNAL_SERVER_ERROR)
# The answer is not a Lambda proxy response (AG-12, AG-13).
MALFORMED_PROXY_RESPONSE = GatewayError(502, "InternalServerErrorException", _INTERNAL_SERVER_ERROR)
# Lambda refused the invocation: the function is throttled (AG-17), or its resource-based policy
# does not permit it (AG-18), or there is no such function.
INVOCATION_REFUSED = GatewayError(500, "InternalServerErrorException", _INTERNAL_SERVER_ERROR)
# isBase64Encoded is true, the client accepts binary, and the body is not base64 (AG-09).
UNDECODABLE_BODY = GatewayError(500, "InternalServerErrorException", _INTERNAL_SERVER_ERROR)
# The integration timeout passed; the function goes on (AG-15, AG-16).
INTEGRATION_TIMEOUT = GatewayError(
    504, "InternalServerErrorException", b'{"message": "Endpoint request timed out"}'
)
# The event would be larger than Lambda accepts for a synchronous invocation (AG-25).
EVENT_TOO_LARGE = GatewayError(
    413, "BadRequestException", b'{"message": "Request Too Long"}', reached_integration=False
)
# No resource of the API has this path and method (AG-20).
UNKNOWN_PATH = GatewayError(
    403,
    "MissingAuthenticationTokenException",
    b'{"message":"Missing Authentication Token"}',
    reached_integration=False,
)

_RESPONSE_KEYS = frozenset(
    {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
)
_STATUS_TEXT = re.compile(r"[0-9]{3}")

# "Amazon API Gateway important notes", the table of headers, column `lambda`, responses. The note
# says that Content-Length passes; responses of Lambda proxy integrations carry it remapped. The
# headers that API Gateway writes itself are remapped likewise.
_DROPPED_HEADERS = frozenset(
    {
        "expect",
        "host",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_REMAPPED_HEADERS = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
        "x-amz-apigw-id",
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-amzn-trace-id",
    }
)


class MalformedProxyResponseError(ValueError):
    """A function's answer that is not in the format of the Lambda proxy integration."""


@dataclass(frozen=True)
class ProxyResponse:
    """A function's answer, understood."""

    status: int
    headers: HeaderList
    body: str
    is_base64_encoded: bool


def function_response(
    result: InvocationResult,
    request: HttpRequest,
    binary_media_types: Sequence[str],
    ids: RequestIds,
) -> HttpResponse:
    """Answer the client with what the function made of the request."""
    if result.function_error is not None:
        return error_response(FUNCTION_ERROR, ids)
    try:
        answer = parse_proxy_response(result.payload)
    except MalformedProxyResponseError:
        return error_response(MALFORMED_PROXY_RESPONSE, ids)
    body = answer.body.encode("utf-8", "replace")
    if answer.is_base64_encoded and _accepts_binary(request, binary_media_types):
        try:
            body = _decode_base64(body)
        except binascii.Error:
            return error_response(UNDECODABLE_BODY, ids)
    headers = (
        *_response_headers(answer.headers),
        ("x-amzn-RequestId", ids.request_id),
        ("x-amz-apigw-id", ids.extended_request_id),
        (TRACE_HEADER, ids.trace.header()),
    )
    return HttpResponse(answer.status, reason_phrase(answer.status), headers, body)


def error_response(error: GatewayError, ids: RequestIds) -> HttpResponse:
    """Answer the client with an error of API Gateway's own."""
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", ids.request_id),
        ("x-amzn-ErrorType", error.error_type),
        ("x-amz-apigw-id", ids.extended_request_id),
    ]
    if error.reached_integration:
        headers.append((TRACE_HEADER, f"Root={ids.trace.root}"))
    return HttpResponse(error.status, reason_phrase(error.status), tuple(headers), error.body)


def request_too_large() -> HttpResponse:
    """Answer a request of more than 10 MB, which is refused before it has an id (AG-25)."""
    return HttpResponse(
        413,
        reason_phrase(413),
        (("Content-Type", "text; charset=utf-8"),),
        f"HTTP content length exceeded {MAXIMUM_REQUEST_BYTES} bytes.".encode("ascii"),
    )


def parse_proxy_response(payload: bytes) -> ProxyResponse:
    """Understand a function's answer, or raise MalformedProxyResponseError (AG-02, AG-10, AG-12).

    No key is required and no other key is allowed. A key that is null counts as absent. Where a
    text is expected a number or a boolean is taken as its JSON text, and a status code may be text;
    objects and lists are taken nowhere else than as the two header maps.
    """
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedProxyResponseError("not JSON") from error
    if not isinstance(answer, dict):
        raise MalformedProxyResponseError("not an object")
    if unknown := answer.keys() - _RESPONSE_KEYS:
        raise MalformedProxyResponseError(f"unknown keys: {', '.join(sorted(unknown))}")
    return ProxyResponse(
        status=_status(answer.get("statusCode")),
        headers=_merge_headers(answer.get("headers"), answer.get("multiValueHeaders")),
        body=_text(answer.get("body")),
        is_base64_encoded=_boolean(answer.get("isBase64Encoded")),
    )


def _status(value: Any) -> int:
    if value is None:
        return 200
    if isinstance(value, str) and _STATUS_TEXT.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or value not in FINAL_STATUSES:
        raise MalformedProxyResponseError("statusCode is no status code")
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise MalformedProxyResponseError("an object or a list where a text is expected")


def _boolean(value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise MalformedProxyResponseError("isBase64Encoded is not a boolean")


def _merge_headers(single: Any, multiple: Any) -> HeaderList:
    """Merge the two header maps: the values of multiValueHeaders first, in its case (AG-10)."""
    headers: list[tuple[str, str]] = []
    for name, values in _header_map(multiple):
        if not isinstance(values, list):
            raise MalformedProxyResponseError("a value of multiValueHeaders is not a list")
        headers += [(name, _text(value)) for value in values if value is not None]
    merged = {(name.lower(), value) for name, value in headers}
    names = {name.lower(): name for name, _ in headers}
    for name, value in _header_map(single):
        if value is not None and (name.lower(), _text(value)) not in merged:
            headers.append((names.get(name.lower(), name), _text(value)))
    for name, text in headers:
        if not is_sendable_header(name, text):
            raise MalformedProxyResponseError("a header that HTTP does not allow")
    return tuple(headers)


def _header_map(value: Any) -> list[tuple[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, dict):
        raise MalformedProxyResponseError("headers are not an object")
    return list(value.items())


def _response_headers(answered: HeaderList) -> HeaderList:
    """Rewrite the function's headers for the client: some are dropped, some get another name."""
    headers = [
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED_HEADERS else name, value)
        for name, value in answered
        if name.lower() not in _DROPPED_HEADERS
    ]
    if "content-type" not in group_values((name.lower(), value) for name, value in headers):
        headers.insert(0, ("Content-Type", "application/json"))  # AG-03
    return tuple(headers)


def _accepts_binary(request: HttpRequest, binary_media_types: Sequence[str]) -> bool:
    """Tell whether the first media type in Accept is one of the API's binary ones (AG-09)."""
    first_accepted = (request.header("Accept") or "").partition(",")[0]
    return matches_binary_media_type(media_type(first_accepted), binary_media_types)


def _decode_base64(text: bytes) -> bytes:
    # Line breaks, which some encoders write, are no error here (they are one at a load balancer).
    return base64.b64decode(text.replace(b"\r", b"").replace(b"\n", b""), validate=True)
