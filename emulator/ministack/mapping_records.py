"""What the Lambda API and CloudFormation write about a mapping of a queue."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.mapping_validation import REPORT_BATCH_ITEM_FAILURES
from emulator.ministack.functions import FunctionReference

Request = Mapping[str, Any]
"""The members of CreateEventSourceMapping or UpdateEventSourceMapping."""

Record = dict[str, Any]
"""A mapping as MiniStack keeps it: the members of the API's EventSourceMappingConfiguration."""

_NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds")


def new_record(
    request: Request, configuration: MappingConfiguration, of: FunctionReference
) -> Record:
    """Return the record of a new mapping."""
    record: Record = {
        "UUID": str(uuid.uuid4()),
        "EventSourceArn": configuration.queue_arn,
        "StateTransitionReason": "USER_INITIATED",
        "Enabled": True,
    }
    if request.get("Tags"):
        record["Tags"] = dict(request["Tags"])
    revise_record(record, request, configuration, of)
    return record


def revise_record(
    record: Record, request: Request, configuration: MappingConfiguration, of: FunctionReference
) -> None:
    """Write down what the mapping is configured with now, in the form of the API."""
    reports_failures = configuration.report_batch_item_failures
    record.update(
        FunctionArn=configuration.function_arn,
        FunctionName=of.name,
        BatchSize=configuration.batch_size,
        MaximumBatchingWindowInSeconds=configuration.batching_window_seconds,
        FunctionResponseTypes=[REPORT_BATCH_ITEM_FAILURES] if reports_failures else [],
        LastModified=int(time.time()),
    )
    for key in ("FilterCriteria", "ScalingConfig"):
        if request.get(key) is not None:
            record[key] = request[key]
    if request.get("Enabled") is not None:
        record["Enabled"] = bool(request["Enabled"])


def as_request(properties: Request) -> Record:
    """Return a CloudFormation resource's properties, where numbers and booleans may be texts."""
    request = dict(properties)
    for key in _NUMBERS:
        if key in request:
            request[key] = int(request[key])
    if "MaximumConcurrency" in request.get("ScalingConfig", {}):
        maximum = int(request["ScalingConfig"]["MaximumConcurrency"])
        request["ScalingConfig"] = {"MaximumConcurrency": maximum}
    if "Enabled" in request:
        request["Enabled"] = str(request["Enabled"]).lower() == "true"
    if "Tags" in request:
        request["Tags"] = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    return request
