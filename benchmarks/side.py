"""One of the two emulators, with what is measured deployed on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from benchmarks.handlers import ANSWER, PROXY_ANSWER, package
from comparison.waiting import eventually
from deployment.emulator_process import running_emulator

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

REGION = "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/benchmark"
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True)
class Door:
    """One way to invoke a function over HTTP: a request that is sent again and again."""

    name: str
    host: str
    path: str
    body: bytes = b"{}"


@dataclass(frozen=True)
class Side:
    """A running emulator; doors are the ways in that are measured."""

    name: str
    endpoint: str
    doors: tuple[Door, ...]

    def client(self, service: Any) -> Any:
        """Return a boto3 client of this emulator."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
        )

    def connection(self) -> HTTPConnection:
        """Return a connection of its own to the emulator."""
        address = urlsplit(self.endpoint)
        return HTTPConnection(address.hostname or "", address.port, timeout=120)

    def create_function(self, name: str, source: str, **settings: Any) -> str:
        """Create a function from one module and return its ARN."""
        client: LambdaClient = self.client("lambda")
        answer = client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=ROLE,
            Handler="index.handler",
            Code={"ZipFile": package(source)},
            Timeout=30,
            **settings,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name)
        return answer["FunctionArn"]

    def create_queue(self, name: str) -> str:
        """Create a queue and return its URL."""
        client: SQSClient = self.client("sqs")
        answer = client.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60"})
        return answer["QueueUrl"]

    def messages_in(self, queue_url: str) -> int:
        """Return how many messages a queue holds, those in flight included."""
        client: SQSClient = self.client("sqs")
        answer = client.get_queue_attributes(
            QueueUrl=queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in answer["Attributes"].values())


@contextmanager
def running_side(*, as_shipped: bool) -> Iterator[Side]:
    """Run an emulator with one function behind Invoke, API Gateway and an ALB."""
    with running_emulator(as_shipped=as_shipped) as endpoint:
        name = "MiniStack as shipped" if as_shipped else "this project's emulator"
        bare = Side(name, endpoint, ())
        iam = bare.client("iam")
        iam.create_role(RoleName="benchmark", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(
            RoleName="benchmark", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL)
        )
        doors = (_invoke(bare), _api_gateway(bare), _load_balancer(bare))
        yield Side(name, endpoint, doors)


def _invoke(side: Side) -> Door:
    side.create_function("direct", ANSWER)
    host = urlsplit(side.endpoint).netloc
    return Door("Invoke", host, "/2015-03-31/functions/direct/invocations")


def _permit(side: Side, function: str, principal: str) -> None:
    client: LambdaClient = side.client("lambda")
    client.add_permission(
        FunctionName=function,
        StatementId="benchmark",
        Action="lambda:InvokeFunction",
        Principal=principal,
    )


def _api_gateway(side: Side) -> Door:
    arn = side.create_function("behind-api", PROXY_ANSWER)
    _permit(side, "behind-api", "apigateway.amazonaws.com")
    client: APIGatewayClient = side.client("apigateway")
    api = client.create_rest_api(name="benchmark")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    resource = client.create_resource(restApiId=api, parentId=root, pathPart="jobs")["id"]
    client.put_method(
        restApiId=api, resourceId=resource, httpMethod="POST", authorizationType="NONE"
    )
    client.put_integration(
        restApiId=api,
        resourceId=resource,
        httpMethod="POST",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    client.create_deployment(restApiId=api, stageName="v1")
    return Door("API Gateway", f"{api}.execute-api.localhost", "/v1/jobs")


def _load_balancer(side: Side) -> Door:
    arn = side.create_function("behind-alb", ANSWER)
    _permit(side, "behind-alb", "elasticloadbalancing.amazonaws.com")
    ec2 = side.client("ec2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    client: ElasticLoadBalancingv2Client = side.client("elbv2")
    balancer = client.create_load_balancer(Name="benchmark", Subnets=subnets)["LoadBalancers"][0]
    group = client.create_target_group(Name="benchmark", TargetType="lambda")["TargetGroups"][0]
    group_arn = group["TargetGroupArn"]
    client.register_targets(TargetGroupArn=group_arn, Targets=[{"Id": arn}])
    client.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
    )
    return Door("ALB", balancer["DNSName"], "/jobs")


def until_empty(side: Side, queue_url: str, within: float) -> None:
    """Wait until a queue holds nothing. Raises NotInTime."""

    def empty() -> None:
        left = side.messages_in(queue_url)
        assert left == 0, f"{left} messages"  # noqa: S101 - what is waited for

    eventually(empty, within=within, every=0.02, what=f"an empty queue on {side.name}")
