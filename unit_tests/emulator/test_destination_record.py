"""What Lambda sends when it is done with an event, compared with what was recorded on AWS."""

import json
from dataclasses import replace
from typing import Any

import pytest

from emulator.engine.asynchronous_event import (
    SYSTEM_ERROR,
    THROTTLED,
    AsynchronousConfiguration,
    AsynchronousFunction,
    Condition,
    EndedEvent,
    Event,
    Response,
    function_not_found,
    function_responded,
)
from emulator.engine.destination_record import (
    dead_letter_message,
    destination_message,
    invocation_record,
)
from emulator.engine.invocation import Function, InvocationResult
from emulator.engine.messages import EventBridgeEvent, LambdaEvent, SnsMessage, SqsMessage

ARN = "arn:aws:lambda:us-east-1:123456789012:function:probe"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"
TOPIC = "arn:aws:sns:us-east-1:123456789012:failures"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/results"
OTHER = "arn:aws:lambda:us-east-1:123456789012:function:other"
ENDED_AT = 1789400815.064
TRACE = "Root=1-6aa816ed-17324ae5593f5bfb008d25ef;Parent=061387df791c4565;Sampled=0"
REQUEST_ID = "2f982122-404f-4b8b-a2cc-6a39c0af70e4"
EVENT = Event(REQUEST_ID, ARN, None, b'{"raise_error": 1}', TRACE)
ERROR = (
    b'{"errorMessage": "Test exception (this is intentional)", "errorType": "Exception", '
    b'"requestId": "2f982122-404f-4b8b-a2cc-6a39c0af70e4", "stackTrace": ["  File ..."]}'
)
FAILURE = function_responded(InvocationResult(ERROR, "Unhandled"), "$LATEST")
SUCCESS = function_responded(InvocationResult(b'{"hello": "world"}'), "$LATEST")
FUNCTION = Function(
    arn=ARN,
    name="probe",
    version="$LATEST",
    handler="index.handler",
    runtime="python3.12",
    code=b"",
    code_sha256="",
    timeout_seconds=6,
    memory_megabytes=128,
)


def ended(
    condition: Condition = Condition.RETRIES_EXHAUSTED,
    attempts: int = 3,
    response: Response | None = FAILURE,
    event: Event = EVENT,
    **configuration: Any,
) -> EndedEvent:
    function = AsynchronousFunction(FUNCTION, AsynchronousConfiguration(**configuration))
    return EndedEvent(event, function, condition, attempts, response)


def record(ended_event: EndedEvent) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(invocation_record(ended_event, ENDED_AT))
    return members


def request_context(condition: str, count: int) -> dict[str, object]:
    return {
        "requestId": REQUEST_ID,
        "functionArn": f"{ARN}:$LATEST",
        "condition": condition,
        "approximateInvokeCount": count,
    }


def test_the_record_of_exhausted_retries() -> None:
    assert record(ended()) == {
        "version": "1.0",
        "timestamp": "2026-09-14T15:46:55.064Z",
        "requestContext": request_context("RetriesExhausted", 3),
        "requestPayload": {"raise_error": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": json.loads(ERROR),
    }


def test_the_record_of_an_exceeded_age_holds_the_response_of_the_last_attempt() -> None:
    assert record(ended(Condition.EVENT_AGE_EXCEEDED, 1)) == {
        **record(ended()),
        "requestContext": request_context("EventAgeExceeded", 1),
    }


def test_the_record_of_a_success() -> None:
    assert record(ended(Condition.SUCCESS, 1, SUCCESS)) == {
        "version": "1.0",
        "timestamp": "2026-09-14T15:46:55.064Z",
        "requestContext": request_context("Success", 1),
        "requestPayload": {"raise_error": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"hello": "world"},
    }


def test_a_success_after_failures_says_that_the_function_was_invoked_once() -> None:
    context = record(ended(Condition.SUCCESS, 3, SUCCESS))["requestContext"]
    assert context == request_context("Success", 1)


def test_the_record_of_an_event_that_expired_throttled() -> None:
    assert record(ended(Condition.EVENT_AGE_EXCEEDED, 0, THROTTLED)) == {
        "version": "1.0",
        "timestamp": "2026-09-14T15:46:55.064Z",
        "requestContext": request_context("EventAgeExceeded", 0),
        "requestPayload": {"raise_error": 1},
        "responseContext": {"statusCode": 429},
    }


def test_the_record_of_zero_reserved_concurrency_has_no_response() -> None:
    assert record(ended(Condition.ZERO_RESERVED_CONCURRENCY, 0, None)) == {
        "version": "1.0",
        "timestamp": "2026-09-14T15:46:55.064Z",
        "requestContext": request_context("ZeroReservedConcurrency", 0),
        "requestPayload": {"raise_error": 1},
    }


def test_the_record_of_a_deleted_function() -> None:
    deleted = record(ended(response=function_not_found(EVENT)))
    assert deleted["responseContext"] == {"statusCode": 404}
    assert "responsePayload" not in deleted


def test_the_record_names_the_version_or_alias_that_the_caller_named() -> None:
    aliased = record(ended(event=replace(EVENT, qualifier="live")))
    assert aliased["requestContext"]["functionArn"] == f"{ARN}:live"


def test_the_record_names_the_version_that_ran() -> None:
    version = function_responded(InvocationResult(b"null"), "7")
    context = record(ended(Condition.SUCCESS, 1, version))["responseContext"]
    assert context == {"statusCode": 200, "executedVersion": "7"}


def test_the_record_is_compact_and_holds_request_and_response_byte_for_byte() -> None:
    event = replace(EVENT, payload=' {"label": "λ", "items": [1,true]}\n'.encode())
    response = function_responded(InvocationResult(b'{"a":  1.0}'), "$LATEST")
    assert invocation_record(ended(Condition.SUCCESS, 1, response, event), ENDED_AT) == (
        '{"version":"1.0","timestamp":"2026-09-14T15:46:55.064Z","requestContext":{"requestId":"'
        + REQUEST_ID
        + '","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:probe:$LATEST",'
        '"condition":"Success","approximateInvokeCount":1},'
        '"requestPayload": {"label": "λ", "items": [1,true]}\n,'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},'
        '"responsePayload":{"a":  1.0}}'
    )


def test_a_time_of_a_whole_second_is_written_with_milliseconds() -> None:
    assert json.loads(invocation_record(ended(), 0.0))["timestamp"] == "1970-01-01T00:00:00.000Z"


def test_a_queue_gets_the_record_as_body_and_the_trace_header() -> None:
    event = ended(on_failure=QUEUE)
    assert destination_message(event, ENDED_AT) == SqsMessage(
        QUEUE, invocation_record(event, ENDED_AT), trace_header=TRACE
    )


def test_a_topic_gets_the_record_as_message() -> None:
    event = ended(on_failure=TOPIC)
    assert destination_message(event, ENDED_AT) == SnsMessage(
        TOPIC, invocation_record(event, ENDED_AT)
    )


def test_a_function_gets_the_record_as_event() -> None:
    event = ended(on_failure=OTHER)
    assert destination_message(event, ENDED_AT) == LambdaEvent(
        OTHER, invocation_record(event, ENDED_AT).encode(), TRACE
    )


@pytest.mark.parametrize(
    ("event", "detail_type"),
    [
        (ended(on_failure=BUS), "Lambda Function Invocation Result - Failure"),
        (
            ended(Condition.SUCCESS, 1, SUCCESS, on_success=BUS),
            "Lambda Function Invocation Result - Success",
        ),
    ],
)
def test_an_event_bus_gets_the_record_as_detail(event: EndedEvent, detail_type: str) -> None:
    assert destination_message(event, ENDED_AT) == EventBridgeEvent(
        BUS,
        source="lambda",
        detail_type=detail_type,
        detail=invocation_record(event, ENDED_AT),
        resources=(BUS, f"{ARN}:$LATEST"),
        trace_header=TRACE,
    )


@pytest.mark.parametrize("condition", [each for each in Condition if each != "Success"])
def test_every_failure_goes_to_the_failure_destination(condition: Condition) -> None:
    message = destination_message(ended(condition, on_success=TOPIC, on_failure=QUEUE), ENDED_AT)
    assert isinstance(message, SqsMessage)


def test_a_success_goes_to_the_success_destination() -> None:
    event = ended(Condition.SUCCESS, 1, SUCCESS, on_success=TOPIC, on_failure=QUEUE)
    assert isinstance(destination_message(event, ENDED_AT), SnsMessage)


@pytest.mark.parametrize(
    "event", [ended(on_success=QUEUE), ended(Condition.SUCCESS, 1, SUCCESS, on_failure=QUEUE)]
)
def test_nothing_is_sent_without_a_destination_for_the_condition(event: EndedEvent) -> None:
    assert destination_message(event, ENDED_AT) is None


def test_a_destination_of_another_service_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be a destination"):
        destination_message(ended(on_failure="arn:aws:kinesis:us-east-1:1:stream/s"), ENDED_AT)


def record_of_size(size: int, target: str) -> EndedEvent:
    smallest = len(invocation_record(ended(event=replace(EVENT, payload=b'""')), ENDED_AT))
    payload = b'"' + b"x" * (size - smallest) + b'"'
    return ended(event=replace(EVENT, payload=payload), on_failure=target)


def test_a_record_of_256_kb_reaches_a_topic_whole() -> None:
    message = destination_message(record_of_size(262_144, TOPIC), ENDED_AT)
    assert isinstance(message, SnsMessage)
    assert len(message.message) == 262_144


def test_a_record_over_256_kb_reaches_a_topic_without_its_payloads() -> None:
    message = destination_message(record_of_size(262_145, TOPIC), ENDED_AT)
    assert isinstance(message, SnsMessage)
    assert list(json.loads(message.message)) == [
        "version",
        "timestamp",
        "requestContext",
        "responseContext",
    ]


def test_a_record_over_256_kb_reaches_a_queue_whole() -> None:
    message = destination_message(record_of_size(262_145, QUEUE), ENDED_AT)
    assert isinstance(message, SqsMessage)
    assert len(message.body) == 262_145


def test_a_dead_letter_is_the_event_unchanged_with_three_attributes() -> None:
    payload = ' {"label": "λ", "items": [1,true,"x"]}\n'
    event = replace(EVENT, payload=payload.encode())
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": REQUEST_ID},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {
            "DataType": "String",
            "StringValue": "Test exception (this is intentional)",
        },
    }
    assert dead_letter_message(ended(event=event, dead_letter_target=QUEUE)) == SqsMessage(
        QUEUE, payload, attributes, TRACE
    )
    assert dead_letter_message(ended(event=event, dead_letter_target=TOPIC)) == SnsMessage(
        TOPIC, payload, attributes
    )


def attributes_of(event: EndedEvent) -> dict[str, str]:
    message = dead_letter_message(event)
    assert isinstance(message, SqsMessage)
    return {name: value["StringValue"] for name, value in message.attributes.items()}


@pytest.mark.parametrize(
    ("response", "code", "message"),
    [
        (THROTTLED, "429", "Rate Exceeded."),
        (SYSTEM_ERROR, "500", "The Lambda service encountered an internal error."),
        (function_not_found(EVENT), "404", f"Function not found: {ARN}:$LATEST"),
    ],
)
def test_the_dead_letter_of_an_event_that_did_not_run(
    response: Response, code: str, message: str
) -> None:
    assert attributes_of(ended(response=response, dead_letter_target=QUEUE)) == {
        "RequestID": REQUEST_ID,
        "ErrorCode": code,
        "ErrorMessage": message,
    }


def test_the_dead_letter_of_zero_reserved_concurrency_has_no_error_code() -> None:
    event = ended(Condition.ZERO_RESERVED_CONCURRENCY, 0, None, dead_letter_target=QUEUE)
    assert attributes_of(event) == {
        "RequestID": REQUEST_ID,
        "ErrorMessage": (
            "Function not invoked. Function isconfigured with zero reserved concurrent executions"
        ),
    }


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, "x" * 1024),
        ("x" + "é" * 600, "x" + "é" * 511),
    ],
)
def test_the_error_message_is_cut_after_1_kb_and_not_within_a_character(
    error: str, kept: str
) -> None:
    payload = json.dumps({"errorMessage": error}).encode()
    response = function_responded(InvocationResult(payload, "Unhandled"), "$LATEST")
    event = ended(response=response, dead_letter_target=QUEUE)
    assert attributes_of(event)["ErrorMessage"] == kept


@pytest.mark.parametrize("payload", [b'{"errorMessage": ""}', b"{}", b'"text"', b""])
def test_no_error_message_leaves_the_attribute_out(payload: bytes) -> None:
    response = function_responded(InvocationResult(payload, "Unhandled"), "$LATEST")
    event = ended(response=response, dead_letter_target=QUEUE)
    assert set(attributes_of(event)) == {"RequestID", "ErrorCode"}


@pytest.mark.parametrize(
    "event", [ended(), ended(Condition.SUCCESS, 1, SUCCESS, dead_letter_target=QUEUE)]
)
def test_no_dead_letter_without_a_queue_or_for_a_success(event: EndedEvent) -> None:
    assert dead_letter_message(event) is None


def test_a_dead_letter_queue_of_another_service_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be a dead-letter queue"):
        dead_letter_message(ended(dead_letter_target=OTHER))


def test_destination_and_dead_letter_queue_both_get_their_copy() -> None:
    event = ended(on_failure=TOPIC, dead_letter_target=QUEUE)
    assert isinstance(destination_message(event, ENDED_AT), SnsMessage)
    assert isinstance(dead_letter_message(event), SqsMessage)
