"""HTTP messages as plain data: what the front doors read and write.

Nothing here knows a service of AWS. A server fills an HttpRequest with what came over the
connection and sends an HttpResponse as it is; how the body is framed (Content-Length, chunks) and
the Date header are the server's business.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

HeaderList = tuple[tuple[str, str], ...]

# The status codes that end an exchange; 1xx does not.
FINAL_STATUSES = range(200, 600)

# RFC 9110: a header's name is a token (5.6.2), its value has no control character but tab (5.5).
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_REASON_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came over the connection.

    path and query_string are as sent, not decoded, without the `?`. headers keep case and order.
    source_address is the peer of the connection, never a header. scheme and port are those that
    the client connected to.
    """

    method: str
    path: str
    query_string: str
    headers: HeaderList
    body: bytes
    source_address: str
    scheme: str = "https"
    port: int = 443

    def header_values(self, name: str) -> list[str]:
        """Return all values of a header, in the order sent; name in any case."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def header(self, name: str) -> str | None:
        """Return the last value of a header, or None; name in any case."""
        values = self.header_values(name)
        return values[-1] if values else None


@dataclass(frozen=True)
class HttpResponse:
    """A response. A header that is to be sent twice is there twice."""

    status: int
    reason: str
    headers: HeaderList
    body: bytes

    def encoded_headers(self) -> list[tuple[bytes, bytes]]:
        """Encode the headers: values in UTF-8 and without white space around them."""
        return [
            (name.encode("ascii"), value.strip().encode("utf-8", "replace"))
            for name, value in self.headers
        ]


def is_sendable_header(name: str, value: str) -> bool:
    """Tell whether a header can be sent without changing the message around it."""
    return _TOKEN.fullmatch(name) is not None and _CONTROL_CHARACTER.search(value) is None


def is_sendable_reason(reason: str) -> bool:
    """Tell whether a text can stand in a status line: printable ASCII (RFC 9112, 4)."""
    return reason.isascii() and reason.isprintable()


def reason_phrase(status: int) -> str:
    """Return the standard's reason phrase of a status code, empty for one it does not know."""
    return _REASON_PHRASES.get(status, "")


def media_type(content_type: str | None) -> str:
    """Return the media type of a Content-Type header, lower-case and without parameters."""
    return (content_type or "").partition(";")[0].strip().lower()


def split_query_string(query_string: str) -> list[tuple[str, str]]:
    """Split a query string into names and values, not decoded; without `=` a value is empty."""
    pairs = (parameter.partition("=") for parameter in query_string.split("&") if parameter)
    return [(name, value) for name, _, value in pairs]


def group_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Collect all values of each name, in order."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
