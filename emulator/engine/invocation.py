"""What an invocation is, for every part of the engine: the function, one call of it, its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class LogFormat(StrEnum):
    """LoggingConfig.LogFormat of a function."""

    TEXT = "Text"
    JSON = "JSON"


@dataclass(frozen=True)
class Function:
    """One version of a function, as the engine needs it to run the code.

    arn is unqualified; code is the deployment package (a zip file); environment holds the
    function's own variables only. reserved_concurrency None means unreserved.
    """

    arn: str
    name: str
    version: str
    handler: str
    runtime: str
    code: bytes
    code_sha256: str
    timeout_seconds: int
    memory_megabytes: int
    environment: Mapping[str, str] = field(default_factory=dict)
    role_arn: str = ""
    log_group: str = ""
    log_format: LogFormat = LogFormat.TEXT
    tracing_active: bool = False
    reserved_concurrency: int | None = None


@dataclass(frozen=True)
class Invocation:
    """One attempt to run a function.

    request_id is `context.aws_request_id`; an asynchronous event keeps it over all attempts.
    invoked_function_arn carries the qualifier that the caller used, if any.
    """

    request_id: str
    payload: bytes
    invoked_function_arn: str
    trace_header: str | None = None
    client_context: str | None = None


@dataclass(frozen=True)
class InvocationResult:
    """What the function made of one invocation.

    payload is the response or the error object, as bytes of JSON. function_error is `Unhandled`
    when the function failed, else None. log_tail holds at most the last 4 KB of the log.
    """

    payload: bytes
    function_error: str | None = None
    log_tail: bytes = b""
    billed_milliseconds: int = 0


class ThrottleReason(StrEnum):
    """Reason of a TooManyRequestsException (Lambda API model, ThrottleReason)."""

    RESERVED_FUNCTION_CONCURRENCY = "ReservedFunctionConcurrentInvocationLimitExceeded"
    ACCOUNT_CONCURRENCY = "ConcurrentInvocationLimitExceeded"


class Throttled(Exception):
    """No execution environment may be used for this invocation now; the function did not run."""

    def __init__(self, reason: ThrottleReason) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


class LogSink(Protocol):
    """Where execution environments write their log."""

    def put(
        self, log_group: str, log_stream: str, events: list[tuple[int, str]], role_arn: str
    ) -> None:
        """Append events, each a time in milliseconds since 1970 and a message.

        What the execution role may not write is lost, without a word to anybody.
        """
