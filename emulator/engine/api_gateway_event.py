"""What API Gateway makes of a request: the event of a REST API's Lambda proxy integration.

The shape is that of the recorded events (AG-04 ... AG-09). The headers that the event lacks are
those that the Developer Guide lists as dropped ("Amazon API Gateway important notes", column
`lambda`) and that a recording of 2024-12-11 confirms.
"""

import base64
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from emulator.engine.http_message import HttpRequest, group_values, media_type, split_query_string
from emulator.engine.trace_header import TRACE_HEADER, TraceContext, continue_trace

_DROPPED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)
# Written by API Gateway itself, whatever the client sent.
_OWN_HEADERS = frozenset(
    {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", TRACE_HEADER.lower()}
)
# All other headers keep the case that the client used (AG-06).
_CANONICAL_NAMES = {"authorization": "Authorization", "host": "Host", "user-agent": "User-Agent"}


@dataclass(frozen=True)
class RestApiRoute:
    """The deployed method that a request was routed to, and what its API configures.

    resource_path is the template, such as `/jobs/{proxy+}`. authorizer and caller_identity are set
    where the method has an authorizer or uses IAM authorization.
    """

    account_id: str
    region: str
    api_id: str
    stage: str
    deployment_id: str
    domain_name: str
    resource_id: str
    resource_path: str
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    binary_media_types: Sequence[str] = ()
    authorizer: Mapping[str, Any] | None = None
    caller_identity: Mapping[str, Any] = field(default_factory=dict)

    def source_arn(self, http_method: str) -> str:
        """Name the source that the function's resource-based policy is asked about (AG-26)."""
        return (
            f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.api_id}"
            f"/{self.stage}/{http_method}{self.resource_path}"
        )


@dataclass(frozen=True)
class RequestIds:
    """What identifies one request at API Gateway.

    request_id is not the `aws_request_id` of the invocation (AG-22). received_at is in seconds
    since 1970.
    """

    request_id: str
    extended_request_id: str
    trace: TraceContext
    received_at: float


def new_request_ids(request: HttpRequest, now: float) -> RequestIds:
    """Identify a request that was received at `now`."""
    return RequestIds(
        request_id=str(uuid.uuid4()),
        extended_request_id=base64.urlsafe_b64encode(secrets.token_bytes(11)).decode("ascii"),
        trace=continue_trace(request.header(TRACE_HEADER), now),
        received_at=now,
    )


def build_event(request: HttpRequest, route: RestApiRoute, ids: RequestIds) -> dict[str, Any]:
    """Build the event for the function; the request's path is the one after the stage.

    What is empty is null (AG-05). Query parameters are decoded, the path and its parameters are
    not; slashes in front of the path become one (AG-07, AG-08).
    """
    path = "/" + request.path.lstrip("/")
    headers = _headers(request, ids)
    parameters = _query_parameters(request.query_string)
    body, is_base64_encoded = _body(request, route.binary_media_types)
    return {
        "resource": route.resource_path,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": group_values(headers),
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": group_values(parameters) or None,
        "pathParameters": path_parameters(route.resource_path, path) or None,
        "stageVariables": dict(route.stage_variables) or None,
        "requestContext": _request_context(request, route, ids),
        "body": body,
        "isBase64Encoded": is_base64_encoded,
    }


def path_parameters(resource_path: str, path: str) -> dict[str, str]:
    """Find the values of a resource path's variables, not decoded; `{name+}` takes the rest."""
    segments = path.strip("/").split("/")
    parameters = {}
    for index, part in enumerate(resource_path.strip("/").split("/")):
        if not part.startswith("{"):
            continue
        name = part.strip("{}")
        if name.endswith("+"):
            parameters[name[:-1]] = "/".join(segments[index:])
        else:
            parameters[name] = "".join(segments[index : index + 1])
    return parameters


def matches_binary_media_type(media: str, binary_media_types: Sequence[str]) -> bool:
    """Tell whether an API treats a media type as binary.

    An entry matches literally or, as `type/*`, by its type; `*/*` stands for every type (AG-09,
    Developer Guide, "Working with binary media types for REST APIs").
    """
    for entry in (binary_media_type.lower() for binary_media_type in binary_media_types):
        if entry in {"*/*", media}:
            return True
        if entry.endswith("/*") and media.startswith(entry[:-1]):
            return True
    return False


def _headers(request: HttpRequest, ids: RequestIds) -> list[tuple[str, str]]:
    headers = [
        (_CANONICAL_NAMES.get(name.lower(), name), value)
        for name, value in request.headers
        if _is_passed_on(name.lower(), value)
    ]
    forwarded_for = [*request.header_values("X-Forwarded-For"), request.source_address]
    sent_trace = request.header(TRACE_HEADER)
    trace_continues = sent_trace is not None and ids.trace.root in sent_trace
    headers += [
        (TRACE_HEADER, sent_trace if sent_trace and trace_continues else f"Root={ids.trace.root}"),
        ("X-Forwarded-For", ", ".join(forwarded_for)),
        ("X-Forwarded-Port", str(request.port)),
        ("X-Forwarded-Proto", request.scheme),
    ]
    return headers


def _is_passed_on(name: str, value: str) -> bool:
    if name == "authorization":
        # A Signature Version 4 is for API Gateway alone (important notes, footnote of the table).
        return not value.startswith("AWS4-")
    return name not in _DROPPED_HEADERS and name not in _OWN_HEADERS


def _query_parameters(query_string: str) -> list[tuple[str, str]]:
    # The important notes say that a semicolon splits, like an ampersand.
    pairs = split_query_string(query_string.replace(";", "&"))
    return [(unquote_plus(name), unquote_plus(value)) for name, value in pairs]


def _body(request: HttpRequest, binary_media_types: Sequence[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if matches_binary_media_type(media_type(request.header("Content-Type")), binary_media_types):
        return base64.b64encode(request.body).decode("ascii"), True
    return request.body.decode("utf-8", "replace"), False


def _request_context(request: HttpRequest, route: RestApiRoute, ids: RequestIds) -> dict[str, Any]:
    received = time.gmtime(ids.received_at)
    context: dict[str, Any] = {
        "accountId": route.account_id,
        "apiId": route.api_id,
        "deploymentId": route.deployment_id,
        "domainName": route.domain_name,
        "domainPrefix": route.domain_name.partition(".")[0],
        "extendedRequestId": ids.extended_request_id,
        "httpMethod": request.method,
        "identity": _identity(request) | dict(route.caller_identity),
        "path": f"/{route.stage}{request.path}",
        "protocol": "HTTP/1.1",
        "requestId": ids.request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", received),
        "requestTimeEpoch": int(ids.received_at * 1000),
        "resourceId": route.resource_id,
        "resourcePath": route.resource_path,
        "stage": route.stage,
    }
    if route.authorizer is not None:
        context["authorizer"] = dict(route.authorizer)
    return context


def _identity(request: HttpRequest) -> dict[str, Any]:
    return {
        "accessKey": None,
        "accountId": None,
        "caller": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": request.source_address,
        "user": None,
        "userAgent": request.header("User-Agent"),
        "userArn": None,
    }
