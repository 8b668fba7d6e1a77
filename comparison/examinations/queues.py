"""Examinations of the queues and their event source mappings."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from comparison.deployed import Deployed
from comparison.examinations.examination import Examination, answered
from comparison.examinations.refused_settings import Answer, refused
from stacks.naming import Output, QueueName

MALFORMED_PATTERN = '{"body": {"do": "no list of values"}}'
"""Not an event pattern: the values that a field may have must be in a list."""


def mapping(queue: QueueName, deployed: Deployed) -> Answer:
    """Ask how the mapping of a queue is configured (QS-02, QS-63)."""
    return answered(
        lambda: deployed.clients.lambda_.get_event_source_mapping(
            UUID=deployed.outputs.queue(queue, "MappingId")
        )
    )


def recommended_queue(deployed: Deployed) -> Answer:
    """Read the visibility timeout of the queue in the recommended shape, in seconds (QS-36)."""
    return {"visibility_timeout": deployed.queues[QueueName.WINDOWED].visibility_timeout}


def mapping_change(queue: QueueName, change: Mapping[str, Any], deployed: Deployed) -> Answer:
    """Ask to change the mapping of a queue (QS-03, QS-04, QS-51)."""
    client, identifier = (
        deployed.clients.unvalidated_lambda,
        deployed.outputs.queue(queue, "MappingId"),
    )
    before: Mapping[str, Any] = client.get_event_source_mapping(UUID=identifier)
    kept = {name: before.get(name, {}) for name in change}
    return refused(
        lambda: client.update_event_source_mapping(UUID=identifier, **change),
        lambda: client.update_event_source_mapping(UUID=identifier, **kept),
    )


def wrong_mappings(deployed: Deployed) -> Answer:
    """Ask for a mapping of no queue, a second one of a queue, and one with no filter (QS-05)."""
    queue_arn = str(mapping(QueueName.FILTERED, deployed)["EventSourceArn"])
    account = queue_arn.rpartition(":")[0]
    pattern = {"FilterCriteria": {"Filters": [{"Pattern": MALFORMED_PATTERN}]}}
    return {
        "no_such_queue": _new_mapping(f"{account}:no-such-queue", deployed),
        "second_mapping": _new_mapping(queue_arn, deployed),
        "malformed_filter": mapping_change(QueueName.FILTERED, pattern, deployed),
    }


def _new_mapping(queue_arn: str, deployed: Deployed) -> Answer:
    client, function = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    known = {deployed.outputs.queue(queue, "MappingId") for queue in QueueName}

    def delete_new() -> None:
        found = client.list_event_source_mappings(EventSourceArn=queue_arn, FunctionName=function)
        for one in found["EventSourceMappings"]:
            if one["UUID"] not in known:
                client.delete_event_source_mapping(UUID=one["UUID"])

    return refused(
        lambda: client.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=function),
        delete_new,
    )


QUEUE_EXAMINATIONS: Mapping[str, Examination] = {
    "default-mapping": partial(mapping, QueueName.WHOLE_BATCH),
    "polling-mapping": partial(mapping, QueueName.PROMPT),
    "recommended-queue": recommended_queue,
}

REFUSED_MAPPINGS: Mapping[str, Examination] = {
    "large-batch-without-window": partial(mapping_change, QueueName.PROMPT, {"BatchSize": 11}),
    "window-for-fifo": partial(
        mapping_change, QueueName.FIFO, {"MaximumBatchingWindowInSeconds": 1}
    ),
    "maximum-concurrency-of-1": partial(
        mapping_change, QueueName.PROMPT, {"ScalingConfig": {"MaximumConcurrency": 1}}
    ),
    "wrong-mappings": wrong_mappings,
}
"""Asked for in a phase in which no message is sent (see `refused_settings`)."""
