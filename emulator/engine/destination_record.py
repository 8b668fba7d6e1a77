"""What Lambda sends when it is done with an event: invocation record and dead letter.

A destination gets the invocation record: the event, the function's response and why Lambda is done
(AS-15 to AS-21). A function's dead-letter queue gets the event itself, unchanged, and three message
attributes (AS-24). When both are configured, both are sent (AS-25).

Source: "Capturing records of Lambda asynchronous invocations" in the Lambda Developer Guide.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from emulator.engine.asynchronous_event import Condition, EndedEvent, Response
from emulator.engine.messages import (
    EventBridgeEvent,
    LambdaEvent,
    Message,
    MessageAttributes,
    SnsMessage,
    SqsMessage,
    attribute,
)

LARGEST_SNS_MESSAGE = 256 * 1024
LONGEST_ERROR_MESSAGE = 1024
ZERO_CONCURRENCY_MESSAGE = (
    # As AWS spells it (AS-14).
    "Function not invoked. Function isconfigured with zero reserved concurrent executions"
)


def destination_message(ended: EndedEvent, ended_at: float) -> Message | None:
    """Build the message to the OnSuccess or OnFailure destination; None when there is none.

    ended_at is in seconds since 1970. Raises ValueError for a destination of another service than
    SQS, SNS, Lambda or EventBridge.
    """
    succeeded = ended.condition is Condition.SUCCESS
    configuration = ended.function.configuration
    destination = configuration.on_success if succeeded else configuration.on_failure
    if destination is None:
        return None
    record = invocation_record(ended, ended_at)
    trace_header = ended.event.trace_header
    match _service(destination):
        case "sqs":
            return SqsMessage(destination, record, trace_header=trace_header)
        case "sns":
            return SnsMessage(destination, _fit_for_sns(record, ended, ended_at))
        case "lambda":
            return LambdaEvent(destination, record.encode(), trace_header)
        case "events":
            return EventBridgeEvent(
                destination,
                source="lambda",
                detail_type=f"Lambda Function Invocation Result - "
                f"{'Success' if succeeded else 'Failure'}",
                detail=record,
                resources=(destination, ended.event.qualified_function_arn),
                trace_header=trace_header,
            )
    raise ValueError(f"{destination} cannot be a destination: use SQS, SNS, Lambda or EventBridge")


def invocation_record(ended: EndedEvent, ended_at: float, *, with_payloads: bool = True) -> str:
    """Build the record as a JSON text, request and response in it byte for byte.

    ended_at is in seconds since 1970.
    """
    members: dict[str, str] = {
        "version": _json("1.0"),
        "timestamp": _json(_timestamp(ended_at)),
        "requestContext": _json(_request_context(ended)),
    }
    if with_payloads:
        members["requestPayload"] = ended.event.payload.decode()
    if ended.response is not None:
        members["responseContext"] = _json(_response_context(ended.response))
        if with_payloads and ended.response.payload is not None:
            members["responsePayload"] = ended.response.payload.decode()
    return "{" + ",".join(f"{_json(name)}:{value}" for name, value in members.items()) + "}"


def dead_letter_message(ended: EndedEvent) -> Message | None:
    """Build the message to the function's dead-letter queue or topic; None when there is none.

    Raises ValueError for a target of another service than SQS or SNS.
    """
    target = ended.function.configuration.dead_letter_target
    if target is None or ended.condition is Condition.SUCCESS:
        return None
    event = ended.event.payload.decode()
    attributes = _dead_letter_attributes(ended)
    match _service(target):
        case "sqs":
            return SqsMessage(target, event, attributes, ended.event.trace_header)
        case "sns":
            return SnsMessage(target, event, attributes)
    raise ValueError(f"{target} cannot be a dead-letter queue: use SQS or SNS")


def _request_context(ended: EndedEvent) -> Mapping[str, object]:
    # A success says 1 even when attempts before it failed (AS-17).
    invoke_count = 1 if ended.condition is Condition.SUCCESS else ended.attempts
    return {
        "requestId": ended.event.request_id,
        "functionArn": ended.event.qualified_function_arn,
        "condition": ended.condition,
        "approximateInvokeCount": invoke_count,
    }


def _response_context(response: Response) -> Mapping[str, object]:
    context: dict[str, object] = {"statusCode": response.status_code}
    if response.executed_version is not None:
        context["executedVersion"] = response.executed_version
    if response.function_error is not None:
        context["functionError"] = response.function_error
    return context


def _dead_letter_attributes(ended: EndedEvent) -> MessageAttributes:
    attributes = {"RequestID": attribute(ended.event.request_id)}
    if ended.response is not None:
        attributes["ErrorCode"] = attribute(str(ended.response.status_code), "Number")
    message = _error_message(ended).encode()[:LONGEST_ERROR_MESSAGE].decode(errors="ignore")
    # A queue refuses a message with an empty attribute, and the event must not be lost for it.
    if message:
        attributes["ErrorMessage"] = attribute(message)
    return attributes


def _error_message(ended: EndedEvent) -> str:
    response = ended.response
    if response is None:
        return ZERO_CONCURRENCY_MESSAGE
    if response.error_message is not None:
        return response.error_message
    error = json.loads(response.payload or b"null")
    return str(error.get("errorMessage", "")) if isinstance(error, dict) else ""


def _fit_for_sns(record: str, ended: EndedEvent, ended_at: float) -> str:
    """Leave the payloads out of a record that is too large for a topic (AS-21)."""
    if len(record.encode()) <= LARGEST_SNS_MESSAGE:
        return record
    return invocation_record(ended, ended_at, with_payloads=False)


def _service(arn: str) -> str:
    return arn.split(":")[2]


def _timestamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
