"""A proxy between the harness and a target, on the loopback interface, that injects faults."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .aws_request import Answer, Operation, Refusal, Request, refused

UPSTREAM_TIMEOUT = 120.0
HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Refuse:
    """Answer with an AWS error, without asking the target."""

    refusal: Refusal


@dataclass(frozen=True)
class Pretend:
    """Answer in the target's place."""

    answer: Answer


@dataclass(frozen=True)
class Cut:
    """Hang up without an answer; forwarded: after the target has done what was asked."""

    forwarded: bool = False


@dataclass(frozen=True)
class Delay:
    """Wait so many seconds, and hang up if the faults end before.

    forwarded: the target has done what was asked, and its answer comes late.
    """

    seconds: float
    forwarded: bool = False


@dataclass(frozen=True)
class Tell:
    """Call back; forwarded: when the target has answered."""

    listener: Callable[[], object]
    forwarded: bool = False


@dataclass(frozen=True)
class Repeat:
    """Ask the target twice, and answer what it answered last."""


Fault = Refuse | Pretend | Cut | Delay | Tell | Repeat


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass(frozen=True)
class Rule:
    """What to do to matching requests: after the first `skip` of them, `times` times.

    operations None: every request, whether it asks for an operation or not. containing must be in
    the body. times None: always. each_operation: every operation is counted on its own, and what
    asks for none is left alone. since must be set.
    """

    fault: Fault
    operations: Collection[Operation] | None = None
    containing: bytes = b""
    skip: int = 0
    times: int | None = None
    each_operation: bool = False
    since: threading.Event = field(default_factory=_set)

    def matches(self, request: Request) -> bool:
        """Whether a request is of the kind that is meant."""
        if self.operations is None:
            asked_for = not self.each_operation or request.operation is not None
        else:
            asked_for = request.operation in self.operations
        return asked_for and self.containing in request.body and self.since.is_set()


def always(refusal: Refusal, *operations: Operation) -> Rule:
    """Return the rule that refuses every request of some operations."""
    return Rule(Refuse(refusal), operations)


def once_each(refusal: Refusal, *operations: Operation) -> Rule:
    """Return the rule that refuses the first request of each operation."""
    return Rule(Refuse(refusal), operations, times=1, each_operation=True)


class FaultProxy:
    """Forwards every request to a target, except where a rule says otherwise.

    The first rule applies that matches and is not used up. Every connection carries one request.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self._rules: tuple[Rule, ...] = ()
        self._matched: Counter[tuple[int, Operation | None]] = Counter()
        self._injected: Counter[Operation | None] = Counter()
        self._lock = threading.Lock()
        self._over = _set()
        self._connections: set[socket.socket] = set()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fault proxy"
        )

    @property
    def endpoint(self) -> str:
        """The address of the proxy, a URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._over.set()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    @contextmanager
    def injecting(self, *rules: Rule) -> Iterator[None]:
        """Apply these rules, counting from now on, and none afterwards."""
        with self._lock:
            self._rules, self._matched, self._injected = rules, Counter(), Counter()
            self._over = threading.Event()
        try:
            yield
        finally:
            with self._lock:
                self._rules = ()
                self._over.set()

    def injected(self) -> Counter[Operation | None]:
        """Return how many faults there were since rules were last applied, by operation."""
        with self._lock:
            return Counter(self._injected)

    def fault_for(self, request: Request) -> Fault | None:
        """Return what to do to a request, and count it."""
        with self._lock:
            for number, rule in enumerate(self._rules):
                if not rule.matches(request):
                    continue
                counted = (number, request.operation if rule.each_operation else None)
                self._matched[counted] += 1
                over = self._matched[counted] - rule.skip
                if over > 0 and (rule.times is None or over <= rule.times):
                    self._injected[request.operation] += 1
                    return rule.fault
        return None

    def answer(self, request: Request) -> Answer | None:
        """Return the answer to a request, None for no answer at all."""
        match self.fault_for(request):
            case Refuse(refusal):
                return refused(request, refusal)
            case Pretend(answer):
                return answer
            case Repeat():
                self._forward(request)
                return self._forward(request)
            case Cut(forwarded) | Delay(_, forwarded) | Tell(_, forwarded) as fault:
                answered = self._forward(request) if forwarded else None
                if not self._goes_on(fault):
                    return None
                return answered if forwarded else self._forward(request)
        return self._forward(request)

    def _goes_on(self, fault: Cut | Delay | Tell) -> bool:
        """Do what a fault does to an exchange; returns whether the exchange goes on."""
        match fault:
            case Cut():
                return False
            case Delay(seconds):
                return not self._over.wait(seconds)
            case Tell(listener):
                listener()
        return True

    def _forward(self, request: Request) -> Answer | None:
        """Ask the target; no answer of its own is none of the proxy's."""
        address = urlsplit(self.target)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=UPSTREAM_TIMEOUT)
        try:
            connection.connect()
            with self._open(connection.sock):
                connection.putrequest(
                    request.method, request.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in request.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(request.body)
                response = connection.getresponse()
                return Answer(response.status, dict(response.getheaders()), response.read())
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    @contextmanager
    def _open(self, connection: socket.socket) -> Iterator[None]:
        """Note a connection that must not outlast the proxy."""
        with self._lock:
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Read a request, and answer it or hang up."""
        with self._open(handler.connection):
            length = int(handler.headers.get("Content-Length", 0))
            headers = {
                name.lower(): value
                for name, value in handler.headers.items()
                if name.lower() not in HOP_BY_HOP - {"content-length"} | {"expect"}
            }
            body = handler.rfile.read(length)
            answer = self.answer(Request(handler.command, handler.path, headers, body))
            if answer is not None:
                with suppress(OSError):
                    _send(handler, answer)


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response_only(answer.status)
    for name, value in answer.headers.items():
        if name.lower() not in HOP_BY_HOP:
            handler.send_header(name, value)
    length = len(answer.body)
    if handler.command == "HEAD":
        length = int(answer.headers.get("content-length", length))
    if answer.status != HTTPStatus.NO_CONTENT:
        handler.send_header("Content-Length", str(length))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(answer.body)


class _Server(ThreadingHTTPServer):
    """One thread per connection; the end of the server waits for all of them."""

    daemon_threads = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up while asking gets no answer, and the log no traceback."""


def _handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    """Return the class that hands every request to a proxy."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            """Read the request line and headers as the base class does; then ask the proxy."""
            self.close_connection = True
            self.raw_requestline = self.rfile.readline(65537)
            if self.raw_requestline and self.parse_request():
                proxy.serve(self)
                self.close_connection = True

    return Handler
