from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.mapping_validation import (
    MappedFunction,
    MappedQueue,
    MappingRefused,
    validate_create,
    validate_update,
)

STANDARD = "arn:aws:sqs:eu-central-1:123456789012:jobs"
FIFO = f"{STANDARD}.fifo"
FUNCTION = MappedFunction("arn:aws:lambda:eu-central-1:123456789012:function:f", "f", 30)
QUEUE = MappedQueue(visibility_timeout_seconds=30)


def create(
    request: dict[str, Any] | None = None,
    *,
    queue_arn: str = STANDARD,
    function: MappedFunction | None = FUNCTION,
    queue: MappedQueue | None = QUEUE,
    existing: dict[str, MappingConfiguration] | None = None,
) -> MappingConfiguration:
    return validate_create(
        {"EventSourceArn": queue_arn, "FunctionName": "f", **(request or {})},
        function,
        queue,
        existing or {},
    )


def refusal(*args: Any, **kwargs: Any) -> MappingRefused:
    with pytest.raises(MappingRefused) as caught:
        create(*args, **kwargs)
    return caught.value


def filters(*patterns: str) -> dict[str, Any]:
    return {"FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in patterns]}}


def test_a_mapping_has_the_defaults_of_aws() -> None:
    assert create() == MappingConfiguration(
        queue_arn=STANDARD,
        function_arn=FUNCTION.arn,
        function_timeout_seconds=30,
        batch_size=10,
        batching_window_seconds=0,
        report_batch_item_failures=False,
        maximum_concurrency=None,
        filters=(),
    )


def test_a_mapping_keeps_what_the_request_says() -> None:
    mapping = create(
        {
            "BatchSize": 10_000,
            "MaximumBatchingWindowInSeconds": 300,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
            **filters('{"body": ["a"]}'),
        }
    )

    assert mapping.batch_size == 10_000
    assert mapping.batching_window_seconds == 300
    assert mapping.report_batch_item_failures
    assert mapping.maximum_concurrency == 2
    assert [one.text for one in mapping.filters] == ['{"body": ["a"]}']


def test_more_than_ten_messages_need_a_batching_window() -> None:
    error = refusal({"BatchSize": 11})

    assert error.code == "InvalidParameterValueException"
    assert error.status == HTTPStatus.BAD_REQUEST
    assert error.message == (
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
        "than 10"
    )
    assert create({"BatchSize": 10}).batch_size == 10
    assert create({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}).batch_size == 11


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"BatchSize": 0},
            "1 validation error detected: Value '0' at 'batchSize' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            {"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1},
            "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy "
            "constraint: Member must have value less than or equal to 10000",
        ),
        (
            {"MaximumBatchingWindowInSeconds": 301},
            "1 validation error detected: Value '301' at 'maximumBatchingWindowInSeconds' failed "
            "to satisfy constraint: Member must have value less than or equal to 300",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1}},
            "1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed "
            "to satisfy constraint: Member must have value greater than or equal to 2",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1001}},
            "1 validation error detected: Value '1001' at 'scalingConfig.maximumConcurrency' "
            "failed to satisfy constraint: Member must have value less than or equal to 1000",
        ),
        (
            {"BatchSize": 0, "MaximumBatchingWindowInSeconds": -1},
            "2 validation errors detected: Value '0' at 'batchSize' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1; Value '-1' at "
            "'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member must have value "
            "greater than or equal to 0",
        ),
    ],
)
def test_a_value_out_of_its_range_is_a_validation_error(
    request_: dict[str, Any], message: str
) -> None:
    error = refusal(request_)

    assert (error.code, error.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    "request_",
    [
        {"BatchSize": 1},
        {"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300},
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        {"ScalingConfig": {"MaximumConcurrency": 1000}},
        {"ScalingConfig": {}},
        {"FunctionResponseTypes": []},
        {"FilterCriteria": {}},
        {"BatchSize": None, "ScalingConfig": None, "FilterCriteria": None},
    ],
)
def test_the_ends_of_a_range_and_empty_settings_are_accepted(request_: dict[str, Any]) -> None:
    create(request_)


@pytest.mark.parametrize(
    "request_",
    [
        {"BatchSize": "10"},
        {"BatchSize": 1.5},
        {"BatchSize": True},
        {"EventSourceArn": 5},
        {"ScalingConfig": 5},
        {"FunctionResponseTypes": "ReportBatchItemFailures"},
        {"FilterCriteria": []},
        {"FilterCriteria": {"Filters": {}}},
        {"FilterCriteria": {"Filters": ["a"]}},
        {"FilterCriteria": {"Filters": [{"Pattern": {}}]}},
    ],
)
def test_a_value_of_the_wrong_type_is_refused(request_: dict[str, Any]) -> None:
    assert refusal(request_).code == "SerializationException"


def test_an_unknown_function_response_type_is_a_validation_error() -> None:
    error = refusal({"FunctionResponseTypes": ["ReportEverything"]})

    assert error.code == "ValidationException"
    assert "at 'functionResponseTypes'" in error.message
    assert "enum value set: [ReportBatchItemFailures]" in error.message


def test_a_fifo_queue_has_no_batching_window_and_so_at_most_ten_messages() -> None:
    window = refusal({"MaximumBatchingWindowInSeconds": 1}, queue_arn=FIFO)
    large = refusal({"BatchSize": 11}, queue_arn=FIFO)

    assert window.message == "Batching window is not supported for FIFO queues"
    assert large.code == "InvalidParameterValueException"
    assert create({"BatchSize": 10}, queue_arn=FIFO).is_fifo


def test_a_mapping_needs_an_event_source() -> None:
    assert refusal({"EventSourceArn": None}, function=None).message == "Unrecognized event source."


def test_the_function_must_exist() -> None:
    error = refusal(function=None, queue=None)

    assert (error.code, error.message) == (
        "InvalidParameterValueException",
        "Function does not exist",
    )


def test_the_queue_must_exist() -> None:
    error = refusal(queue=None)

    assert error.code == "InvalidParameterValueException"
    assert error.message == (
        "Error occurred while ReceiveMessage. SQS Error Code: "
        "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not "
        "exist."
    )


def test_a_destination_is_refused_because_only_the_queue_has_a_dead_letter_queue() -> None:
    for destination in ("OnSuccess", "OnFailure"):
        error = refusal({"DestinationConfig": {destination: {"Destination": STANDARD}}})

        assert error.code == "InvalidParameterValueException"
        assert error.message == (
            "Unsupported DestinationConfig parameter for given event source mapping type."
        )


def test_a_destination_is_refused_before_the_function_is_looked_for() -> None:
    request = {"DestinationConfig": {"OnSuccess": {"Destination": STANDARD}}}

    assert "DestinationConfig" in refusal(request, function=None).message


def test_a_queue_has_no_starting_position() -> None:
    error = refusal({"StartingPosition": "LATEST"})

    assert error.message == "StartingPosition is not valid for SQS event sources."


def test_the_visibility_timeout_must_not_be_less_than_the_functions_timeout() -> None:
    error = refusal(queue=MappedQueue(visibility_timeout_seconds=29))

    assert error.code == "InvalidParameterValueException"
    assert error.message == (
        "Queue visibility timeout: 29 seconds is less than Function timeout: 30 seconds"
    )


def test_the_role_must_be_allowed_to_use_the_queue() -> None:
    error = refusal(queue=replace(QUEUE, denied_action="DeleteMessage"))

    assert error.code == "InvalidParameterValueException"
    assert error.message == (
        "The function execution role does not have permissions to call DeleteMessage on SQS"
    )


@pytest.mark.parametrize(
    "pattern", ["null", '"simple string"', '{"eventSource": "aws:sqs"}', '{"eventSource": []}', ""]
)
def test_a_filter_must_be_a_pattern(pattern: str) -> None:
    error = refusal(filters(pattern))

    assert error.code == "InvalidParameterValueException"
    assert error.message == "Invalid filter pattern definition."


def test_five_filters_are_the_most() -> None:
    pattern = '{"body": ["a"]}'

    assert len(create(filters(*[pattern] * 5)).filters) == 5
    assert refusal(filters(*[pattern] * 6)).code == "InvalidParameterValueException"


def test_a_pattern_has_at_most_4096_characters() -> None:
    pattern = f'{{"body": ["{"a" * 4096}"]}}'

    error = refusal(filters('{"body": ["a"]}', pattern))

    assert error.code == "ValidationException"
    assert "at 'filterCriteria.filters.2.member.pattern'" in error.message


def test_a_second_mapping_of_the_same_queue_and_function_is_a_conflict() -> None:
    error = refusal(existing={"11111111-2222": create()})

    assert (error.code, error.status) == ("ResourceConflictException", HTTPStatus.CONFLICT)
    assert error.message == (
        f'An event source mapping with SQS arn (" {STANDARD} ") and function (" f ") already '
        "exists. Please update or delete the existing mapping with UUID 11111111-2222"
    )


def test_another_queue_or_another_function_is_no_conflict() -> None:
    other_queue = create(queue_arn=f"{STANDARD}-2")
    other_function = create(function=replace(FUNCTION, arn=f"{FUNCTION.arn}:live"))

    assert create(existing={"1": other_queue, "2": other_function}) == create()


CURRENT = create(
    {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 7},
        **filters('{"body": ["a"]}'),
    }
)


def update(request: dict[str, Any], **context: Any) -> MappingConfiguration:
    return validate_update(
        request, CURRENT, context.get("function", FUNCTION), context.get("queue", QUEUE)
    )


def test_an_update_changes_only_what_it_names() -> None:
    assert update({}) == CURRENT
    assert update({"BatchSize": 5}) == replace(CURRENT, batch_size=5)
    assert update({"BatchSize": None}) == CURRENT


def test_an_update_can_take_settings_back() -> None:
    updated = update({"FunctionResponseTypes": [], "ScalingConfig": {}, "FilterCriteria": {}})

    assert not updated.report_batch_item_failures
    assert updated.maximum_concurrency is None
    assert updated.filters == ()


def test_an_update_is_checked_together_with_what_stays() -> None:
    with pytest.raises(MappingRefused, match="Maximum batch window"):
        update({"MaximumBatchingWindowInSeconds": 0})


def test_an_update_checks_the_function_that_it_names() -> None:
    slow = replace(FUNCTION, arn=f"{FUNCTION.arn}:2", timeout_seconds=31)

    with pytest.raises(MappingRefused, match="30 seconds is less than Function timeout: 31"):
        update({}, function=slow)
    with pytest.raises(MappingRefused, match="Function does not exist"):
        update({}, function=None)
    assert update({}, function=replace(slow, timeout_seconds=30)).function_arn == slow.arn


def test_an_update_refuses_what_a_create_refuses() -> None:
    with pytest.raises(MappingRefused, match="Unsupported DestinationConfig"):
        update({"DestinationConfig": {"OnFailure": {"Destination": STANDARD}}})
    with pytest.raises(MappingRefused, match="Invalid filter pattern"):
        update(filters("[]"))
    with pytest.raises(MappingRefused, match="Value '10001'"):
        update({"BatchSize": 10_001})


@pytest.mark.parametrize(
    ("window", "function_timeout", "queue_visibility", "hidden_for"),
    [
        (0, 30, 30, 30),
        (0, 31, 30, 30),
        (5, 25, 30, 30),
        (5, 26, 30, 61),
        (300, 30, 30, 360),
        (300, 30, 1000, 1000),
    ],
)
def test_messages_stay_hidden_for_window_and_timeout_and_30_s_if_the_queue_hides_them_for_less(
    window: int, function_timeout: int, queue_visibility: int, hidden_for: int
) -> None:
    mapping = replace(
        CURRENT, batching_window_seconds=window, function_timeout_seconds=function_timeout
    )

    assert mapping.receive_visibility_timeout(queue_visibility) == hidden_for


def test_a_standard_queue_starts_with_five_batches_and_a_fifo_queue_with_one_per_group() -> None:
    assert create().concurrent_batches == 5
    assert create(queue_arn=FIFO).concurrent_batches is None
    assert create({"ScalingConfig": {"MaximumConcurrency": 2}}).concurrent_batches == 2
    assert (
        create({"ScalingConfig": {"MaximumConcurrency": 3}}, queue_arn=FIFO).concurrent_batches == 3
    )
