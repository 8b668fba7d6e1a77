"""The receipts table in DynamoDB: partition key `run`, sort key `receipt`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions

from .receipt import Attribute, TableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UniversalAttributeValueTypeDef

SCHEDULE_RUN = "schedule"
"""Partition of the jobs that wait for a schedule rule; their sort key is the rule's ARN."""


class ReceiptsTable:
    """The table of that name; every method makes one call and raises TableError if it fails."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, item: Mapping[str, Attribute]) -> None:
        """Write a new receipt; `run` and `receipt` are its key."""
        with _table_errors():
            self._client.put_item(
                TableName=self._name,
                Item={name: _attribute_value(value) for name, value in item.items()},
            )

    def complete(self, run: str, receipt: str, outcome: str, finished_at: str) -> None:
        """Set `outcome` and `finished_at` of a receipt."""
        with _table_errors():
            self._client.update_item(
                TableName=self._name,
                Key={"run": {"S": run}, "receipt": {"S": receipt}},
                UpdateExpression="SET outcome = :outcome, finished_at = :finished_at",
                ExpressionAttributeValues={
                    ":outcome": {"S": outcome},
                    ":finished_at": {"S": finished_at},
                },
            )

    def count(self, run: str, job: str) -> int:
        """Count the receipts of a job."""
        with _table_errors():
            answer = self._client.query(
                TableName=self._name,
                ConsistentRead=True,
                Select="COUNT",
                KeyConditionExpression="run = :run AND begins_with(receipt, :job)",
                ExpressionAttributeValues={
                    ":run": {"S": run},
                    ":job": {"S": f"{job}#"},
                },
            )
        return answer["Count"]

    def claim_waiting_job(self, rule_arn: str, event_id: str) -> str | None:
        """Bind the job that waits for a rule to an event; None if another event has it.

        The condition makes the first event win, and lets the retries of that event, which keep
        its id, have the same job again.
        """
        with _table_errors():
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    Key={"run": {"S": SCHEDULE_RUN}, "receipt": {"S": rule_arn}},
                    UpdateExpression="SET event_id = :event_id",
                    ConditionExpression="attribute_exists(waiting) AND "
                    "(attribute_not_exists(event_id) OR event_id = :event_id)",
                    ExpressionAttributeValues={":event_id": {"S": event_id}},
                    ReturnValues="ALL_NEW",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return answer["Attributes"]["waiting"]["S"]


@contextmanager
def _table_errors() -> Iterator[None]:
    try:
        yield
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        unanswered = isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError)
        raise TableError(str(error), unanswered=unanswered) from error


def _attribute_value(value: Attribute) -> "UniversalAttributeValueTypeDef":
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"S": value}
