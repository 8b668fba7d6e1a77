"""What an Application Load Balancer makes of a request: the event for a Lambda target.

Source: Elastic Load Balancing, "Use Lambda functions as targets of an Application Load Balancer";
AL-.. are the facts the rules are kept under.
"""

import base64
from dataclasses import dataclass
from typing import Any

from emulator.engine.http_message import HttpRequest, group_values, media_type, split_query_string
from emulator.engine.trace_header import TRACE_HEADER, load_balancer_trace_header

_TEXT_MEDIA_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
_OWN_HEADERS = frozenset(
    {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", TRACE_HEADER.lower()}
)


@dataclass(frozen=True)
class TargetGroup:
    """A target group of type `lambda`.

    multi_value_headers is the attribute `lambda.multi_value_headers.enabled`.
    """

    arn: str
    multi_value_headers: bool = False


def build_event(request: HttpRequest, target_group: TargetGroup, now: float) -> dict[str, Any]:
    """Build the event for the function.

    What is empty is an empty object or text, never null (AL-03); header names are lower-case
    (AL-04); path and query parameters are as sent, not decoded (AL-05). A name that is there twice
    keeps its last value, or all of them with multi-value headers (AL-06, AL-07).
    """
    headers = _headers(request, now)
    parameters = split_query_string(request.query_string)
    event: dict[str, Any] = {
        "requestContext": {"elb": {"targetGroupArn": target_group.arn}},
        "httpMethod": request.method,
        "path": request.path,
    }
    if target_group.multi_value_headers:
        event["multiValueQueryStringParameters"] = group_values(parameters)
        event["multiValueHeaders"] = group_values(headers)
    else:
        event["queryStringParameters"] = dict(parameters)
        event["headers"] = dict(headers)
    if request.body and not carries_text(request):
        event["body"] = base64.b64encode(request.body).decode("ascii")
        event["isBase64Encoded"] = True
    else:
        event["body"] = request.body.decode("utf-8", "replace")
        event["isBase64Encoded"] = False
    return event


def carries_text(request: HttpRequest) -> bool:
    """Tell whether the body goes into the event as it is, and not in base64 (AL-08)."""
    if request.header("Content-Encoding") is not None:
        return False
    content_type = media_type(request.header("Content-Type"))
    return content_type.startswith("text/") or content_type in _TEXT_MEDIA_TYPES


def _headers(request: HttpRequest, now: float) -> list[tuple[str, str]]:
    headers = [
        (name.lower(), value) for name, value in request.headers if name.lower() not in _OWN_HEADERS
    ]
    trace_header = load_balancer_trace_header(request.header(TRACE_HEADER), now)
    headers += [
        (TRACE_HEADER.lower(), trace_header),
        ("x-forwarded-for", _forwarded_for(request)),
        ("x-forwarded-port", str(request.port)),
        ("x-forwarded-proto", request.scheme),
    ]
    return headers


def _forwarded_for(request: HttpRequest) -> str:
    """Put the client's address after those that the request brings, IPv6 in brackets there."""
    address = request.source_address
    earlier = request.header_values("X-Forwarded-For")
    if not earlier:
        return address
    return ", ".join([*earlier, f"[{address}]" if ":" in address else address])
