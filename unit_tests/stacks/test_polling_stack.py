from typing import TYPE_CHECKING, Any

import pytest

from stacks.naming import QueueName, Stack, queue_output

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly, Resource

FUNCTION_TIMEOUT = 6


def properties(assembly: "Assembly", name: QueueName, attribute: str) -> "Resource":
    """Return the properties of what an output refers to."""
    template = assembly.templates[Stack.POLLING]
    logical_id = template["Outputs"][queue_output(name, attribute)]["Value"]["Ref"]
    found: Resource = template["Resources"][logical_id]["Properties"]
    return found


def mapping(assembly: "Assembly", name: QueueName) -> dict[str, Any]:
    return properties(assembly, name, "MappingId")


def test_the_windowed_queue_has_the_shape_recommended_for_production(
    assembly: "Assembly",
) -> None:
    queue = properties(assembly, QueueName.WINDOWED, "QueueUrl")
    windowed = mapping(assembly, QueueName.WINDOWED)

    window = windowed["MaximumBatchingWindowInSeconds"]
    assert window == 5
    assert queue["VisibilityTimeout"] >= 6 * FUNCTION_TIMEOUT + window
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert windowed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert windowed["ScalingConfig"] == {"MaximumConcurrency": 2}


@pytest.mark.parametrize("name", [name for name in QueueName if name is not QueueName.WINDOWED])
def test_the_other_queues_retry_as_soon_as_lambda_allows(
    assembly: "Assembly", name: QueueName
) -> None:
    queue = properties(assembly, name, "QueueUrl")

    assert queue["VisibilityTimeout"] == FUNCTION_TIMEOUT
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 3
    assert "MaximumBatchingWindowInSeconds" not in mapping(assembly, name)
    assert "ScalingConfig" not in mapping(assembly, name)


@pytest.mark.parametrize("name", QueueName)
def test_batches_hold_up_to_ten_messages(assembly: "Assembly", name: QueueName) -> None:
    assert mapping(assembly, name)["BatchSize"] == 10


def test_only_whole_batch_reports_no_failed_messages(assembly: "Assembly") -> None:
    without = [name for name in QueueName if "FunctionResponseTypes" not in mapping(assembly, name)]

    assert without == [QueueName.WHOLE_BATCH]


def test_only_filtered_has_a_filter_and_lets_pass_jobs_that_ask_for_an_echo(
    assembly: "Assembly",
) -> None:
    filters = {
        name: mapping(assembly, name)["FilterCriteria"]
        for name in QueueName
        if "FilterCriteria" in mapping(assembly, name)
    }

    assert filters == {QueueName.FILTERED: {"Filters": [{"Pattern": '{"body":{"do":["echo"]}}'}]}}


def test_only_fifo_and_its_dead_letter_queue_keep_an_order(assembly: "Assembly") -> None:
    for name in QueueName:
        for attribute in ("QueueUrl", "DeadLetterQueueUrl"):
            queue = properties(assembly, name, attribute)
            assert queue.get("FifoQueue") is (True if name is QueueName.FIFO else None)
            assert "ContentBasedDeduplication" not in queue


@pytest.mark.parametrize("name", QueueName)
def test_a_dead_letter_queue_keeps_messages_longer_than_its_source(
    assembly: "Assembly", name: QueueName
) -> None:
    queue = properties(assembly, name, "QueueUrl")
    dead_letters = properties(assembly, name, "DeadLetterQueueUrl")

    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("name", QueueName)
def test_each_queue_has_its_own_mapping_and_dead_letter_queue(
    assembly: "Assembly", name: QueueName
) -> None:
    outputs = assembly.templates[Stack.POLLING]["Outputs"]
    [queue, dead_letters] = (
        outputs[queue_output(name, attribute)]["Value"]["Ref"]
        for attribute in ("QueueUrl", "DeadLetterQueueUrl")
    )

    assert mapping(assembly, name)["EventSourceArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    redrive = properties(assembly, name, "QueueUrl")["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": [dead_letters, "Arn"]}


def test_mappings_are_created_after_the_permission_to_read_their_queues(
    assembly: "Assembly",
) -> None:
    [policy] = assembly.resources(Stack.POLLING, "AWS::IAM::Policy")
    mappings = assembly.resources(Stack.POLLING, "AWS::Lambda::EventSourceMapping")

    assert len(mappings) == len(QueueName)
    assert all(policy in mapping["DependsOn"] for mapping in mappings.values())


def test_the_function_may_read_exactly_the_polled_queues(assembly: "Assembly") -> None:
    policy = assembly.only(Stack.POLLING, "AWS::IAM::Policy")
    mappings = assembly.resources(Stack.POLLING, "AWS::Lambda::EventSourceMapping").values()

    statements = policy["PolicyDocument"]["Statement"]
    assert [statement["Resource"] for statement in statements] == [
        mapping["Properties"]["EventSourceArn"] for mapping in mappings
    ]
