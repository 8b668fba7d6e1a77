"""What leaves for a queue, and what its sender sees of each message."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from comparison.observation import Sending
from comparison.path import Path
from comparison.senders.queue import QueueSender
from comparison.stack_outputs import StackOutputs
from stacks.naming import QueueName, Stack, queue_output

OUTPUTS = StackOutputs(
    "test",
    {queue_output(queue, "QueueUrl"): f"https://queue/{queue}" for queue in QueueName},
    frozenset(Stack),
)


class Queue:
    """Notes what it is sent, and refuses the second message of a batch."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []

    def send_message(self, **message: Any) -> Mapping[str, Any]:
        self.sent.append(message)
        return {"MessageId": "m-1", "ResponseMetadata": {"HTTPStatusCode": 200}}

    def send_message_batch(self, **batch: Any) -> Mapping[str, Any]:
        self.sent.append(batch)
        return {
            "Successful": [{"Id": "0", "MessageId": "m-1"}],
            "Failed": [{"Id": "1", "Code": "InternalError"}],
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def sender(queue: Queue) -> QueueSender:
    return QueueSender(cast("Any", queue), OUTPUTS)


def sending(number: int = 1, **fields: Any) -> Sending:
    return Sending("s", Path.SQS, f"r.s.sqs.{number}", "answer", **fields)


def test_a_message_goes_to_its_queue_with_its_options(queue: Queue, sender: QueueSender) -> None:
    options = {"MessageAttributes": {"a": {"DataType": "String", "StringValue": "b"}}}
    (saw,) = sender.send([sending(queue=QueueName.FILTERED, options=options)])
    (message,) = queue.sent
    assert message["QueueUrl"] == "https://queue/filtered"
    assert message["MessageBody"] == '{"run": "r", "job": "r.s.sqs.1", "do": "answer"}'
    assert message["MessageAttributes"] == options["MessageAttributes"]
    assert saw.details["MessageId"] == "m-1"


def test_a_message_that_is_no_job_still_names_it(queue: Queue, sender: QueueSender) -> None:
    sender.send([sending(payload=b"not JSON")])
    assert queue.sent[0]["MessageBody"] == "not JSON r.s.sqs.1"


def test_messages_of_a_group_are_never_taken_for_duplicates(
    queue: Queue, sender: QueueSender
) -> None:
    sender.send([sending(n, queue=QueueName.FIFO, message_group="g") for n in (1, 2)])
    entries = queue.sent[0]["Entries"]
    assert [entry["MessageGroupId"] for entry in entries] == ["g", "g"]
    assert len({entry["MessageDeduplicationId"] for entry in entries}) == 2


def test_each_message_of_a_batch_has_its_own_outcome(sender: QueueSender) -> None:
    accepted, refused = sender.send([sending(1), sending(2)])
    assert (accepted.details["MessageId"], accepted.error) == ("m-1", None)
    assert refused.error == "InternalError"
