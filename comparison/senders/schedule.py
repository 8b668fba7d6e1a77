"""`schedule`: the job is left for the next scheduled event, and the rule is enabled."""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from comparison.observation import CallerSaw, Sending
from comparison.senders.call import timed_call
from comparison.stack_outputs import StackOutputs
from stacks.naming import Output

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient

SCHEDULE_RUN = "schedule"
"""Partition of the receipts table in which a job waits: a scheduled event cannot carry one."""


class ScheduleSender:
    """Leaves one job for the schedule and enables its rule; one job can wait at a time."""

    def __init__(
        self, dynamodb: "DynamoDBClient", events: "EventBridgeClient", outputs: StackOutputs
    ) -> None:
        self._dynamodb = dynamodb
        self._events = events
        self._table = outputs[Output.RECEIPTS_TABLE_NAME]
        self._rule_name = outputs[Output.SCHEDULE_RULE_NAME]
        self._rule_arn = outputs[Output.SCHEDULE_RULE_ARN]
        self._lock = threading.Lock()

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Leave the job and enable the rule."""
        return [timed_call(lambda sending=sending: self._leave(sending)) for sending in sendings]  # type: ignore[misc] # mypy#3737: a default binds the loop variable

    def _leave(self, sending: Sending) -> Mapping[str, Any]:
        with self._lock:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    "run": {"S": SCHEDULE_RUN},
                    "receipt": {"S": self._rule_arn},
                    "waiting": {"S": json.dumps(sending.document())},
                },
            )
            return self._events.enable_rule(Name=self._rule_name)

    def stop(self) -> None:
        """Disable the rule and take away what still waits."""
        self._events.disable_rule(Name=self._rule_name)
        self._dynamodb.delete_item(
            TableName=self._table,
            Key={"run": {"S": SCHEDULE_RUN}, "receipt": {"S": self._rule_arn}},
        )
