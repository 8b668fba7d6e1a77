"""The Invoke action of the Lambda API, answered without MiniStack's request handling.

Source: Lambda API reference, Invoke, and the recorded facts SI-01 to SI-24 and AS-01 to AS-03.
"""

import base64
import binascii
import json
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote

from ministack.core import responses as ministack_responses
from ministack.core import router

from emulator.engine.asynchronous_invocation import RequestTooLarge
from emulator.engine.execution_role import RoleCannotBeAssumed
from emulator.engine.invocation import Function, Invocation, InvocationResult, Throttled
from emulator.engine.runtime_folder import CannotRunFunction
from emulator.engine.trace_header import TRACE_HEADER, continue_trace
from emulator.ministack import authorization, functions
from emulator.ministack.current_request import header
from emulator.ministack.deliveries import AcceptEvent
from emulator.ministack.functions import FunctionReference
from emulator.ministack.responses import Response, error, invalid_parameter, not_found
from emulator.ministack.seams import Seam

SEAMS = (
    Seam("ministack.core.responses", "set_request_account_id", "(access_key_id)"),
    Seam("ministack.core.responses", "set_request_region", "(region)"),
    Seam("ministack.core.router", "extract_access_key_id", "(headers, query_params=None)"),
    Seam("ministack.core.router", "extract_region", "(headers, query_params=None)"),
)

LARGEST_REQUEST = 6_291_456
"""The largest payload of a synchronous invocation, in bytes."""

log = logging.getLogger(__name__)

_PATH = re.compile(rb"/2015-03-31/functions/([^/]+)/invocations")

Invoke = Callable[[Function, Invocation], Awaitable[InvocationResult]]


@dataclass(frozen=True)
class _Request:
    """What the caller asks for. payload is a JSON text; client_context is one too."""

    function: FunctionReference
    payload: bytes
    invocation_type: str
    wants_log: bool
    client_context: str | None
    trace_header: str
    request_id: str


class _Refused(Exception):
    """Lambda does not invoke the function; response says why."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


class LambdaApi:
    """Answers Invoke requests as an ASGI application."""

    def __init__(self, invoke: Invoke, accept: AcceptEvent) -> None:
        self._invoke = invoke
        self._accept = accept

    @staticmethod
    def answers(request: Mapping[str, Any]) -> bool:
        """Say whether an ASGI scope is an Invoke request."""
        return request["method"] == "POST" and _PATH.fullmatch(request["raw_path"]) is not None

    async def __call__(self, request: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        request_id = str(uuid.uuid4())
        body = await _read_body(receive)
        try:
            asked = _parse(request, body, request_id)
            refused = _refusal(request, body, asked)
            response = refused or await self._respond(asked)
        except _Refused as refused:
            response = refused.response
        except Exception:
            log.exception("Request %s could not be answered.", request_id)
            response = error("ServiceException", "An error occurred.", 500)
        await _send(send, response, request_id)

    async def _respond(self, request: _Request) -> Response:
        function = functions.find(request.function)
        if function is None:
            arn = request.function.unqualified_arn
            return not_found(f"Function not found: {arn}:{request.function.qualifier or '$LATEST'}")
        if functions.is_being_created(request.function):
            return error(
                "ResourceConflictException",
                "The operation cannot be performed at this time. "
                "The function is currently in the following state: Pending",
                409,
            )
        match request.invocation_type:
            case "RequestResponse":
                return await self._invoke_and_wait(request, function)
            case "Event":
                return self._invoke_asynchronously(request)
            case "DryRun":
                return 204, {}, b""
        return invalid_parameter(
            f"Value '{request.invocation_type}' at 'invocationType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
        )

    async def _invoke_and_wait(self, request: _Request, function: Function) -> Response:
        if len(request.payload) > LARGEST_REQUEST:
            return _too_large(
                f"Request must be smaller than {LARGEST_REQUEST} bytes for the InvokeFunction "
                "operation"
            )
        invocation = Invocation(
            request.request_id,
            request.payload,
            request.function.arn,
            request.trace_header,
            request.client_context,
        )
        try:
            result = await self._invoke(function, invocation)
        except Throttled as throttled:
            members = {"Reason": throttled.reason.value}
            return error("TooManyRequestsException", str(throttled), 429, members)
        except RoleCannotBeAssumed as reason:
            # The message is CreateFunction's; what AWS answers to Invoke is not documented.
            return error("AccessDeniedException", str(reason), 403)
        except CannotRunFunction as reason:
            return error("InvalidRuntimeException", str(reason), 502)
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Executed-Version": function.version,
            "x-amzn-Remapped-Content-Length": "0",
            TRACE_HEADER: request.trace_header,
        }
        if result.function_error is not None:
            headers["X-Amz-Function-Error"] = result.function_error
        if request.wants_log:
            headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode("ascii")
        return 200, headers, result.payload

    def _invoke_asynchronously(self, request: _Request) -> Response:
        try:
            self._accept(
                request.function, request.payload, request.request_id, request.trace_header
            )
        except RequestTooLarge as refused:
            return _too_large(str(refused))
        headers = {"x-amzn-Remapped-Content-Length": "0", TRACE_HEADER: request.trace_header}
        return 202, headers, b""


def _refusal(request: dict[str, Any], body: bytes, asked: _Request) -> Response | None:
    """Return the answer to a caller who may not invoke the function, None to all others.

    A body that is too large was not read to its end, so its signature cannot be checked: it is
    refused in any case.
    """
    if len(body) > LARGEST_REQUEST:
        return None
    return authorization.refuse_invoke(request, body, asked.function.arn)


async def _read_body(receive: Any) -> bytes:
    """Read the whole body, but keep no more of it than shows that it is too large."""
    chunks = []
    length = 0
    more = True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        if length <= LARGEST_REQUEST:
            chunks.append(chunk)
        length += len(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _parse(request: dict[str, Any], body: bytes, request_id: str) -> _Request:
    """Read what the caller asks for. Raises _Refused."""
    match = _PATH.fullmatch(request["raw_path"])
    assert match is not None  # noqa: S101 - LambdaApi.answers said so
    _set_scope(request)
    query = parse_qs(request["query_string"].decode("ascii", "replace"))
    payload = body or b"{}"
    if len(payload) <= LARGEST_REQUEST:
        _check_json(payload)
    trace = continue_trace(header(request, TRACE_HEADER), time.time())
    return _Request(
        function=_function(unquote(match[1].decode("ascii")), query.get("Qualifier", [None])[0]),
        payload=payload,
        invocation_type=header(request, "X-Amz-Invocation-Type") or "RequestResponse",
        wants_log=header(request, "X-Amz-Log-Type") == "Tail",
        client_context=_client_context(header(request, "X-Amz-Client-Context")),
        trace_header=trace.header(),
        request_id=request_id,
    )


def _set_scope(request: dict[str, Any]) -> None:
    """Set MiniStack's account and region from the credentials of the request."""
    credentials = {"authorization": header(request, "Authorization") or ""}
    ministack_responses.set_request_account_id(router.extract_access_key_id(credentials))
    ministack_responses.set_request_region(router.extract_region(credentials))


def _function(name: str, qualifier: str | None) -> FunctionReference:
    try:
        return functions.named(name, qualifier)
    except ValueError as problem:
        raise _Refused(invalid_parameter(str(problem))) from problem


def _check_json(payload: bytes) -> None:
    try:
        json.loads(payload, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise _Refused(
            error(
                "InvalidRequestContentException",
                "Could not parse request body into json: Could not parse payload into json: "
                f"{problem}",
            )
        ) from problem


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _client_context(encoded: str | None) -> str | None:
    if encoded is None:
        return None
    try:
        context = base64.b64decode(encoded, validate=True).decode()
        json.loads(context)
    except (binascii.Error, ValueError) as problem:
        raise _Refused(
            error(
                "InvalidRequestContentException",
                "Client context must be a valid Base64-encoded JSON object.",
            )
        ) from problem
    return context


def _too_large(message: str) -> Response:
    return error("RequestTooLargeException", message, 413)


async def _send(send: Any, response: Response, request_id: str) -> None:
    status, headers, body = response
    lines = [
        (b"Date", formatdate(usegmt=True).encode("ascii")),
        (b"x-amzn-RequestId", request_id.encode("ascii")),
        (b"Content-Length", str(len(body)).encode("ascii")),
    ]
    lines += [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
