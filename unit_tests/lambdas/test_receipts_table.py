from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import exceptions
from botocore.stub import Stubber

from lambdas.probe.receipt import TableError
from lambdas.probe.receipts_table import ReceiptsTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RULE_ARN = "arn:aws:events:eu-west-1:111122223333:rule/every-minute"


@pytest.fixture
def client() -> "DynamoDBClient":
    return boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - a client needs one, and nothing is sent
    )


@pytest.fixture
def dynamodb(client: "DynamoDBClient") -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def table(client: "DynamoDBClient", dynamodb: Stubber) -> ReceiptsTable:
    return ReceiptsTable(client, "receipts")


def test_a_receipt_is_put_with_the_types_of_its_values(
    table: ReceiptsTable, dynamodb: Stubber
) -> None:
    dynamodb.add_response(
        "put_item",
        {},
        {
            "TableName": "receipts",
            "Item": {"run": {"S": "r1"}, "batch_size": {"N": "10"}, "cold": {"BOOL": True}},
        },
    )

    table.put({"run": "r1", "batch_size": 10, "cold": True})


def test_a_receipt_is_completed_by_its_key(table: ReceiptsTable, dynamodb: Stubber) -> None:
    dynamodb.add_response(
        "update_item",
        {},
        {
            "TableName": "receipts",
            "Key": {"run": {"S": "r1"}, "receipt": {"S": "r1.1#t#id"}},
            "UpdateExpression": "SET outcome = :outcome, finished_at = :finished_at",
            "ExpressionAttributeValues": {
                ":outcome": {"S": "answered"},
                ":finished_at": {"S": "2026-11-21T22:00:00.123Z"},
            },
        },
    )

    table.complete("r1", "r1.1#t#id", "answered", "2026-11-21T22:00:00.123Z")


def test_attempts_are_counted_with_a_consistent_read(
    table: ReceiptsTable, dynamodb: Stubber
) -> None:
    dynamodb.add_response(
        "query",
        {"Count": 2},
        {
            "TableName": "receipts",
            "ConsistentRead": True,
            "Select": "COUNT",
            "KeyConditionExpression": "run = :run AND begins_with(receipt, :job)",
            "ExpressionAttributeValues": {":run": {"S": "r1"}, ":job": {"S": "r1.1#"}},
        },
    )

    assert table.count("r1", "r1.1") == 2


CLAIM = {
    "TableName": "receipts",
    "Key": {"run": {"S": "schedule"}, "receipt": {"S": RULE_ARN}},
    "UpdateExpression": "SET event_id = :event_id",
    "ConditionExpression": "attribute_exists(waiting) AND "
    "(attribute_not_exists(event_id) OR event_id = :event_id)",
    "ExpressionAttributeValues": {":event_id": {"S": "event-1"}},
    "ReturnValues": "ALL_NEW",
}


def test_a_waiting_job_is_bound_to_the_event_that_asks(
    table: ReceiptsTable, dynamodb: Stubber
) -> None:
    dynamodb.add_response("update_item", {"Attributes": {"waiting": {"S": "{}"}}}, CLAIM)

    assert table.claim_waiting_job(RULE_ARN, "event-1") == "{}"


def test_there_is_no_waiting_job_once_another_event_has_it(
    table: ReceiptsTable, dynamodb: Stubber
) -> None:
    dynamodb.add_client_error(
        "update_item", "ConditionalCheckFailedException", expected_params=CLAIM
    )

    assert table.claim_waiting_job(RULE_ARN, "event-1") is None


CALLS: dict[str, Callable[[ReceiptsTable], object]] = {
    "put_item": lambda table: table.put({"run": "r1"}),
    "update_item": lambda table: table.complete("r1", "r1.1#t#id", "answered", "t"),
    "query": lambda table: table.count("r1", "r1.1"),
}


@pytest.mark.parametrize("operation", CALLS)
def test_a_throttled_table_says_why(
    operation: str, table: ReceiptsTable, dynamodb: Stubber
) -> None:
    dynamodb.add_client_error(
        operation, "ThrottlingException", "Throughput exceeds the current capacity"
    )

    with pytest.raises(TableError, match="Throughput exceeds the current capacity") as failure:
        CALLS[operation](table)

    assert not failure.value.unanswered


def test_a_throttled_table_is_not_mistaken_for_one_without_a_waiting_job(
    table: ReceiptsTable, dynamodb: Stubber
) -> None:
    dynamodb.add_client_error("update_item", "ThrottlingException")

    with pytest.raises(TableError, match="ThrottlingException"):
        table.claim_waiting_job(RULE_ARN, "event-1")


@pytest.mark.parametrize(
    ("error", "unanswered"),
    [
        (exceptions.ReadTimeoutError(endpoint_url="http://127.0.0.1"), True),
        (exceptions.ConnectTimeoutError(endpoint_url="http://127.0.0.1"), True),
        (exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1"), True),
        (exceptions.NoCredentialsError(), False),
    ],
)
def test_a_table_that_does_not_answer_is_told_apart(
    error: Exception, unanswered: bool, monkeypatch: pytest.MonkeyPatch, client: Any
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(client, "put_item", fail)

    with pytest.raises(TableError) as failure:
        ReceiptsTable(client, "receipts").put({"run": "r1"})

    assert failure.value.unanswered is unanswered
    assert str(failure.value) == str(error)
