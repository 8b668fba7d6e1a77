"""The event that an Application Load Balancer sends to a Lambda target."""

import base64
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.http_message import HttpRequest
from emulator.engine.load_balancer_event import TargetGroup, build_event

NOW = 1_541_095_626.0
ARN = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/probe/6d0ecf831eec9f09"
SINGLE = TargetGroup(ARN)
MULTI = TargetGroup(ARN, multi_value_headers=True)
REQUEST = HttpRequest(
    method="GET",
    path="/a%2Bb",
    query_string="",
    headers=(("Host", "lb.example"), ("User-Agent", "curl/8"), ("X-oDD", "cAsE")),
    body=b"",
    source_address="203.0.113.7",
    scheme="http",
    port=80,
)


def test_the_event_is_exact_to_the_key() -> None:
    event = build_event(REQUEST, SINGLE, NOW)
    trace_header = event["headers"]["x-amzn-trace-id"]
    assert re.fullmatch(r"Root=1-5bdb40ca-[0-9a-f]{24}", trace_header)
    assert event == {
        "requestContext": {"elb": {"targetGroupArn": ARN}},
        "httpMethod": "GET",
        "path": "/a%2Bb",
        "queryStringParameters": {},
        "headers": {
            "host": "lb.example",
            "user-agent": "curl/8",
            "x-odd": "cAsE",
            "x-amzn-trace-id": trace_header,
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
        },
        "body": "",
        "isBase64Encoded": False,
    }


def test_with_multi_value_headers_there_are_arrays_only() -> None:
    request = replace(
        REQUEST,
        query_string="myKey=val1&myKey=val2",
        headers=(("Cookie", "name1=value1"), ("cookie", "name2=value2")),
    )
    event = build_event(request, MULTI, NOW)
    assert set(event) == {
        "requestContext",
        "httpMethod",
        "path",
        "multiValueQueryStringParameters",
        "multiValueHeaders",
        "body",
        "isBase64Encoded",
    }
    assert event["multiValueQueryStringParameters"] == {"myKey": ["val1", "val2"]}
    assert event["multiValueHeaders"]["cookie"] == ["name1=value1", "name2=value2"]
    assert event["multiValueHeaders"]["x-forwarded-port"] == ["80"]


def test_without_them_the_last_value_wins() -> None:
    request = replace(
        REQUEST,
        query_string="myKey=val1&myKey=val2",
        headers=(("Cookie", "name1=value1"), ("cookie", "name2=value2")),
    )
    event = build_event(request, SINGLE, NOW)
    assert event["queryStringParameters"] == {"myKey": "val2"}
    assert event["headers"]["cookie"] == "name2=value2"


@pytest.mark.parametrize(
    ("query_string", "parameters"),
    [
        ("a=x%2By", {"a": "x%2By"}),
        ("a=b+c", {"a": "b+c"}),
        ("&a=1", {"a": "1"}),
        ("flag", {"flag": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_query_parameters_are_not_decoded(query_string: str, parameters: dict[str, str]) -> None:
    event = build_event(replace(REQUEST, query_string=query_string), SINGLE, NOW)
    assert event["queryStringParameters"] == parameters


@pytest.mark.parametrize(
    ("sent", "source_address", "passed_on"),
    [
        ((), "127.0.0.1", "127.0.0.1"),
        (("127.0.0.4",), "127.0.0.1", "127.0.0.4, 127.0.0.1"),
        (("127.0.0.4, 127.0.0.8",), "127.0.0.1", "127.0.0.4, 127.0.0.8, 127.0.0.1"),
        ((), "2001:db8::1", "2001:db8::1"),
        (("127.0.0.4",), "2001:db8::1", "127.0.0.4, [2001:db8::1]"),
    ],
)
def test_the_clients_address_is_appended(
    sent: tuple[str, ...], source_address: str, passed_on: str
) -> None:
    headers = tuple(("X-Forwarded-For", value) for value in sent)
    request = replace(REQUEST, headers=headers, source_address=source_address)
    assert build_event(request, SINGLE, NOW)["headers"]["x-forwarded-for"] == passed_on


def test_port_and_protocol_are_those_of_the_listener() -> None:
    request = replace(REQUEST, headers=(("X-Forwarded-Port", "1"), ("X-FORWARDED-PROTO", "gopher")))
    headers = build_event(request, SINGLE, NOW)["headers"]
    assert (headers["x-forwarded-port"], headers["x-forwarded-proto"]) == ("80", "http")


@pytest.mark.parametrize(
    ("headers", "is_base64"),
    [
        ((("Content-Type", "text/plain"),), False),
        ((("Content-Type", "text/anything"),), False),
        ((("Content-Type", "application/json"),), False),
        ((("Content-Type", "Application/JSON; charset=utf-8"),), False),
        ((("Content-Type", "application/javascript"),), False),
        ((("Content-Type", "application/xml"),), False),
        ((("Content-Type", "application/octet-stream"),), True),
        ((("Content-Type", "application/x-www-form-urlencoded"),), True),
        ((("Content-Type", "application/problem+json"),), True),
        ((), True),
        ((("Content-Type", "text/plain"), ("Content-Encoding", "gzip")), True),
    ],
)
def test_the_content_type_decides_how_the_body_travels(
    headers: tuple[tuple[str, str], ...], *, is_base64: bool
) -> None:
    event = build_event(replace(REQUEST, headers=headers, body="ä".encode()), SINGLE, NOW)
    expected = base64.b64encode("ä".encode()).decode() if is_base64 else "ä"
    assert (event["body"], event["isBase64Encoded"]) == (expected, is_base64)


@given(
    st.builds(
        HttpRequest,
        method=st.text(),
        path=st.text(),
        query_string=st.text(alphabet="ab%&=;+2F\xff") | st.text(),
        headers=st.lists(
            st.tuples(
                st.sampled_from(["X-Forwarded-For", "x-amzn-trace-id"]) | st.text(), st.text()
            )
        ).map(tuple),
        body=st.binary(),
        source_address=st.sampled_from(["127.0.0.1", "::1"]),
    ),
    st.sampled_from([SINGLE, MULTI]),
)
def test_every_request_becomes_an_event(request: HttpRequest, target_group: TargetGroup) -> None:
    event = build_event(request, target_group, NOW)
    assert json.loads(json.dumps(event)) == event
