"""What CreateEventSourceMapping and UpdateEventSourceMapping refuse for an SQS queue.

Error codes and texts are AWS's (QS-03, QS-05, QS-06 and the constraints of the API's model). Known
from reports, not from a recording: the texts on the visibility timeout (QS-07), on a batching
window for a FIFO queue, on StartingPosition and on missing permissions. Unconfirmed: the text for
too many filters, the one for a value of the wrong type, and which error comes first when a request
deserves several.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, TypeVar

from emulator.engine.event_filter import FilterPattern
from emulator.engine.event_filter_comparisons import InvalidFilterPattern
from emulator.engine.mapping_configuration import MappingConfiguration

REPORT_BATCH_ITEM_FAILURES = "ReportBatchItemFailures"

T = TypeVar("T")

_LARGEST_BATCH_WITHOUT_WINDOW = 10
_MAXIMUM_FILTERS = 5
_MAXIMUM_PATTERN_LENGTH = 4096
_BATCH_SIZE_RANGE = (1, 10_000)
_WINDOW_RANGE = (0, 300)
_MAXIMUM_CONCURRENCY_RANGE = (2, 1000)


class MappingRefused(Exception):
    """The API refuses the request, with this error code, text and HTTP status."""

    def __init__(
        self, code: str, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class MappedFunction:
    """The function that FunctionName of the request stands for; arn carries its qualifier."""

    arn: str
    name: str
    timeout_seconds: int


@dataclass(frozen=True)
class MappedQueue:
    """The queue that EventSourceArn of the request stands for.

    denied_action is the first of ReceiveMessage, DeleteMessage and GetQueueAttributes that the
    function's execution role may not call on it; None when it may call all three (QS-60).
    """

    visibility_timeout_seconds: int
    denied_action: str | None = None


def validate_create(
    request: Mapping[str, Any],
    function: MappedFunction | None,
    queue: MappedQueue | None,
    existing: Mapping[str, MappingConfiguration],
) -> MappingConfiguration:
    """Check a CreateEventSourceMapping request (its JSON body) and return the mapping's settings.

    function and queue are None when they do not exist; existing holds the account's mappings by
    UUID. Raises MappingRefused.
    """
    _check_model(request)
    if not _member(request, "EventSourceArn", str):
        raise _invalid_parameter("Unrecognized event source.")
    _check_unsupported(request)
    if function is None:
        raise _invalid_parameter("Function does not exist")
    configuration = _apply(
        request,
        MappingConfiguration(
            queue_arn=request["EventSourceArn"],
            function_arn=function.arn,
            function_timeout_seconds=function.timeout_seconds,
        ),
    )
    _check_settings(configuration)
    _check_queue(queue, function)
    _check_duplicate(configuration, function, existing)
    return configuration


def validate_update(
    request: Mapping[str, Any],
    current: MappingConfiguration,
    function: MappedFunction | None,
    queue: MappedQueue | None,
) -> MappingConfiguration:
    """Check an UpdateEventSourceMapping request (its JSON body) and return the new settings.

    Settings that the request leaves out keep their current value; function is the one that the
    mapping invokes from now on. Raises MappingRefused.
    """
    _check_model(request)
    _check_unsupported(request)
    if function is None:
        raise _invalid_parameter("Function does not exist")
    configuration = _apply(
        request,
        replace(
            current,
            function_arn=function.arn,
            function_timeout_seconds=function.timeout_seconds,
        ),
    )
    _check_settings(configuration)
    _check_queue(queue, function)
    return configuration


def _invalid_parameter(message: str) -> MappingRefused:
    return MappingRefused("InvalidParameterValueException", message)


def _check_model(request: Mapping[str, Any]) -> None:
    violations = list(_model_violations(request))
    if violations:
        found = "validation error" if len(violations) == 1 else "validation errors"
        message = f"{len(violations)} {found} detected: {'; '.join(violations)}"
        raise MappingRefused("ValidationException", message)


def _model_violations(request: Mapping[str, Any]) -> Iterator[str]:
    scaling = _member(request, "ScalingConfig", dict)
    yield from _outside(request.get("BatchSize"), "batchSize", _BATCH_SIZE_RANGE)
    yield from _outside(
        request.get("MaximumBatchingWindowInSeconds"),
        "maximumBatchingWindowInSeconds",
        _WINDOW_RANGE,
    )
    yield from _outside(
        scaling.get("MaximumConcurrency"),
        "scalingConfig.maximumConcurrency",
        _MAXIMUM_CONCURRENCY_RANGE,
    )
    response_types = _member(request, "FunctionResponseTypes", list)
    if any(response_type != REPORT_BATCH_ITEM_FAILURES for response_type in response_types):
        yield (
            f"Value '[{', '.join(map(str, response_types))}]' at 'functionResponseTypes' failed to "
            "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value "
            f"set: [{REPORT_BATCH_ITEM_FAILURES}]]"
        )
    for number, pattern in enumerate(_patterns(request), start=1):
        if len(pattern) > _MAXIMUM_PATTERN_LENGTH:
            yield (
                f"Value '{pattern}' at 'filterCriteria.filters.{number}.member.pattern' failed to "
                "satisfy constraint: Member must have length less than or equal to "
                f"{_MAXIMUM_PATTERN_LENGTH}"
            )


def _outside(value: object, name: str, limits: tuple[int, int]) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(name)
    failed = f"Value '{value}' at '{name}' failed to satisfy constraint: Member must have value "
    smallest, largest = limits
    if value < smallest:
        yield f"{failed}greater than or equal to {smallest}"
    if value > largest:
        yield f"{failed}less than or equal to {largest}"


def _patterns(request: Mapping[str, Any]) -> list[str]:
    filters = _member(_member(request, "FilterCriteria", dict), "Filters", list)
    if not all(isinstance(one, dict) for one in filters):
        raise _wrong_type("Filters")
    return [_member(one, "Pattern", str) for one in filters]


def _member(structure: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = structure.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise _wrong_type(name)
    return value


def _wrong_type(name: str) -> MappingRefused:
    return MappingRefused("SerializationException", f"{name} is of the wrong type")


def _check_unsupported(request: Mapping[str, Any]) -> None:
    if request.get("DestinationConfig"):
        raise _invalid_parameter(
            "Unsupported DestinationConfig parameter for given event source mapping type."
        )
    if request.get("StartingPosition"):
        raise _invalid_parameter("StartingPosition is not valid for SQS event sources.")


def _apply(request: Mapping[str, Any], base: MappingConfiguration) -> MappingConfiguration:
    changes: dict[str, Any] = {}
    if request.get("BatchSize") is not None:
        changes["batch_size"] = request["BatchSize"]
    if request.get("MaximumBatchingWindowInSeconds") is not None:
        changes["batching_window_seconds"] = request["MaximumBatchingWindowInSeconds"]
    if request.get("FunctionResponseTypes") is not None:
        changes["report_batch_item_failures"] = bool(request["FunctionResponseTypes"])
    if request.get("ScalingConfig") is not None:
        changes["maximum_concurrency"] = request["ScalingConfig"].get("MaximumConcurrency")
    if request.get("FilterCriteria") is not None:
        changes["filters"] = _parse_filters(_patterns(request))
    return replace(base, **changes)


def _parse_filters(patterns: list[str]) -> tuple[FilterPattern, ...]:
    if len(patterns) > _MAXIMUM_FILTERS:
        raise _invalid_parameter(f"The number of filters must not exceed {_MAXIMUM_FILTERS}.")
    try:
        return tuple(FilterPattern.parse(pattern) for pattern in patterns)
    except InvalidFilterPattern as error:
        raise _invalid_parameter("Invalid filter pattern definition.") from error


def _check_settings(configuration: MappingConfiguration) -> None:
    without_window = configuration.batching_window_seconds == 0
    if without_window and configuration.batch_size > _LARGEST_BATCH_WITHOUT_WINDOW:
        raise _invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            f"greater than {_LARGEST_BATCH_WITHOUT_WINDOW}"
        )
    if configuration.is_fifo and not without_window:
        raise _invalid_parameter("Batching window is not supported for FIFO queues")


def _check_queue(queue: MappedQueue | None, function: MappedFunction) -> None:
    if queue is None:
        raise _invalid_parameter(
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does "
            "not exist."
        )
    if queue.denied_action is not None:
        raise _invalid_parameter(
            "The function execution role does not have permissions to call "
            f"{queue.denied_action} on SQS"
        )
    if queue.visibility_timeout_seconds < function.timeout_seconds:
        raise _invalid_parameter(
            f"Queue visibility timeout: {queue.visibility_timeout_seconds} seconds is less than "
            f"Function timeout: {function.timeout_seconds} seconds"
        )


def _check_duplicate(
    configuration: MappingConfiguration,
    function: MappedFunction,
    existing: Mapping[str, MappingConfiguration],
) -> None:
    for uuid, other in existing.items():
        if (other.queue_arn, other.function_arn) == (
            configuration.queue_arn,
            configuration.function_arn,
        ):
            raise MappingRefused(
                "ResourceConflictException",
                f'An event source mapping with SQS arn (" {configuration.queue_arn} ") and '
                f'function (" {function.name} ") already exists. Please update or delete the '
                f"existing mapping with UUID {uuid}",
                HTTPStatus.CONFLICT,
            )
