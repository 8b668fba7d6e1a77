"""Invoke with InvocationType Event: accepted, queued, retried, and where it ends."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

RAISE = "def handler(event, context):\n    raise ValueError('no')\n"
SLOW = "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n"


def test_the_caller_gets_202_and_nothing_else(aws: Any) -> None:
    response = aws.invoke(aws.function(RAISE), {}, InvocationType="Event")

    assert response["StatusCode"] == 202
    assert response["Payload"].read() == b""
    assert not {"ExecutedVersion", "FunctionError", "LogResult"} & response.keys()


def test_a_success_is_recorded_with_the_request_id_of_the_caller(aws: Any) -> None:
    function = aws.function()
    queue = aws.destinations(function)

    response = aws.invoke(function, {"key": "value"}, InvocationType="Event")

    record = queue.take_record()
    assert record["requestContext"] == {
        "requestId": response["ResponseMetadata"]["RequestId"],
        "functionArn": f"{function}:$LATEST",
        "condition": "Success",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == record["responsePayload"] == {"key": "value"}


def test_a_failing_event_is_tried_three_times_and_ends_in_both_sinks(aws: Any) -> None:
    dead_letters = aws.queue()
    function = aws.function(RAISE, DeadLetterConfig={"TargetArn": dead_letters.arn})
    queue = aws.destinations(function, retries=2)

    response = aws.invoke(function, {"key": "value"}, InvocationType="Event")

    record = queue.take_record(within=20)
    context = record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    assert record["responsePayload"]["errorType"] == "ValueError"
    letter = dead_letters.take()
    assert json.loads(letter["Body"]) == {"key": "value"}
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": response["ResponseMetadata"]["RequestId"],
        "ErrorCode": "200",
        "ErrorMessage": "no",
    }
    assert "AWSTraceHeader" in letter["Attributes"]


def test_an_alias_has_retries_of_its_own(aws: Any) -> None:
    function = aws.function(RAISE)
    aws.lambda_.create_alias(FunctionName=function, Name="once", FunctionVersion="$LATEST")
    aws.destinations(function, retries=2)
    queue = aws.destinations(function, retries=0, Qualifier="once")

    aws.invoke(function, {}, InvocationType="Event", Qualifier="once")

    context = queue.take_record()["requestContext"]
    assert context["approximateInvokeCount"] == 1
    assert context["functionArn"] == f"{function}:once"


def test_without_concurrency_the_event_ends_at_once(aws: Any) -> None:
    function = aws.function()
    queue = aws.destinations(function, retries=2)
    aws.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    response = aws.invoke(function, {}, InvocationType="Event")

    assert response["StatusCode"] == 202
    record = queue.take_record()
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert "responseContext" not in record


def test_a_throttled_event_waits_and_runs_later(aws: Any) -> None:
    function = aws.function(SLOW)
    queue = aws.destinations(function)
    aws.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)

    aws.invoke(function, {"seconds": 1}, InvocationType="Event")
    aws.invoke(function, {"seconds": 0}, InvocationType="Event")

    records = [queue.take_record() for _ in range(2)]
    assert {record["requestContext"]["condition"] for record in records} == {"Success"}


def test_a_payload_of_more_than_1_mb_is_refused(aws: Any) -> None:
    function = aws.function()
    payload = json.dumps("x" * (1024 * 1024)).encode()

    with pytest.raises(ClientError) as refused:
        aws.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=payload)

    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_a_function_that_does_not_exist_is_refused_at_once(aws: Any) -> None:
    with pytest.raises(ClientError) as refused:
        aws.invoke("nobody", {}, InvocationType="Event")

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_role_that_may_not_send_loses_the_record_but_not_the_next_event(aws: Any) -> None:
    function = aws.function(role=aws.role([]))
    queue = aws.destinations(function)
    other = aws.function()
    other_queue = aws.destinations(other)

    aws.invoke(function, {}, InvocationType="Event")
    aws.invoke(other, {}, InvocationType="Event")

    assert other_queue.take_record()["requestContext"]["condition"] == "Success"
    assert queue.count() == 0


def test_a_function_can_be_the_destination_of_another(aws: Any) -> None:
    second = aws.function()
    queue = aws.destinations(second)
    first = aws.function()
    aws.lambda_.put_function_event_invoke_config(
        FunctionName=first, DestinationConfig={"OnSuccess": {"Destination": second}}
    )

    aws.invoke(first, {"key": "value"}, InvocationType="Event")

    record = queue.take_record()
    assert record["requestPayload"]["requestPayload"] == {"key": "value"}


def test_the_config_reads_the_same_with_and_without_the_qualifier_of_the_latest(aws: Any) -> None:
    function = aws.function()
    aws.lambda_.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=1)

    unqualified = aws.lambda_.get_function_event_invoke_config(FunctionName=function)
    qualified = aws.lambda_.get_function_event_invoke_config(
        FunctionName=function, Qualifier="$LATEST"
    )

    for config in (unqualified, qualified):
        del config["ResponseMetadata"]
    assert unqualified == qualified
    assert unqualified["FunctionArn"] == f"{function}:$LATEST"


def test_an_update_keeps_what_it_does_not_name(aws: Any) -> None:
    function = aws.function()
    aws.lambda_.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=1)

    aws.lambda_.update_function_event_invoke_config(
        FunctionName=function, MaximumEventAgeInSeconds=90
    )

    config = aws.lambda_.get_function_event_invoke_config(FunctionName=function)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 90)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "InvalidParameterValueException"),
        ({"MaximumRetryAttempts": 3}, "ValidationException"),
        ({"MaximumEventAgeInSeconds": 21_601}, "ValidationException"),
    ],
)
def test_a_config_that_lambda_does_not_take_is_refused(
    aws: Any, settings: dict[str, int], code: str
) -> None:
    function = aws.function()

    with pytest.raises(ClientError) as refused:
        aws.lambda_.put_function_event_invoke_config(FunctionName=function, **settings)

    assert refused.value.response["Error"]["Code"] == code


def test_a_function_cannot_be_its_own_destination(aws: Any) -> None:
    function = aws.function()

    with pytest.raises(ClientError, match="as a destination for itself"):
        aws.lambda_.put_function_event_invoke_config(
            FunctionName=function, DestinationConfig={"OnFailure": {"Destination": function}}
        )
