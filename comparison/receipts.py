"""The receipts that the function writes, read back as attempts."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from comparison.observation import Attempt

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DESERIALIZER = TypeDeserializer()


def read_attempts(dynamodb: "DynamoDBClient", table: str, run: str) -> dict[str, list[Attempt]]:
    """Return the attempts of a run's jobs by job id, each job's in the order of their start."""
    attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#run = :run",
        ExpressionAttributeNames={"#run": "run"},
        ExpressionAttributeValues={":run": {"S": run}},
        ConsistentRead=True,
    )
    for page in pages:
        for item in page["Items"]:
            values = {name: DESERIALIZER.deserialize(value) for name, value in item.items()}
            attempts[values["job"]].append(_attempt(values))
    for of_job in attempts.values():
        of_job.sort(key=lambda attempt: attempt.started_at)
    return attempts


def _attempt(values: Mapping[str, Any]) -> Attempt:
    receive_count = values.get("receive_count")
    return Attempt(
        request_id=values["request_id"],
        path=values["path"],
        started_at=seconds(values["started_at"]),
        finished_at=seconds(values["finished_at"]) if "finished_at" in values else None,
        outcome=values["outcome"],
        batch_size=int(values["batch_size"]),
        receive_count=None if receive_count is None else int(receive_count),
        message_id=values.get("message_id"),
        cold=values["cold"],
        environment_id=values["environment_id"],
        log_stream=values["log_stream"],
        trace_header=values.get("trace_header"),
        client_context=_json(values.get("client_context")),
        event=_json(values.get("event")),
    )


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def seconds(moment: str) -> float:
    """Convert an ISO 8601 time into seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()
