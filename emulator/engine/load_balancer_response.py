"""What an Application Load Balancer makes of a function's answer, and of having none.

Source: Elastic Load Balancing, "Use Lambda functions as targets" and "Troubleshoot your Application
Load Balancers"; AL-.. are the facts the rules are kept under. No answer carries the id of the
invocation (AL-22). Choices that no recording confirms are listed in unconfirmed.py.
"""

import base64
import binascii
import json
from enum import Enum
from typing import Any

from emulator.engine.http_message import (
    FINAL_STATUSES,
    HeaderList,
    HttpRequest,
    HttpResponse,
    is_sendable_header,
    is_sendable_reason,
    reason_phrase,
)
from emulator.engine.invocation import InvocationResult
from emulator.engine.load_balancer_event import TargetGroup, carries_text

MAXIMUM_REQUEST_BYTES = 1_048_576
MAXIMUM_RESPONSE_BYTES = 1_048_576

_SERVER = ("Server", "awselb/2.0")

# The load balancer's own names of the status codes, as in its pages.
_PAGE_TITLES = {
    400: "400 Bad Request",
    413: "413 Request Entity Too Large",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
}

# Headers that concern one connection are not honoured; Content-Length is computed.
_DROPPED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class TargetFailure(Enum):
    """Why the load balancer answers itself: the access log's error_reason and the status.

    Source: Elastic Load Balancing, "Access logs", "Error reason codes".
    """

    ACCESS_DENIED = ("LambdaAccessDenied", 502)
    BAD_REQUEST = ("LambdaBadRequest", 502)
    INVALID_RESPONSE = ("LambdaInvalidResponse", 502)
    NO_REGISTERED_TARGET = ("-", 503)
    REQUEST_TOO_LARGE = ("LambdaRequestTooLarge", 413)
    RESOURCE_NOT_FOUND = ("LambdaResourceNotFound", 502)
    RESPONSE_TOO_LARGE = ("LambdaResponseTooLarge", 502)
    THROTTLING = ("LambdaThrottling", 502)
    UNHANDLED = ("LambdaUnhandled", 502)
    WEBSOCKET_NOT_SUPPORTED = ("LambdaWebsocketNotSupported", 400)

    def __init__(self, error_reason: str, status: int) -> None:
        self.error_reason = error_reason
        self.status = status


class InvalidTargetResponseError(ValueError):
    """A function's answer that the load balancer cannot send."""


def refuse_request(request: HttpRequest) -> TargetFailure | None:
    """Tell why a request never reaches the function, or None (AL-17, AL-18, AL-26)."""
    if (request.header("Upgrade") or "").lower() == "websocket":
        return TargetFailure.WEBSOCKET_NOT_SUPPORTED
    if len(request.body) > MAXIMUM_REQUEST_BYTES:
        return TargetFailure.REQUEST_TOO_LARGE
    if carries_text(request) and not _is_utf_8(request.body):
        return TargetFailure.BAD_REQUEST
    return None


def function_response(result: InvocationResult, target_group: TargetGroup) -> HttpResponse:
    """Answer the client with what the function made of the request (AL-09 ... AL-13)."""
    if result.function_error is not None:
        return failure_response(TargetFailure.UNHANDLED)
    if len(result.payload) > MAXIMUM_RESPONSE_BYTES:
        return failure_response(TargetFailure.RESPONSE_TOO_LARGE)
    try:
        return parse_target_response(result.payload, target_group)
    except InvalidTargetResponseError:
        return failure_response(TargetFailure.INVALID_RESPONSE)


def failure_response(failure: TargetFailure) -> HttpResponse:
    """Answer the client with a page of the load balancer's own."""
    title = _PAGE_TITLES[failure.status]
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    headers = (_SERVER, ("Content-Type", "text/html"))
    reason = title.partition(" ")[2]
    return HttpResponse(failure.status, reason, headers, page.encode("ascii"))


def parse_target_response(payload: bytes, target_group: TargetGroup) -> HttpResponse:
    """Understand a function's answer, or raise InvalidTargetResponseError.

    Only statusCode is required. No type is converted and nothing may be null; keys that the load
    balancer does not know are ignored.
    """
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise InvalidTargetResponseError("not JSON") from error
    if not isinstance(answer, dict):
        raise InvalidTargetResponseError("not an object")
    if answer.get("headers", {}) is None or answer.get("multiValueHeaders", {}) is None:
        raise InvalidTargetResponseError("headers are null")
    status = _status(answer.get("statusCode"))
    if target_group.multi_value_headers:
        headers = _multi_value_headers(answer.get("multiValueHeaders", {}))
    else:
        headers = _single_value_headers(answer.get("headers", {}))
    return HttpResponse(
        status,
        _reason(answer, status),
        _response_headers(headers),
        _body(answer.get("body", ""), answer.get("isBase64Encoded", False)),
    )


def _status(value: Any) -> int:
    if not isinstance(value, int) or value not in FINAL_STATUSES:
        raise InvalidTargetResponseError("statusCode is no status code")
    return value


def _reason(answer: dict[str, Any], status: int) -> str:
    """Read the reason phrase from a statusDescription such as `200 OK` (AL-10)."""
    if "statusDescription" not in answer:
        return reason_phrase(status)
    description = answer["statusDescription"]
    if not isinstance(description, str):
        raise InvalidTargetResponseError("statusDescription is not a text")
    code, _, reason = description.partition(" ")
    if code != str(status) or not reason.strip() or not is_sendable_reason(reason):
        raise InvalidTargetResponseError("statusDescription is not `<statusCode> <reason phrase>`")
    return reason


def _single_value_headers(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise InvalidTargetResponseError("headers are not an object")
    return list(value.items())


def _multi_value_headers(value: Any) -> list[tuple[str, Any]]:
    headers = _single_value_headers(value)
    if not all(isinstance(values, list) for _, values in headers):
        raise InvalidTargetResponseError("a value of multiValueHeaders is not a list")
    return [(name, single) for name, values in headers for single in values]


def _response_headers(answered: list[tuple[str, Any]]) -> HeaderList:
    headers = []
    for name, value in answered:
        if not isinstance(value, str) or not is_sendable_header(name, value):
            raise InvalidTargetResponseError("a header that HTTP does not allow")
        if name.lower() not in _DROPPED_HEADERS:
            headers.append((name, value))
    names = {name.lower() for name, _ in headers}
    if "server" not in names:
        headers.insert(0, _SERVER)
    if "content-type" not in names:
        headers.append(("Content-Type", "application/octet-stream"))
    return tuple(headers)


def _body(body: Any, is_base64_encoded: Any) -> bytes:
    if not isinstance(body, str) or not isinstance(is_base64_encoded, bool):
        raise InvalidTargetResponseError("body is not a text or isBase64Encoded not a boolean")
    text = body.encode("utf-8", "replace")
    if not is_base64_encoded:
        return text
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidTargetResponseError("body is not base64") from error


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
