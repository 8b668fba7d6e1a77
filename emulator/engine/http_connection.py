"""HTTP/1.1 with keep-alive on asyncio: as much of it as a loopback API needs."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import h11

MAXIMUM_HEADER_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """A complete request. Header names are lower-case; body is cut at the connection's limit."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    body_is_too_large: bool = False


@dataclass(frozen=True)
class Response:
    """A complete response; Content-Length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class HttpConnection(asyncio.Protocol):
    """One connection: hands each request over and takes the response whenever it is there.

    A body beyond body_limit bytes is read and thrown away, so that its sender gets an answer and
    memory stays bounded.
    """

    def __init__(
        self, handle: Callable[["HttpConnection", Request], None], body_limit: int
    ) -> None:
        self._handle = handle
        self._body_limit = body_limit
        self._parser = h11.Connection(h11.SERVER, MAXIMUM_HEADER_BYTES)
        self._transport: asyncio.Transport | None = None
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._body_bytes = 0
        self._is_awaiting_response = False

    @property
    def is_open(self) -> bool:
        """Whether a response can still reach the other side."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start of the connection (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _reason: Exception | None) -> None:
        """End of the connection (asyncio.Protocol)."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Bytes from the other side (asyncio.Protocol)."""
        if self._is_awaiting_response:  # nothing may be said now, and nothing be kept
            self.close()
            return
        self._parser.receive_data(data)
        self._read_events()

    def respond(self, response: Response) -> None:
        """Answer the request that was handed over last, if somebody is still there."""
        if not self.is_open:
            return
        self._is_awaiting_response = False
        self._send(response)
        if self._parser.our_state is h11.MUST_CLOSE:
            self.close()
        elif self._parser.our_state is h11.DONE and self._parser.their_state is h11.DONE:
            self._parser.start_next_cycle()
            self._read_events()

    def close(self) -> None:
        """Hang up after what was sent."""
        if self._transport is not None:
            self._transport.close()

    def _read_events(self) -> None:
        try:
            while self._read_event():
                pass
        except h11.RemoteProtocolError as error:
            if self._parser.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                self._send(Response(error.error_status_hint, content_type="text/plain"))
            self.close()

    def _read_event(self) -> bool:
        """Take one event from the parser; return whether there may be another."""
        event = self._parser.next_event()
        if isinstance(event, h11.Request):
            self._head = event
            self._body.clear()
            self._body_bytes = 0
            if self._parser.they_are_waiting_for_100_continue:
                self._write(h11.InformationalResponse(status_code=100, headers=[]))
            return True
        if isinstance(event, h11.Data):
            self._body_bytes += len(event.data)
            if self._body_bytes <= self._body_limit:
                self._body += event.data
            return True
        if isinstance(event, h11.EndOfMessage):
            self._is_awaiting_response = True
            self._handle(self, self._request())
            return False
        if isinstance(event, h11.ConnectionClosed):
            self.close()
        return False

    def _request(self) -> Request:
        assert self._head is not None  # noqa: S101 - the parser yields a head before its end
        return Request(
            method=self._head.method.decode("ascii"),
            path=self._head.target.decode("latin-1"),
            headers={
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in self._head.headers
            },
            body=bytes(self._body),
            body_is_too_large=self._body_bytes > self._body_limit,
        )

    def _send(self, response: Response) -> None:
        headers = [
            (b"content-type", response.content_type.encode()),
            (b"content-length", b"%d" % len(response.body)),
            *((name.encode(), value.encode()) for name, value in response.headers),
        ]
        self._write(
            h11.Response(status_code=response.status, headers=headers),
            h11.Data(data=response.body),
            h11.EndOfMessage(),
        )

    def _write(self, *events: h11.Event) -> None:
        data = b"".join(self._parser.send(event) or b"" for event in events)
        if self._transport is not None:
            self._transport.write(data)
