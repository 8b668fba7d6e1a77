"""Invoke, synchronously: what comes back for what is sent."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

IDS = "def handler(event, context):\n    return context.aws_request_id\n"
CONTEXT = "def handler(event, context):\n    return context.client_context.custom\n"
TRACE = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"
ARN = "def handler(event, context):\n    return context.invoked_function_arn\n"
LARGE = "def handler(event, context):\n    return 'x' * event\n"
RAISE = "def handler(event, context):\n    raise KeyError('what')\n"


def refusal(error: ClientError) -> tuple[int, str]:
    return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


def test_the_payload_comes_back_with_the_version_that_ran(aws: Any) -> None:
    response = aws.invoke(aws.function(), {"answer": [42, None, "ä"]})

    assert response["StatusCode"] == 200
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response
    assert json.loads(response["Payload"].read()) == {"answer": [42, None, "ä"]}


def test_the_request_id_is_the_one_that_the_function_sees(aws: Any) -> None:
    response = aws.invoke(aws.function(IDS), {})

    assert json.loads(response["Payload"].read()) == response["ResponseMetadata"]["RequestId"]


def test_a_function_that_raises_is_a_success_with_a_function_error(aws: Any) -> None:
    response = aws.invoke(aws.function(RAISE), {})

    error = json.loads(response["Payload"].read())
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert error["errorType"] == "KeyError"


def test_the_tail_of_the_log_comes_back_where_it_is_asked_for(aws: Any) -> None:
    function = aws.function("def handler(event, context):\n    print('hello')\n")

    with_log = aws.invoke(function, {}, LogType="Tail")
    without_log = aws.invoke(function, {})

    log = base64.b64decode(with_log["LogResult"]).decode()
    request_id = with_log["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id}" in log
    assert "hello\n" in log
    assert f"REPORT RequestId: {request_id}" in log
    assert "LogResult" not in without_log


def test_an_empty_payload_is_an_empty_object(aws: Any) -> None:
    response = aws.lambda_.invoke(FunctionName=aws.function())

    assert response["Payload"].read() == b"{}"


@pytest.mark.parametrize("payload", [b"not json", b"{'a': 1}", b"[1,", b"NaN", b"\xff\xfe"])
def test_a_payload_that_is_no_json_is_refused(aws: Any, payload: bytes) -> None:
    function = aws.function()

    with pytest.raises(ClientError) as refused:
        aws.lambda_.invoke(FunctionName=function, Payload=payload)

    assert refusal(refused.value) == (400, "InvalidRequestContentException")


def test_a_payload_of_more_than_6_mb_is_refused(aws: Any) -> None:
    function = aws.function("def handler(event, context):\n    return len(event)\n")
    largest = json.dumps("x" * (6_291_456 - 2)).encode()

    response = aws.lambda_.invoke(FunctionName=function, Payload=largest)
    with pytest.raises(ClientError) as refused:
        aws.lambda_.invoke(FunctionName=function, Payload=largest + b" ")

    assert response["Payload"].read() == b"6291454"
    assert refusal(refused.value) == (413, "RequestTooLargeException")


def test_a_response_of_more_than_6_mb_is_a_function_error(aws: Any) -> None:
    response = aws.invoke(aws.function(LARGE), 6_300_000)

    assert response["FunctionError"] == "Unhandled"
    error = json.loads(response["Payload"].read())
    assert error["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_function_that_does_not_exist_is_named_with_its_qualifier(aws: Any) -> None:
    with pytest.raises(ClientError) as refused:
        aws.invoke("nobody", {})

    assert refusal(refused.value) == (404, "ResourceNotFoundException")
    assert refused.value.response["Error"]["Message"] == (
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody:$LATEST"
    )


def test_a_throttled_invocation_says_which_limit_it_met(aws: Any) -> None:
    function = aws.function()
    aws.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    with pytest.raises(ClientError) as refused:
        aws.invoke(function, {})

    response: Any = refused.value.response
    assert refusal(refused.value) == (429, "TooManyRequestsException")
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (response["Type"], response["Error"]["Message"]) == ("User", "Rate Exceeded.")


def test_a_dry_run_runs_nothing(aws: Any) -> None:
    response = aws.invoke(aws.function(RAISE), {}, InvocationType="DryRun")

    assert (response["StatusCode"], response["Payload"].read()) == (204, b"")


def test_the_client_context_reaches_the_function(aws: Any) -> None:
    context = base64.b64encode(json.dumps({"custom": {"key": "value"}}).encode()).decode()

    response = aws.invoke(aws.function(CONTEXT), {}, ClientContext=context)

    assert json.loads(response["Payload"].read()) == {"key": "value"}


def test_the_trace_of_the_caller_goes_on_in_the_function(aws: Any) -> None:
    root = "1-5759e988-bd862e3fe1be46a994272793"
    path = f"/2015-03-31/functions/{aws.function(TRACE).rpartition(':')[2]}/invocations"

    _, payload = aws.http("POST", path, b"{}", {"X-Amzn-Trace-Id": f"Root={root}"})

    assert json.loads(payload).startswith(f"Root={root};Parent=")


def test_an_alias_runs_the_version_it_points_to(aws: Any) -> None:
    function = aws.function(ARN)
    version = aws.lambda_.publish_version(FunctionName=function)["Version"]
    aws.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)

    response = aws.invoke(function, {}, Qualifier="live")

    assert response["ExecutedVersion"] == version
    assert json.loads(response["Payload"].read()) == f"{function}:live"


def test_an_invocation_type_that_does_not_exist_is_refused(aws: Any) -> None:
    path = f"/2015-03-31/functions/{aws.function().rpartition(':')[2]}/invocations"

    response, _ = aws.http("POST", path, b"{}", {"X-Amz-Invocation-Type": "Later"})

    assert (response.status, response.headers["x-amzn-ErrorType"]) == (
        400,
        "InvalidParameterValueException",
    )


def test_a_runtime_that_cannot_run_here_is_refused_with_the_reason(aws: Any) -> None:
    name = aws.name()
    aws.lambda_.create_function(
        FunctionName=name,
        Runtime="java21",
        Handler="Handler",
        Role=aws.role([]),
        Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
    )
    aws.lambda_.get_waiter("function_active_v2").wait(FunctionName=name)

    with pytest.raises(ClientError) as refused:
        aws.invoke(name, {})

    assert refusal(refused.value) == (502, "InvalidRuntimeException")
    assert "Python functions only" in refused.value.response["Error"]["Message"]
