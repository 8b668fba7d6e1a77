"""The event of a REST API's Lambda proxy integration, key by key."""

import base64
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.api_gateway_event import (
    RestApiRoute,
    build_event,
    new_request_ids,
    path_parameters,
)
from emulator.engine.http_message import HttpRequest

NOW = 1_583_349_317.135
HOST = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
REQUEST = HttpRequest(
    method="GET",
    path="/jobs/7",
    query_string="",
    headers=(("host", HOST), ("user-agent", "curl/8"), ("tEsT-HEADeR", "aValUE")),
    body=b"",
    source_address="203.0.113.7",
)
ROUTE = RestApiRoute(
    account_id="111122223333",
    region="eu-central-1",
    api_id="a1b2c3d4e5",
    stage="dev",
    deployment_id="d5e6f7",
    domain_name=HOST,
    resource_id="r1s2t3",
    resource_path="/jobs/{id}",
)


def event_of(request: HttpRequest, route: RestApiRoute = ROUTE) -> dict[str, object]:
    return build_event(request, route, new_request_ids(request, NOW))


def headers_of(request: HttpRequest) -> dict[str, str]:
    headers: dict[str, str] = build_event(request, ROUTE, new_request_ids(request, NOW))["headers"]
    return headers


def test_the_event_is_exact_to_the_key() -> None:
    ids = new_request_ids(REQUEST, NOW)
    headers = {
        "Host": HOST,
        "User-Agent": "curl/8",
        "tEsT-HEADeR": "aValUE",
        "X-Amzn-Trace-Id": f"Root={ids.trace.root}",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    assert build_event(REQUEST, ROUTE, ids) == {
        "resource": "/jobs/{id}",
        "path": "/jobs/7",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3d4e5",
            "deploymentId": "d5e6f7",
            "domainName": HOST,
            "domainPrefix": "a1b2c3d4e5",
            "extendedRequestId": ids.extended_request_id,
            "httpMethod": "GET",
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": "203.0.113.7",
                "user": None,
                "userAgent": "curl/8",
                "userArn": None,
            },
            "path": "/dev/jobs/7",
            "protocol": "HTTP/1.1",
            "requestId": ids.request_id,
            "requestTime": "04/Mar/2020:19:15:17 +0000",
            "requestTimeEpoch": 1_583_349_317_135,
            "resourceId": "r1s2t3",
            "resourcePath": "/jobs/{id}",
            "stage": "dev",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def test_the_ids_look_like_those_of_aws() -> None:
    ids = new_request_ids(REQUEST, NOW)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ids.request_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", ids.extended_request_id)


@pytest.mark.parametrize(
    ("sent", "path", "context_path"),
    [
        ("/jobs/7", "/jobs/7", "/dev/jobs/7"),
        ("/jobs/7/", "/jobs/7/", "/dev/jobs/7/"),
        ("/jobs//7", "/jobs//7", "/dev/jobs//7"),
        ("//jobs/7", "/jobs/7", "/dev//jobs/7"),
        ("/user/test%2Balias@gmail.com", "/user/test%2Balias@gmail.com", None),
        ("", "/", "/dev"),
    ],
)
def test_the_path_is_not_decoded(sent: str, path: str, context_path: str | None) -> None:
    event = build_event(replace(REQUEST, path=sent), ROUTE, new_request_ids(REQUEST, NOW))
    assert event["path"] == path
    assert event["requestContext"]["path"] == (context_path or f"/dev{sent}")


@pytest.mark.parametrize(
    ("resource_path", "path", "parameters"),
    [
        ("/", "/", {}),
        ("/hardcoded", "//hardcoded", {}),
        ("/jobs/{id}", "/jobs/7", {"id": "7"}),
        ("/jobs/{id}/{part}", "/jobs/7/a%2Fb/", {"id": "7", "part": "a%2Fb"}),
        ("/{proxy+}", "/proxy-value/", {"proxy": "proxy-value"}),
        ("/{proxy+}", "/proxy-value//double-slash", {"proxy": "proxy-value//double-slash"}),
        ("/{proxy+}", "/a/test%2Balias@x", {"proxy": "a/test%2Balias@x"}),
        ("/{proxy+}", "/", {"proxy": ""}),
    ],
)
def test_path_parameters_are_not_decoded(
    resource_path: str, path: str, parameters: dict[str, str]
) -> None:
    assert path_parameters(resource_path, path) == parameters


@pytest.mark.parametrize(
    ("query_string", "single", "multiple"),
    [
        ("", None, None),
        ("&", None, None),
        ("a=x%2By", {"a": "x+y"}, {"a": ["x+y"]}),
        ("plus=a+b", {"plus": "a b"}, {"plus": ["a b"]}),
        ("zhash=abort/", {"zhash": "abort/"}, {"zhash": ["abort/"]}),
        ("price=10&price=20&price=30", {"price": "30"}, {"price": ["10", "20", "30"]}),
        ("flag", {"flag": ""}, {"flag": [""]}),
        ("a=1;b=2", {"a": "1", "b": "2"}, {"a": ["1"], "b": ["2"]}),
        ("na%20me=1", {"na me": "1"}, {"na me": ["1"]}),
        ("bad=%FF%zz", {"bad": "\ufffd%zz"}, {"bad": ["\ufffd%zz"]}),
    ],
)
def test_query_parameters_are_decoded(
    query_string: str, single: dict[str, str] | None, multiple: dict[str, list[str]] | None
) -> None:
    event = event_of(replace(REQUEST, query_string=query_string))
    assert event["queryStringParameters"] == single
    assert event["multiValueQueryStringParameters"] == multiple


def test_of_a_repeated_header_the_last_value_and_all_values_are_there() -> None:
    event = build_event(
        replace(REQUEST, headers=(("X-A", "1"), ("x-a", "2"), ("X-A", "3"))),
        ROUTE,
        new_request_ids(REQUEST, NOW),
    )
    assert event["headers"]["X-A"] == "3"
    assert event["multiValueHeaders"]["X-A"] == ["1", "3"]
    assert event["multiValueHeaders"]["x-a"] == ["2"]


@pytest.mark.parametrize("name", ["aUThorization", "AUTHORIZATION", "authorization"])
def test_some_header_names_are_canonicalised(name: str) -> None:
    assert headers_of(replace(REQUEST, headers=((name, "token"),)))["Authorization"] == "token"


def test_a_signature_stays_at_api_gateway() -> None:
    request = replace(REQUEST, headers=(("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA"),))
    assert "Authorization" not in headers_of(request)


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "Content-Length",
        "Content-MD5",
        "Expect",
        "Max-Forwards",
        "Proxy-Authenticate",
        "Server",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "WWW-Authenticate",
    ],
)
def test_the_headers_that_the_documentation_lists_are_dropped(name: str) -> None:
    assert name not in headers_of(replace(REQUEST, headers=((name, "x"),)))


@pytest.mark.parametrize("name", ["Accept", "Age", "Cookie", "Content-Encoding", "Date", "Via"])
def test_other_headers_pass(name: str) -> None:
    assert headers_of(replace(REQUEST, headers=((name, "x"),)))[name] == "x"


def test_the_source_address_cannot_be_spoofed() -> None:
    request = replace(
        REQUEST, headers=(("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "gopher"))
    )
    event = build_event(request, ROUTE, new_request_ids(request, NOW))
    assert event["requestContext"]["identity"]["sourceIp"] == "203.0.113.7"
    assert event["headers"]["X-Forwarded-For"] == "1.2.3.4, 203.0.113.7"
    assert event["headers"]["X-Forwarded-Proto"] == "https"
    assert "x-forwarded-for" not in event["headers"]


@pytest.mark.parametrize(
    "sent",
    [
        "Root=1-3152b799-8954dae64eda91bc9a23a7e8",
        "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1",
    ],
)
def test_the_clients_trace_header_passes(sent: str) -> None:
    request = replace(REQUEST, headers=(("x-amzn-trace-id", sent),))
    assert headers_of(request)["X-Amzn-Trace-Id"] == sent


def test_an_invalid_trace_header_is_replaced() -> None:
    request = replace(REQUEST, headers=(("X-Amzn-Trace-Id", "nonsense"),))
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers_of(request)["X-Amzn-Trace-Id"])


BINARY = b"\x89PNG\xff"


@pytest.mark.parametrize(
    ("content_type", "binary_media_types", "is_base64"),
    [
        ("image/png", (), False),
        ("image/png", ("image/png",), True),
        ("Image/PNG; charset=binary", ("image/png",), True),
        ("image/png", ("image/jpeg",), False),
        ("image/png", ("image/*",), True),
        ("image/png", ("*/png",), False),
        ("image/png", ("*/*",), True),
        (None, ("image/png",), False),
        (None, ("*/*",), True),
    ],
)
def test_binary_media_types_decide_how_the_body_travels(
    content_type: str | None, binary_media_types: tuple[str, ...], *, is_base64: bool
) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    event = event_of(
        replace(REQUEST, method="POST", headers=headers, body=BINARY),
        replace(ROUTE, binary_media_types=binary_media_types),
    )
    expected = base64.b64encode(BINARY).decode() if is_base64 else "\ufffdPNG\ufffd"
    assert (event["body"], event["isBase64Encoded"]) == (expected, is_base64)


def test_no_body_is_null_even_where_everything_is_binary() -> None:
    event = event_of(REQUEST, replace(ROUTE, binary_media_types=("*/*",)))
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


def test_stage_variables_authorizer_and_caller_are_there_when_set() -> None:
    route = replace(
        ROUTE,
        stage_variables={"colour": "blue"},
        authorizer={"principalId": "me"},
        caller_identity={"userArn": "arn:aws:iam::111122223333:user/me"},
    )
    event = build_event(REQUEST, route, new_request_ids(REQUEST, NOW))
    assert event["stageVariables"] == {"colour": "blue"}
    assert event["requestContext"]["authorizer"] == {"principalId": "me"}
    assert event["requestContext"]["identity"]["userArn"] == "arn:aws:iam::111122223333:user/me"
    assert event["requestContext"]["identity"]["sourceIp"] == "203.0.113.7"


def test_the_source_arn_names_stage_method_and_resource() -> None:
    assert ROUTE.source_arn("GET") == (
        "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5/dev/GET/jobs/{id}"
    )


REQUESTS = st.builds(
    HttpRequest,
    method=st.text(),
    path=st.text(),
    query_string=st.text(alphabet="ab%&=;+2F\xff") | st.text(),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["Host", "Content-Type", "X-Forwarded-For", "x-amzn-trace-id"])
            | st.text(),
            st.text(),
        )
    ).map(tuple),
    body=st.binary(),
    source_address=st.sampled_from(["127.0.0.1", "::1"]),
)


@given(REQUESTS, st.sampled_from(["/", "/{proxy+}", "/a/{b}/{c+}"]), st.sampled_from(["*/*", ""]))
def test_every_request_becomes_an_event(request: HttpRequest, path: str, binary: str) -> None:
    event = event_of(request, replace(ROUTE, resource_path=path, binary_media_types=(binary,)))
    assert set(event) == set(event_of(REQUEST))
    assert json.loads(json.dumps(event)) == event
