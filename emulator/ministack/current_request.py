"""The HTTP request that is being answered, as the server received it.

MiniStack hands its handlers lower-case header names and a decoded path. What came over the
connection, and the trace header that asynchronous work carries on, are read from here; a thread
that MiniStack starts for a request has a copy.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from emulator.engine.http_message import HttpRequest, HttpResponse
from emulator.engine.trace_header import TRACE_HEADER

_ANSWER = "emulator.answer"
_REQUEST_ID = "emulator.request_id"

_scope: ContextVar[dict[str, Any] | None] = ContextVar("scope", default=None)
_trace_header: ContextVar[str | None] = ContextVar("trace_header", default=None)


def begin(scope: dict[str, Any]) -> None:
    """Note the ASGI scope of the request that this task answers."""
    scope[_REQUEST_ID] = str(uuid.uuid4())
    _scope.set(scope)


def request_id(scope: dict[str, Any]) -> str:
    """Return the id that the request of this ASGI scope has."""
    identifier: str = scope[_REQUEST_ID]
    return identifier


def current_request_id() -> str | None:
    """Return the id of the request that is being answered; None outside a request."""
    scope = _scope.get()
    return request_id(scope) if scope else None


def trace_header() -> str | None:
    """Return the X-Amzn-Trace-Id to carry on, if there is one."""
    scope = _scope.get()
    return _trace_header.get() or (header(scope, TRACE_HEADER) if scope else None)


@contextmanager
def carrying(trace: str | None) -> Iterator[None]:
    """Carry on this trace header, if it is one, instead of the one of the request."""
    token = _trace_header.set(trace)
    try:
        yield
    finally:
        _trace_header.reset(token)


def is_over_tls() -> bool:
    """Say whether the request that is being answered counts as sent over TLS."""
    scope = _scope.get()
    return scope is None or header(scope, "X-Forwarded-Proto") != "http"


def http_request(body: bytes) -> HttpRequest:
    """Return the request as the front doors read it; the body is what MiniStack read of it.

    Raises LookupError outside a request.
    """
    scope = _scope.get()
    if scope is None:
        raise LookupError("no request is being answered")
    address = scope.get("client") or ("127.0.0.1", 0)
    return HttpRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("ascii", "replace"),
        query_string=scope["query_string"].decode("ascii", "replace"),
        headers=tuple((name.decode("latin-1"), _text(value)) for name, value in scope["headers"]),
        body=body,
        source_address=address[0],
    )


def answer(response: HttpResponse) -> None:
    """Answer the request with this response, whatever MiniStack makes of it.

    Raises LookupError outside a request.
    """
    scope = _scope.get()
    if scope is None:
        raise LookupError("no request is being answered")
    scope[_ANSWER] = response


def decided_answer(scope: dict[str, Any]) -> HttpResponse | None:
    """Return what `answer` was told for the request of this ASGI scope."""
    decided: HttpResponse | None = scope.get(_ANSWER)
    return decided


def header(scope: dict[str, Any], name: str) -> str | None:
    """Return the value of a header of an ASGI scope, the last one; name in any case."""
    wanted = name.lower().encode("latin-1")
    found = None
    for key, value in scope["headers"]:
        if key.lower() == wanted:
            found = value
    return None if found is None else _text(found)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
