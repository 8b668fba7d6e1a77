"""One emulator for the session, and short ways to make what a test needs in it."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from comparison.waiting import eventually
from deployment.emulator_process import running_emulator

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import InvocationResponseTypeDef
    from mypy_boto3_sqs.type_defs import MessageTypeDef

ACCOUNT = "000000000000"
REGION = "us-east-1"
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]

ECHO = "def handler(event, context):\n    return event\n"
RAISE = "def handler(event, context):\n    raise ValueError('no')\n"


@dataclass(frozen=True)
class Aws:
    """Clients of the emulator, and what tests do with them again and again."""

    endpoint: str

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - no secret
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    @cached_property
    def lambda_(self) -> Any:
        return self.client("lambda")

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def iam(self) -> Any:
        return self.client("iam")

    def name(self) -> str:
        return f"test-{uuid.uuid4().hex[:12]}"

    def role(self, statements: list[dict[str, Any]]) -> str:
        """Make a role for functions with these policy statements; return its ARN."""
        name = self.name()
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        trust_policy = trust | {"Principal": {"Service": "lambda.amazonaws.com"}}
        arn: str = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=_policy([trust_policy])
        )["Role"]["Arn"]
        if statements:
            self.iam.put_role_policy(
                RoleName=name, PolicyName="policy", PolicyDocument=_policy(statements)
            )
        return arn

    def function(
        self, code: str = ECHO, *, role: str | None = None, timeout: int = 5, **more: Any
    ) -> str:
        """Make a function that is ready to be invoked; return its ARN."""
        name = self.name()
        arn: str = self.lambda_.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=role or self.role(EVERYTHING),
            Code={"ZipFile": package(code)},
            Timeout=timeout,
            **more,
        )["FunctionArn"]

        def check_active() -> None:
            state = self.lambda_.get_function_configuration(FunctionName=name)["State"]
            assert state == "Active", state

        eventually(check_active, within=10, every=0.1, what="the function")
        return arn

    def permit(self, function: str, service: str, source_arn: str) -> None:
        self.lambda_.add_permission(
            FunctionName=function,
            StatementId=uuid.uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source_arn,
        )

    def invoke(self, function: str, event: object, **more: Any) -> "InvocationResponseTypeDef":
        response: InvocationResponseTypeDef = self.lambda_.invoke(
            FunctionName=function, Payload=json.dumps(event), **more
        )
        return response

    def queue(self, *, fifo: bool = False, **attributes: str) -> "Queue":
        if fifo:
            attributes = attributes | {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        url = self.sqs.create_queue(
            QueueName=self.name() + (".fifo" if fifo else ""), Attributes=attributes
        )["QueueUrl"]
        return Queue(self, url)

    def destinations(self, function: str, *, retries: int = 0, **more: Any) -> "Queue":
        """Let the function send both kinds of records to a new queue; return the queue."""
        queue = self.queue()
        self.lambda_.put_function_event_invoke_config(
            FunctionName=function,
            MaximumRetryAttempts=retries,
            DestinationConfig={
                "OnSuccess": {"Destination": queue.arn},
                "OnFailure": {"Destination": queue.arn},
            },
            **more,
        )
        return queue

    def http(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request as it is, without an SDK."""
        address = urlsplit(self.endpoint)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content


@dataclass(frozen=True)
class Queue:
    aws: Aws
    url: str

    @cached_property
    def arn(self) -> str:
        attributes = self.aws.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["QueueArn"]
        )
        arn: str = attributes["Attributes"]["QueueArn"]
        return arn

    def send(self, body: str, **more: Any) -> str:
        message_id: str = self.aws.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)[
            "MessageId"
        ]
        return message_id

    def take(self, *, within: float = 10) -> "MessageTypeDef":
        """Return the next message, and delete it."""

        def receive() -> "MessageTypeDef":
            messages: list[MessageTypeDef] = self.aws.sqs.receive_message(
                QueueUrl=self.url, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            assert messages, "no message"
            return messages[0]

        message = eventually(receive, within=within, every=0.05, what="a message")
        self.aws.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def take_record(self, *, within: float = 10) -> dict[str, Any]:
        """Return the next message's body, an invocation record."""
        record: dict[str, Any] = json.loads(self.take(within=within)["Body"])
        return record

    def count(self) -> int:
        """Return how many messages there are, visible or not."""
        attributes = self.aws.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])[
            "Attributes"
        ]
        return int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        )


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with running_emulator() as endpoint:
        yield Aws(endpoint)


def package(code: str) -> bytes:
    """Return a deployment package with one module, `index`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", code)
    return content.getvalue()


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
