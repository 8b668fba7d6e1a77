"""Requests to AWS's APIs as they are sent: which operation one asks for, and how to refuse it.

The credential scope of a signature names the service ("Signature Version 4", IAM guide); the
operation is in the header X-Amz-Target, in the form field Action, or told by method and path.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
from botocore.exceptions import UnknownServiceError

SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
SIGNING_NAMES = {
    "elasticloadbalancing": "elbv2",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
"""Services that sign with another name than botocore has for them."""


@dataclass(frozen=True, order=True)
class Operation:
    """One operation of one service, by their botocore names."""

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service} {self.name}"


@dataclass(frozen=True)
class Request:
    """One HTTP request; the names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def service(self) -> str | None:
        """The service that it is signed for; None when it is not signed for one."""
        scope = SCOPE.search(self.headers.get("authorization", ""))
        return SIGNING_NAMES.get(scope[1], scope[1]) if scope else None

    @property
    def operation(self) -> Operation | None:
        """The operation that it asks for; None when it asks for none that is known."""
        service = self.service
        name = None
        if service is not None:
            name = self._target() or self._action() or _rest_operation(service, self)
        return Operation(service, name) if service and name else None

    def _target(self) -> str | None:
        return self.headers.get("x-amz-target", "").rpartition(".")[2] or None

    def _action(self) -> str | None:
        found = re.search(rb"(?:^|&)Action=(\w+)", self.body)
        return found[1].decode() if found else None


@dataclass(frozen=True)
class _Route:
    """How an operation of a REST protocol is told: its path, and what must come with it."""

    name: str
    method: str
    path: re.Pattern[str]
    query: frozenset[str]
    headers: frozenset[str]

    @property
    def particulars(self) -> tuple[int, int]:
        """How much it asks for: of several that match, the one that asks for most is meant."""
        return len(self.query | self.headers), len(self.path.pattern)

    def matches(self, request: Request) -> bool:
        """Whether a request may ask for this operation."""
        parts = urlsplit(request.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        return (
            self.method == request.method
            and self.path.fullmatch(parts.path) is not None
            and self.query <= query.keys()
            and self.headers <= request.headers.keys()
        )


def _rest_operation(service: str, request: Request) -> str | None:
    routes = [route for route in _routes(service) if route.matches(request)]
    best = max(routes, key=lambda route: route.particulars, default=None)
    return best.name if best else None


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    """Return the routes of a service's current operations."""
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return ()
    operations = [model.operation_model(name) for name in model.operation_names]
    return tuple(_route(operation) for operation in operations if not operation.deprecated)


def _route(operation: Any) -> _Route:
    path, _, literal_query = operation.http.get("requestUri", "/").partition("?")
    required = list(_required(operation))
    return _Route(
        name=operation.name,
        method=operation.http.get("method", "POST"),
        path=re.compile(_pattern(path) + "/?"),
        query=frozenset(parse_qs(literal_query, keep_blank_values=True))
        | {name for location, name in required if location == "querystring"},
        headers=frozenset(name.lower() for location, name in required if location == "header"),
    )


def _required(operation: Any) -> Iterator[tuple[str, str]]:
    """Go through what an operation needs outside its path and body: location, name."""
    shape = operation.input_shape
    for name in shape.required_members if shape else ():
        serialization = shape.members[name].serialization
        if "location" in serialization:
            yield serialization["location"], serialization["name"]


def _pattern(path: str) -> str:
    """Turn a path template into a regular expression; `{name+}` may hold slashes."""
    words = re.split(r"(\{\w+\+?\})", path.rstrip("/"))
    kinds = {True: ".+", False: "[^/]+"}
    return "".join(
        kinds[word.endswith("+}")] if word.startswith("{") else re.escape(word) for word in words
    )


class Refusal(Enum):
    """Why a request is refused."""

    THROTTLED = "Rate exceeded"
    FAILED = "The request processing has failed because of an unknown error"
    EXPIRED = "The security token included in the request is expired"
    DENIED = "You do not have sufficient access to perform this action"


@dataclass(frozen=True)
class Answer:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


CODES = {
    Refusal.THROTTLED: ("ThrottlingException", 400),
    Refusal.FAILED: ("InternalFailure", 500),
    Refusal.EXPIRED: ("ExpiredTokenException", 403),
    Refusal.DENIED: ("AccessDeniedException", 403),
}
"""Code and status of what every service may answer ("Common errors" in the API references)."""

CODES_IN_FORMS = {
    Refusal.THROTTLED: ("Throttling", 400),
    Refusal.FAILED: ("InternalFailure", 500),
    Refusal.EXPIRED: ("ExpiredToken", 403),
    Refusal.DENIED: ("AccessDenied", 403),
}
"""The same of the services that take a form and answer in XML."""

CODES_OF_SERVICES = {
    "dynamodb": {Refusal.THROTTLED: ("ProvisionedThroughputExceededException", 400)},
    "ec2": {Refusal.THROTTLED: ("RequestLimitExceeded", 503)},
    "lambda": {Refusal.THROTTLED: ("TooManyRequestsException", 429)},
    "s3": {
        Refusal.THROTTLED: ("SlowDown", 503),
        Refusal.FAILED: ("InternalError", 500),
        Refusal.EXPIRED: ("ExpiredToken", 400),
        Refusal.DENIED: ("AccessDenied", 403),
    },
}
"""What services answer otherwise ("Error responses" in their API references)."""

REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def refused(request: Request, refusal: Refusal) -> Answer:
    """Return the refusal of a request in the protocol in which it was made."""
    service, message = request.service or "", refusal.value
    form = request.body.startswith(b"Action=") or b"&Action=" in request.body
    codes = (CODES_IN_FORMS if form else CODES) | CODES_OF_SERVICES.get(service, {})
    code, status = codes[refusal]
    if service == "s3":
        body = _element("Error", _element("Code", code) + _element("Message", message))
    elif service == "ec2":
        error = _element("Error", _element("Code", code) + _element("Message", message))
        body = _element("Response", _element("Errors", error) + _element("RequestID", REQUEST_ID))
    elif form:
        error = _element("Type", "Sender") + _element("Code", code) + _element("Message", message)
        body = _element("ErrorResponse", _element("Error", error))
    else:
        body = f'{{"__type": "{code}", "message": "{message}"}}'
    kind = "application/json" if body.startswith("{") else "text/xml"
    headers = {
        "Content-Type": kind,
        "x-amzn-ErrorType": code,
        "x-amzn-RequestId": REQUEST_ID,
    }
    return Answer(status, headers, body.encode())


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
