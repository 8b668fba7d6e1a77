"""The queues in which jobs end, drained while a run is watched."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from comparison.deployed import Deployed
from comparison.observation import Ending, Place
from comparison.path import Path
from stacks.naming import Output

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONG_POLL = 1
"""Seconds that one receive waits for a message; also how long a stop may take."""
INVISIBLE_FOR = 15
"""Seconds after which a message comes again that was received and not deleted."""


@dataclass(frozen=True)
class Sink:
    """A queue in which jobs end."""

    where: Place
    url: str


@dataclass(frozen=True)
class Arrival:
    """A message that a sink received: what it names, and the ending it stands for.

    job is the id found in its text; request_id is the one Lambda attached to it.
    """

    job: str | None
    request_id: str | None
    ending: Ending


def sinks_of(deployed: Deployed) -> list[Sink]:
    """Return every queue of a stage in which a job can end."""
    outputs = deployed.outputs
    found = [
        Sink(Place.ON_SUCCESS, outputs[Output.ON_SUCCESS_QUEUE_URL]),
        Sink(Place.ON_FAILURE, outputs[Output.ON_FAILURE_QUEUE_URL]),
        Sink(Place.FUNCTION_DEAD_LETTER_QUEUE, outputs[Output.FUNCTION_DEAD_LETTER_QUEUE_URL]),
    ]
    if outputs.has(Path.S3):
        rule, subscription = (
            outputs[Output.EVENT_RULE_DEAD_LETTER_QUEUE_URL],
            outputs[Output.SUBSCRIPTION_DEAD_LETTER_QUEUE_URL],
        )
        found.append(Sink(Place.RULE_DEAD_LETTER_QUEUE, rule))
        found.append(Sink(Place.SUBSCRIPTION_DEAD_LETTER_QUEUE, subscription))
    return found + [
        Sink(Place.DEAD_LETTER_QUEUE, queue.dead_letter_queue_url)
        for queue in deployed.queues.values()
    ]


class SinkDrain:
    """Receives from all sinks at once, one thread each, and hands over what belongs to a run.

    A receive returns only part of a queue, so each sink is asked again until the drain is closed.
    Messages of other runs are left where they are.
    """

    def __init__(
        self,
        sqs: "SQSClient",
        sinks: Iterable[Sink],
        run: str,
        hand_over: Callable[[Arrival], bool],
    ) -> None:
        self._sqs = sqs
        self._job_id = re.compile(re.escape(run) + r"(?:\.[a-z0-9-]+)+")
        self._hand_over = hand_over
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._drain, args=(sink,), name=f"drain {sink.where}")
            for sink in sinks
        ]
        self._failures: dict[str, BotoCoreError | ClientError] = {}

    def __enter__(self) -> "SinkDrain":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for thread in self._threads:
            thread.join()

    def check(self) -> None:
        """Raise the error with which a sink could not be read the last time."""
        for failure in list(self._failures.values()):
            raise failure

    def _drain(self, sink: Sink) -> None:
        while not self._closed.is_set():
            try:
                messages = self._receive(sink)
                self._failures.pop(sink.url, None)
            except (BotoCoreError, ClientError) as error:
                self._failures[sink.url] = error
                self._closed.wait(LONG_POLL)
                continue
            for message in messages:
                if self._hand_over(self._arrival(sink, message)):
                    self._delete(sink, message)

    def _delete(self, sink: Sink, message: "MessageTypeDef") -> None:
        # What was seen stays seen: a message that is not deleted comes again, and is known then.
        with suppress(BotoCoreError, ClientError):
            self._sqs.delete_message(QueueUrl=sink.url, ReceiptHandle=message["ReceiptHandle"])

    def _receive(self, sink: Sink) -> "list[MessageTypeDef]":
        answer = self._sqs.receive_message(
            QueueUrl=sink.url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=LONG_POLL,
            VisibilityTimeout=INVISIBLE_FOR,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _arrival(self, sink: Sink, message: "MessageTypeDef") -> Arrival:
        body = message["Body"]
        record = _parsed(body)
        attributes = {
            name: value.get("StringValue", "")
            for name, value in message.get("MessageAttributes", {}).items()
        }
        system = {str(name): value for name, value in message.get("Attributes", {}).items()}
        found = self._job_id.search(body)
        ending = Ending(
            where=sink.where,
            at=time.time(),
            record=record,
            attributes=attributes,
            system_attributes=system,
            message_id=message["MessageId"],
        )
        return Arrival(found.group() if found else None, _request_id(record, attributes), ending)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _request_id(record: Any, attributes: Mapping[str, str]) -> str | None:
    """Return the request id of a destination record (AS-15) or of a dead letter (AS-24)."""
    if isinstance(record, dict) and isinstance(record.get("requestContext"), dict):
        identity = record["requestContext"].get("requestId")
        return identity if isinstance(identity, str) else None
    return attributes.get("RequestID")
