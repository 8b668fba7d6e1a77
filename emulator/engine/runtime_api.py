"""The Lambda Runtime API: how the process in an execution environment talks to Lambda.

The runtime asks for work with `GET next` and is kept waiting until there is some; it posts the
function's response or error, and asks again. Its first `next` ends the Init phase; every later
one ends an Invoke phase. Each runtime process has an API of its own, on its own port, so that a
function can reach no invocation but its own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
import re
from dataclasses import dataclass
from enum import Enum

from emulator.engine.http_connection import HttpConnection, Request, Response
from emulator.engine.invocation import Invocation

PAYLOAD_LIMIT_BYTES = 6_291_556
RESPONSE_SIZE_TOO_LARGE = "Function.ResponseSizeTooLarge"

_VERSION = "/2018-06-01/runtime"
_NEXT = f"{_VERSION}/invocation/next"
_INIT_ERROR = f"{_VERSION}/init/error"
_ANSWER = re.compile(rf"{_VERSION}/invocation/(?P<request_id>[^/]+)/(?P<kind>response|error)")
_ERROR_TYPE_HEADER = "lambda-runtime-function-error-type"
_LOGGED_ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")


class RuntimeState(Enum):
    """What the runtime has told Lambda last."""

    STARTED = "Started"
    INIT_FAILED = "InitError"
    READY = "Ready"
    RUNNING = "Running"
    ANSWERED = "ResponseSent"


@dataclass(frozen=True)
class RuntimeAnswer:
    """What the runtime posted about an invocation or its own start.

    error_type is None for a response; for an error it is the type that Lambda logs.
    """

    payload: bytes
    error_type: str | None = None


class RuntimeApi:
    """The Runtime API of one runtime process.

    phase_ended is done when the runtime has ended the current phase, by asking for work or by
    reporting that it cannot start; answer is what it posted in that phase, if anything.
    """

    def __init__(self) -> None:
        self.state = RuntimeState.STARTED
        self.answer: RuntimeAnswer | None = None
        self.phase_ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request_id = ""
        self._waiting: HttpConnection | None = None
        self._connections: set[HttpConnection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> str:
        """Accept connections on a free port; return `host:port` for AWS_LAMBDA_RUNTIME_API."""
        self._server = await asyncio.get_running_loop().create_server(
            self._new_connection, "127.0.0.1", 0, start_serving=False
        )
        await self._server.start_serving()
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def start_invocation(self, invocation: Invocation, deadline: float, trace_header: str) -> None:
        """Give the waiting runtime an invocation; deadline in seconds since 1970."""
        if self.state is not RuntimeState.READY or self._waiting is None:
            raise RuntimeError(f"the runtime is not waiting for work: {self.state.value}")
        self.state = RuntimeState.RUNNING
        self.answer = None
        self.phase_ended = asyncio.get_running_loop().create_future()
        self._request_id = invocation.request_id
        waiting, self._waiting = self._waiting, None
        waiting.respond(_invocation_response(invocation, deadline, trace_header))

    def handle(self, connection: HttpConnection, request: Request) -> None:
        """Answer one request of the runtime, at once or when there is work."""
        answer = _ANSWER.fullmatch(request.path)
        if request.method == "GET" and request.path == _NEXT:
            self._next(connection)
        elif request.method == "POST" and request.path == _INIT_ERROR:
            connection.respond(self._init_error(request))
        elif request.method == "POST" and answer is not None:
            connection.respond(
                self._invocation_answer(request, answer["request_id"], answer["kind"])
            )
        else:
            connection.respond(_error(404, "ResourceNotFound", "Resource not found"))

    def _new_connection(self) -> HttpConnection:
        connection = HttpConnection(self.handle, PAYLOAD_LIMIT_BYTES)
        self._connections = {known for known in self._connections if known.is_open}
        self._connections.add(connection)
        return connection

    def _next(self, connection: HttpConnection) -> None:
        waits_elsewhere = self._waiting is not None and self._waiting.is_open
        if waits_elsewhere or self.state in {RuntimeState.RUNNING, RuntimeState.INIT_FAILED}:
            connection.respond(self._not_allowed(RuntimeState.READY))
            return
        self.state = RuntimeState.READY
        self._waiting = connection
        self._end_phase()

    def _init_error(self, request: Request) -> Response:
        if self.state is not RuntimeState.STARTED:
            return self._not_allowed(RuntimeState.INIT_FAILED)
        self.state = RuntimeState.INIT_FAILED
        self.answer = RuntimeAnswer(request.body, _logged_error_type(request))
        self._end_phase()
        return _ACCEPTED

    def _invocation_answer(self, request: Request, request_id: str, kind: str) -> Response:
        if self.state is not RuntimeState.RUNNING:
            return self._not_allowed(RuntimeState.ANSWERED)
        if request_id != self._request_id:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        self.state = RuntimeState.ANSWERED
        if request.body_is_too_large:
            self.answer = _TOO_LARGE
            return _error(
                413,
                "RequestEntityTooLarge",
                f"Exceeded maximum allowed payload size ({PAYLOAD_LIMIT_BYTES} bytes).",
            )
        error_type = _logged_error_type(request) if kind == "error" else None
        self.answer = RuntimeAnswer(request.body, error_type)
        return _ACCEPTED

    def _end_phase(self) -> None:
        if not self.phase_ended.done():
            self.phase_ended.set_result(None)

    def _not_allowed(self, target: RuntimeState) -> Response:
        return _error(
            403,
            "InvalidStateTransition",
            f"State transition from {self.state.value} to {target.value} failed for runtime. "
            "Error: State transition is not allowed",
        )


def error_payload(error_type: str, message: str) -> bytes:
    """Make the error object that Lambda writes itself (SI-06, SI-07, SI-10)."""
    error = {"errorType": error_type, "errorMessage": message}
    return json.dumps(error, separators=(",", ":")).encode()


def _error(status: int, error_type: str, message: str) -> Response:
    body = {"errorMessage": message, "errorType": error_type}
    return Response(status, json.dumps(body, separators=(",", ":")).encode())


def _logged_error_type(request: Request) -> str:
    """Return the error type as Lambda logs it: only its own types by name."""
    error_type = request.headers.get(_ERROR_TYPE_HEADER, "")
    if _LOGGED_ERROR_TYPE.search(error_type):
        return error_type
    return "Function.Unknown" if error_type.startswith("Function.") else "Runtime.Unknown"


def _invocation_response(invocation: Invocation, deadline: float, trace_header: str) -> Response:
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.invoked_function_arn,
        "Lambda-Runtime-Trace-Id": trace_header,
    }
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    # A line break cannot travel in a header. JSON text has them between tokens only.
    one_line = tuple((name, _CONTROL_CHARACTERS.sub(" ", value)) for name, value in headers.items())
    return Response(200, invocation.payload, one_line)


_ACCEPTED = Response(202, b'{"status":"OK"}\n')
_TOO_LARGE = RuntimeAnswer(
    error_payload(
        RESPONSE_SIZE_TOO_LARGE,
        "Response payload size exceeded maximum allowed payload size "
        f"({PAYLOAD_LIMIT_BYTES} bytes).",
    ),
    RESPONSE_SIZE_TOO_LARGE,
)
