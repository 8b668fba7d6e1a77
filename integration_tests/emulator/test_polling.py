"""SQS: event source mappings poll queues for a function."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from comparison.waiting import eventually

REPORT = ["ReportBatchItemFailures"]

# Sends what it was given to the queue that TO names, then fails the records whose body says so.
FORWARD = """
import json, os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        record["batch"] = len(event["Records"])
    bodies = [record["body"] for record in event["Records"]]
    sqs.send_message(QueueUrl=os.environ["TO"], MessageBody=json.dumps(event))
    if "raise" in bodies:
        raise ValueError("no")
    failed = [one["messageId"] for one in event["Records"] if one["body"] == "fail"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""


class Polled:
    """A queue, a function that polls it, and a queue with the events the function was given."""

    def __init__(self, aws: Any, *, fifo: bool = False, timeout: int = 2, **queue: str) -> None:
        self.aws = aws
        self.seen = aws.queue()
        self.queue = aws.queue(fifo=fifo, **({"VisibilityTimeout": str(timeout)} | queue))
        environment = {"Variables": {"TO": self.seen.url}}
        self.function = aws.function(FORWARD, timeout=timeout, Environment=environment)
        # The first invocation imports boto3, which may take longer than the timeout.
        eventually(self._warm_up, within=20, every=0.1, what="a warm function")

    def _warm_up(self) -> None:
        response = self.aws.invoke(self.function, {"Records": []})
        assert "FunctionError" not in response
        self.seen.take()

    @contextmanager
    def mapped(self, **settings: Any) -> Iterator[str]:
        """Map the queue to the function; yields the mapping's id."""
        mapping = self.aws.lambda_.create_event_source_mapping(
            EventSourceArn=self.queue.arn, FunctionName=self.function, **settings
        )
        try:
            yield mapping["UUID"]
        finally:
            self.aws.lambda_.delete_event_source_mapping(UUID=mapping["UUID"])

    def take_records(self, *, within: float = 10) -> list[dict[str, Any]]:
        """Return the records of the next event that the function was given."""
        records: list[dict[str, Any]] = self.seen.take_record(within=within)["Records"]
        return records

    def check_empty(self) -> None:
        assert self.queue.count() == 0


def test_a_message_is_delivered_as_it_was_sent_and_deleted(aws: Any) -> None:
    polled = Polled(aws)
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    with polled.mapped():
        message_id = polled.queue.send('{"b": 1,  "a":"ä"}', MessageAttributes=attributes)

        (record,) = polled.take_records()
        assert record["messageId"] == message_id
        assert record["body"] == '{"b": 1,  "a":"ä"}'
        assert record["eventSource"] == "aws:sqs"
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert record["messageAttributes"]["colour"]["stringValue"] == "red"
        eventually(polled.check_empty, within=5, what="an empty queue")


def test_a_window_gathers_messages_from_the_first_one_on(aws: Any) -> None:
    polled = Polled(aws)
    with polled.mapped(MaximumBatchingWindowInSeconds=2, BatchSize=100):
        begun = time.monotonic()
        for number in range(12):
            polled.queue.send(str(number))

        records = polled.take_records()
        assert 1.9 < time.monotonic() - begun < 3
        assert {record["body"] for record in records} == {str(number) for number in range(12)}


def test_a_full_batch_does_not_wait_for_the_window(aws: Any) -> None:
    polled = Polled(aws)
    with polled.mapped(MaximumBatchingWindowInSeconds=60, BatchSize=3):
        for number in range(3):
            polled.queue.send(str(number))

        assert len(polled.take_records(within=5)) == 3


def test_a_bad_message_returns_alone(aws: Any) -> None:
    polled = Polled(aws)
    for body in ("good", "fail"):
        polled.queue.send(body)
    with polled.mapped(FunctionResponseTypes=REPORT):
        assert len(polled.take_records()) == 2

        (again,) = polled.take_records()
        assert again["body"] == "fail"
        assert again["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_batch_whose_function_raises_returns_and_ends_in_the_dead_letter_queue(aws: Any) -> None:
    dead_letters = aws.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": "2"})
    polled = Polled(aws, timeout=1, RedrivePolicy=redrive)
    message_id = polled.queue.send("raise")
    with polled.mapped():
        letter = dead_letters.take(within=15)

    assert (letter["MessageId"], letter["Body"]) == (message_id, "raise")
    assert letter["Attributes"]["ApproximateReceiveCount"] == "3"
    counts = [polled.take_records()[0]["attributes"]["ApproximateReceiveCount"] for _ in range(2)]
    assert counts == ["1", "2"]


def test_a_throttled_message_ends_in_the_dead_letter_queue_without_a_run(aws: Any) -> None:
    dead_letters = aws.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": "1"})
    polled = Polled(aws, timeout=1, RedrivePolicy=redrive)
    aws.lambda_.put_function_concurrency(
        FunctionName=polled.function, ReservedConcurrentExecutions=0
    )
    polled.queue.send("never seen")
    with polled.mapped():
        assert dead_letters.take(within=10)["Body"] == "never seen"

    assert polled.seen.count() == 0


def test_messages_that_do_not_match_the_filter_are_deleted_unseen(aws: Any) -> None:
    polled = Polled(aws)
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"keep": [True]}})}]}
    for body in ('{"keep": false}', "no json", '{"keep": true}'):
        polled.queue.send(body)
    with polled.mapped(FilterCriteria=criteria):
        (record,) = polled.take_records()

        assert record["body"] == '{"keep": true}'
        eventually(polled.check_empty, within=5, what="an empty queue")


def test_a_group_of_a_fifo_queue_stays_in_order_when_a_message_fails(aws: Any) -> None:
    polled = Polled(aws, fifo=True, timeout=1)
    for body in ("first", "raise"):
        polled.queue.send(body, MessageGroupId="group")
    with polled.mapped(BatchSize=1, FunctionResponseTypes=REPORT):
        polled.queue.send("last", MessageGroupId="group")

        bodies = [polled.take_records()[0]["body"] for _ in range(3)]
        assert bodies == ["first", "raise", "raise"]


def test_a_disabled_mapping_polls_only_once_it_is_enabled(aws: Any) -> None:
    polled = Polled(aws)
    polled.queue.send("hello")
    with polled.mapped(Enabled=False) as mapping:
        assert aws.lambda_.get_event_source_mapping(UUID=mapping)["State"] == "Disabled"
        assert polled.queue.take()["Body"] == "hello"
        polled.queue.send("again")

        aws.lambda_.update_event_source_mapping(UUID=mapping, Enabled=True)

        assert polled.take_records()[0]["body"] == "again"


def test_a_mapping_that_is_deleted_polls_no_more(aws: Any) -> None:
    polled = Polled(aws)
    with polled.mapped() as mapping:
        pass

    def check_gone() -> None:
        mappings = aws.lambda_.list_event_source_mappings()["EventSourceMappings"]
        assert mapping not in [one["UUID"] for one in mappings]

    eventually(check_gone, within=5, what="no mapping")
    polled.queue.send("hello")
    assert polled.queue.take()["Body"] == "hello"


def test_a_role_that_may_not_poll_is_refused_and_one_that_may_no_more_does_not_poll(
    aws: Any,
) -> None:
    polled = Polled(aws)
    role = aws.lambda_.get_function_configuration(FunctionName=polled.function)["Role"]
    name = role.rpartition("/")[2]
    with polled.mapped():
        aws.iam.delete_role_policy(RoleName=name, PolicyName="policy")
        polled.queue.send("hello")
        assert polled.queue.take()["Body"] == "hello"

    other = aws.queue()
    with pytest.raises(ClientError, match="ReceiveMessage on SQS"):
        aws.lambda_.create_event_source_mapping(
            EventSourceArn=other.arn, FunctionName=polled.function
        )


def test_a_second_mapping_of_the_same_queue_and_function_is_a_conflict(aws: Any) -> None:
    polled = Polled(aws)
    with polled.mapped(), pytest.raises(ClientError) as refused, polled.mapped():
        pass

    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"


def test_a_mapping_shows_its_settings_and_no_last_result(aws: Any) -> None:
    polled = Polled(aws)
    with polled.mapped(ScalingConfig={"MaximumConcurrency": 2}) as mapping:
        shown = aws.lambda_.get_event_source_mapping(UUID=mapping)

    del shown["ResponseMetadata"], shown["LastModified"]
    assert shown == {
        "UUID": mapping,
        "EventSourceMappingArn": (
            f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{mapping}"
        ),
        "EventSourceArn": polled.queue.arn,
        "FunctionArn": polled.function,
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "x"}}}, "Unsupported Destination"),
    ],
)
def test_a_mapping_that_lambda_does_not_take_is_refused(
    aws: Any, settings: dict[str, Any], message: str
) -> None:
    queue = aws.queue()

    with pytest.raises(ClientError, match=message):
        aws.lambda_.create_event_source_mapping(
            EventSourceArn=queue.arn, FunctionName=aws.function(), **settings
        )


def test_a_queue_whose_visibility_timeout_is_too_short_is_refused(aws: Any) -> None:
    queue = aws.queue(VisibilityTimeout="4")

    with pytest.raises(ClientError, match="less than Function timeout"):
        aws.lambda_.create_event_source_mapping(
            EventSourceArn=queue.arn, FunctionName=aws.function(timeout=5)
        )
