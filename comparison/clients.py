"""AWS clients for one target: those that act as a path's caller, and those that observe."""

import threading
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import boto3
import botocore.session
from botocore.config import Config

from comparison.targets import Target, refuse_strangers

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

CONNECTIONS = 64

AS_CALLER = Config(
    retries={"total_max_attempts": 1},
    read_timeout=60,
    connect_timeout=10,
    max_pool_connections=CONNECTIONS,
    s3={"addressing_style": "path"},
)
"""No retries: what a path's caller saw is the answer to one request (H1)."""

AS_OBSERVER = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    read_timeout=10,
    connect_timeout=10,
    max_pool_connections=CONNECTIONS,
    s3={"addressing_style": "path"},
)
"""Retries: a throttled look at a queue must not end a run, nor may one that is not answered."""


class Clients:
    """Clients of one target, made once each and safe to use from several threads."""

    def __init__(self, target: Target) -> None:
        self.target = target
        session = botocore.session.Session()
        if target.endpoint is not None:
            session.set_credentials("test", "test")
        session.set_config_variable("region", target.region)
        session.register("before-call", _add_trace_header)
        session.register("before-send", partial(_guard, target))
        self.session = boto3.Session(botocore_session=session, region_name=target.region)
        self._made: dict[tuple[str, bool], Any] = {}
        self._lock = threading.Lock()

    def _client(self, service: str, *, observing: bool) -> Any:
        with self._lock:
            key = (service, observing)
            if key not in self._made:
                self._made[key] = self.session.client(
                    cast("Any", service),
                    endpoint_url=self.target.endpoint,
                    config=AS_OBSERVER if observing else AS_CALLER,
                )
            return self._made[key]

    @property
    def caller_lambda(self) -> "LambdaClient":
        """Lambda, without retries."""
        return cast("LambdaClient", self._client("lambda", observing=False))

    def impatient_lambda(self, read_timeout: float) -> "LambdaClient":
        """Lambda, as a client that waits so many seconds for an answer and then asks once more."""
        config = AS_CALLER.merge(
            Config(read_timeout=read_timeout, retries={"mode": "standard", "total_max_attempts": 2})
        )
        return self.session.client("lambda", endpoint_url=self.target.endpoint, config=config)

    @property
    def caller_s3(self) -> "S3Client":
        """S3, without retries."""
        return cast("S3Client", self._client("s3", observing=False))

    @property
    def caller_events(self) -> "EventBridgeClient":
        """EventBridge, without retries."""
        return cast("EventBridgeClient", self._client("events", observing=False))

    @property
    def caller_sns(self) -> "SNSClient":
        """SNS, without retries."""
        return cast("SNSClient", self._client("sns", observing=False))

    @property
    def caller_sqs(self) -> "SQSClient":
        """SQS, without retries."""
        return cast("SQSClient", self._client("sqs", observing=False))

    @property
    def apigateway(self) -> "APIGatewayClient":
        """API Gateway, to read configuration."""
        return cast("APIGatewayClient", self._client("apigateway", observing=True))

    @property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation, to read the stacks' outputs."""
        return cast("CloudFormationClient", self._client("cloudformation", observing=True))

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB, to read receipts and to leave the schedule's job."""
        return cast("DynamoDBClient", self._client("dynamodb", observing=True))

    @property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Elastic Load Balancing, to read and change target groups."""
        return cast("ElasticLoadBalancingv2Client", self._client("elbv2", observing=True))

    @property
    def events(self) -> "EventBridgeClient":
        """EventBridge, to enable and disable the schedule."""
        return cast("EventBridgeClient", self._client("events", observing=True))

    @property
    def iam(self) -> "IAMClient":
        """IAM, to read the policies of the function's role."""
        return cast("IAMClient", self._client("iam", observing=True))

    @property
    def lambda_(self) -> "LambdaClient":
        """Lambda, to read and change configuration."""
        return cast("LambdaClient", self._client("lambda", observing=True))

    @property
    def unvalidated_lambda(self) -> "LambdaClient":
        """Lambda, without the SDK's own look at parameters: AWS itself shall refuse them."""
        config = AS_OBSERVER.merge(Config(parameter_validation=False))
        with self._lock:
            return self.session.client("lambda", endpoint_url=self.target.endpoint, config=config)

    @property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs, to read what the function wrote."""
        return cast("CloudWatchLogsClient", self._client("logs", observing=True))

    @property
    def s3(self) -> "S3Client":
        """S3, to read and change the bucket's notifications."""
        return cast("S3Client", self._client("s3", observing=True))

    @property
    def sns(self) -> "SNSClient":
        """SNS, to read configuration."""
        return cast("SNSClient", self._client("sns", observing=True))

    @property
    def sqs(self) -> "SQSClient":
        """SQS, to drain the queues in which jobs end."""
        return cast("SQSClient", self._client("sqs", observing=True))


TRACE_HEADER: ContextVar[str | None] = ContextVar("TRACE_HEADER", default=None)
"""X-Amzn-Trace-Id of the API calls that are made while it is set."""


def _add_trace_header(**call: Any) -> None:
    header = TRACE_HEADER.get()
    if header is not None:
        call["params"]["headers"]["X-Amzn-Trace-Id"] = header


def _guard(target: Target, request: Any, **_: Any) -> None:
    """Stop a request that is about to leave the target's endpoint, before it is sent."""
    refuse_strangers(target, request.url)
