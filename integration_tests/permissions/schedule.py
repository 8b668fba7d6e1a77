"""The schedule's rule without its clock, which strikes once a minute.

A rule may have an event pattern too. An event that matches it takes the same way, with the same
permission, and the target's input transformer makes a scheduled event of it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from comparison.deployed import Deployed
from comparison.observation import CallerSaw, Sending
from comparison.senders.call import timed_call
from comparison.senders.schedule import SCHEDULE_RUN
from stacks.naming import Output

SOURCE = "clock"


class ScheduleByEvent:
    """Leaves a job for the schedule and puts an event that its rule takes for a strike."""

    def __init__(self, deployed: Deployed) -> None:
        self._dynamodb = deployed.clients.dynamodb
        self._events = deployed.clients.caller_events
        self._table = deployed.outputs[Output.RECEIPTS_TABLE_NAME]
        self._rule_name = deployed.outputs[Output.SCHEDULE_RULE_NAME]
        self._rule_arn = deployed.outputs[Output.SCHEDULE_RULE_ARN]

    def replace_clock(self) -> None:
        """Let the rule match events instead of striking."""
        [target] = self._events.list_targets_by_rule(Rule=self._rule_name)["Targets"]
        self._events.put_rule(
            Name=self._rule_name, EventPattern=json.dumps({"source": [SOURCE]}), State="ENABLED"
        )
        strike = {
            "source": "aws.events",
            "detail-type": "Scheduled Event",
            "resources": [self._rule_arn],
            "detail": {},
        }
        template = json.dumps(strike)[:-1] + ', "id": <id>}'
        transformer: Any = {"InputPathsMap": {"id": "$.id"}, "InputTemplate": template}
        self._events.put_targets(
            Rule=self._rule_name, Targets=[{**target, "InputTransformer": transformer}]
        )

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Leave one job and put one event for it."""
        [sending] = sendings
        return [timed_call(lambda: self._leave(sending))]

    def _leave(self, sending: Sending) -> Mapping[str, Any]:
        self._dynamodb.put_item(
            TableName=self._table,
            Item={
                "run": {"S": SCHEDULE_RUN},
                "receipt": {"S": self._rule_arn},
                "waiting": {"S": json.dumps(sending.document())},
            },
        )
        return self._events.put_events(
            Entries=[{"Source": SOURCE, "DetailType": "strike", "Detail": "{}"}]
        )
