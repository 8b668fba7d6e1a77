"""What can be seen of a round of jobs at one moment, and what that says of every part."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from comparison.deployed import Deployed
from comparison.observation import Attempt, CallerSaw
from comparison.receipts import read_attempts
from stacks.naming import Output, QueueName

from .parts import (
    ASYNCHRONOUS,
    BEGUN,
    DEAD_LETTER,
    DONE,
    FAILED,
    LINES,
    NO_RECEIPT,
    NOTHING,
    RECORD,
    SQS_PARTS,
    SYNCHRONOUS,
    WAITS,
    Part,
    answered,
)

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SINKS: Mapping[Part, Output] = {
    Part.ON_SUCCESS: Output.ON_SUCCESS_QUEUE_URL,
    Part.ON_FAILURE: Output.ON_FAILURE_QUEUE_URL,
    Part.DEAD_LETTERS: Output.FUNCTION_DEAD_LETTER_QUEUE_URL,
    Part.RULE_DEAD_LETTERS: Output.EVENT_RULE_DEAD_LETTER_QUEUE_URL,
    Part.SUBSCRIPTION_DEAD_LETTERS: Output.SUBSCRIPTION_DEAD_LETTER_QUEUE_URL,
}
"""The queues to which an event goes in the end."""


@dataclass(frozen=True)
class Sent:
    """A round of jobs as sent.

    marks are texts by which the job of a part is known in the queues at the end: its id, or that of
    the event. failing is the job that raises, again what the two callers saw of the same job.
    """

    run: str
    jobs: Mapping[Part, str]
    callers: Mapping[Part, CallerSaw]
    marks: Mapping[Part, str]
    failing: Mapping[str, Any]
    again: Sequence[CallerSaw]


class Sinks:
    """All messages that ever arrived in the queues at the end."""

    def __init__(self, deployed: Deployed) -> None:
        self._sqs = deployed.clients.sqs
        self._urls = {part: deployed.outputs[output] for part, output in SINKS.items()}
        self._messages: dict[Part, list[MessageTypeDef]] = {part: [] for part in SINKS}

    def look(self) -> None:
        """Take what has arrived."""
        for part, url in self._urls.items():
            while messages := self._receive(url):
                self._messages[part] += messages

    def find(self, part: Part, mark: str) -> "MessageTypeDef | None":
        """Return the message with this text in its body, None if there is none."""
        return next((one for one in self._messages[part] if mark in one["Body"]), None)

    def _receive(self, url: str) -> "list[MessageTypeDef]":
        messages = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages


@dataclass(frozen=True)
class Sight:
    """Receipts by job, the polled queues that hold messages, the sinks, and lines of the log."""

    sent: Sent
    attempts: Mapping[str, list[Attempt]]
    waiting: frozenset[QueueName]
    sinks: Sinks
    logged: bool

    def every_part(self) -> Mapping[Part, str]:
        """Say what is seen of every part."""
        return {
            **{part: self._answered(part) for part in SYNCHRONOUS},
            **{part: self._accepted(part) for part in ASYNCHRONOUS},
            **{part: self._queued(part, queue) for queue, part in SQS_PARTS.items()},
            Part.ON_SUCCESS: self._record(Part.ON_SUCCESS, self.sent.jobs[Part.SDK_EVENT]),
            Part.ON_FAILURE: self._record(Part.ON_FAILURE, self.sent.failing["job"]),
            Part.DEAD_LETTERS: self._dead_letter(),
            Part.RULE_DEAD_LETTERS: self._rule_dead_letter(),
            Part.SUBSCRIPTION_DEAD_LETTERS: self._subscription_dead_letter(),
            Part.LOG: LINES if self.logged else NOTHING,
            Part.EARLIER_ATTEMPTS: ", ".join(map(_outcome, self.sent.again)),
        }

    def _answered(self, part: Part) -> str:
        caller = self.sent.callers[part]
        told = json.loads(caller.body) if caller.status == HTTPStatus.OK else {}
        without_receipt = NO_RECEIPT if told.get("receipt") == "not written" else NOTHING
        return self._state(part, without_receipt)

    def _accepted(self, part: Part) -> str:
        mark = self.sent.marks[part]
        if self.sinks.find(Part.ON_SUCCESS, mark):
            return self._state(part, NO_RECEIPT)
        return self._state(part, FAILED if self.sinks.find(Part.ON_FAILURE, mark) else NOTHING)

    def _queued(self, part: Part, queue: QueueName) -> str:
        return self._state(part, WAITS if queue in self.waiting else NO_RECEIPT)

    def _state(self, part: Part, without_receipt: str) -> str:
        attempts = self.attempts.get(self.sent.jobs[part])
        state = without_receipt
        if attempts:
            state = DONE if attempts[-1].finished_at else BEGUN
        status = self.sent.callers[part].status
        assert status is not None, self.sent.callers[part]
        return answered(status, state)

    def _record(self, sink: Part, mark: str) -> str:
        message = self.sinks.find(sink, mark)
        return RECORD if message and "requestContext" in json.loads(message["Body"]) else NOTHING

    def _dead_letter(self) -> str:
        message = self.sinks.find(Part.DEAD_LETTERS, self.sent.failing["job"])
        is_event = message is not None and json.loads(message["Body"]) == self.sent.failing
        return DEAD_LETTER if is_event else NOTHING

    def _rule_dead_letter(self) -> str:
        mark = self.sent.marks[Part.EVENTBRIDGE]
        message = self.sinks.find(Part.RULE_DEAD_LETTERS, mark)
        return message["MessageAttributes"]["ERROR_CODE"]["StringValue"] if message else NOTHING

    def _subscription_dead_letter(self) -> str:
        message = self.sinks.find(Part.SUBSCRIPTION_DEAD_LETTERS, self.sent.marks[Part.SNS])
        return str(json.loads(message["Body"])["Type"]) if message else NOTHING


def look(deployed: Deployed, sinks: Sinks, sent: Sent) -> Sight:
    """Look at everything once."""
    sinks.look()
    table = deployed.outputs[Output.RECEIPTS_TABLE_NAME]
    return Sight(
        sent,
        read_attempts(deployed.clients.dynamodb, table, sent.run),
        frozenset(queue for queue in QueueName if _holds_messages(deployed, queue)),
        sinks,
        _is_logged(deployed, str(sent.callers[Part.SDK_SYNC].details["RequestId"])),
    )


def _holds_messages(deployed: Deployed, queue: QueueName) -> bool:
    answer = deployed.clients.sqs.get_queue_attributes(
        QueueUrl=deployed.queues[queue].url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )
    return any(int(count) for count in answer["Attributes"].values())


def _is_logged(deployed: Deployed, request_id: str) -> bool:
    answer = deployed.clients.logs.filter_log_events(
        logGroupName=deployed.outputs[Output.LOG_GROUP_NAME], filterPattern=f'"{request_id}"'
    )
    return bool(answer["events"])


def _outcome(caller: CallerSaw) -> str:
    if caller.error is not None:
        return "refused"
    return "raised" if "FunctionError" in caller.details else "answered"
