"""An event that was invoked asynchronously, the function it is for, and how attempts at it end."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol

from emulator.engine.invocation import Function, InvocationResult

RETRY_ATTEMPTS_ALLOWED = range(3)
EVENT_AGES_ALLOWED = range(60, 21_601)


@dataclass(frozen=True)
class Event:
    """One asynchronous invocation, as the caller handed it over.

    function_arn is unqualified, qualifier is the version or alias that the caller named, if any.
    payload is a JSON text. All attempts have the same request_id (AS-07).
    """

    request_id: str
    function_arn: str
    qualifier: str | None
    payload: bytes
    trace_header: str | None = None

    @property
    def invoked_function_arn(self) -> str:
        """The function as the caller named it: `context.invoked_function_arn`."""
        return f"{self.function_arn}:{self.qualifier}" if self.qualifier else self.function_arn

    @property
    def qualified_function_arn(self) -> str:
        """The function as records of the event name it: always with a qualifier (AS-15)."""
        return f"{self.function_arn}:{self.qualifier or '$LATEST'}"


@dataclass(frozen=True)
class AsynchronousConfiguration:
    """What a function, version or alias configures for asynchronous invocation.

    The first four are its event invoke config (PutFunctionEventInvokeConfig), destinations as
    ARNs. dead_letter_target is DeadLetterConfig.TargetArn, a queue or a topic. Raises ValueError
    for numbers that Lambda refuses (AS-08).
    """

    maximum_retry_attempts: int = 2
    maximum_event_age_seconds: int = 21_600
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter_target: str | None = None

    def __post_init__(self) -> None:
        if self.maximum_retry_attempts not in RETRY_ATTEMPTS_ALLOWED:
            raise ValueError(f"MaximumRetryAttempts is {self.maximum_retry_attempts}, not 0 to 2")
        if self.maximum_event_age_seconds not in EVENT_AGES_ALLOWED:
            raise ValueError(
                f"MaximumEventAgeInSeconds is {self.maximum_event_age_seconds}, not 60 to 21600"
            )


@dataclass(frozen=True)
class AsynchronousFunction:
    """A function together with what it configures for asynchronous invocation."""

    function: Function
    configuration: AsynchronousConfiguration


class FunctionDirectory(Protocol):
    """Where the functions are, as they are now: code and configuration may change meanwhile."""

    def find(self, function_arn: str, qualifier: str | None) -> AsynchronousFunction | None:
        """Find a function by unqualified ARN and version or alias; None when there is none.

        Is called in the thread that accepts an event and in the event loop.
        """


@dataclass(frozen=True)
class Response:
    """How an attempt ended: the function's response, or the error that kept it from running.

    status_code is 200 whenever the function ran, even when it failed. payload, executed_version
    and function_error are the function's, error_message is Lambda's.
    """

    status_code: int
    payload: bytes | None = None
    executed_version: str | None = None
    function_error: str | None = None
    error_message: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the function ran and returned."""
        return self.status_code == HTTPStatus.OK and self.function_error is None

    @property
    def is_attempt(self) -> bool:
        """Whether this counts as an attempt; throttles and system errors do not (AS-11)."""
        return self.status_code not in (
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )


THROTTLED = Response(HTTPStatus.TOO_MANY_REQUESTS, error_message="Rate Exceeded.")
SYSTEM_ERROR = Response(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    error_message="The Lambda service encountered an internal error.",
)


def function_not_found(event: Event) -> Response:
    """Build the response when the function is gone: deleted while the event waited (AS-30)."""
    return Response(
        HTTPStatus.NOT_FOUND,
        error_message=f"Function not found: {event.qualified_function_arn}",
    )


def function_responded(result: InvocationResult, executed_version: str) -> Response:
    """Build the response when the function ran, whether it failed or not."""
    return Response(
        HTTPStatus.OK,
        payload=result.payload,
        executed_version=executed_version,
        function_error=result.function_error,
    )


class Condition(StrEnum):
    """Why Lambda is done with an event, as the invocation record says it (AS-16)."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVENT_AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"


@dataclass(frozen=True)
class EndedEvent:
    """The event is done: what is left is to send it to a destination or dead-letter queue."""

    event: Event
    function: AsynchronousFunction
    condition: Condition
    attempts: int
    response: Response | None
