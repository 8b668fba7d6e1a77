"""Callers other than the root of the account: users, whom IAM asks what they may do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from comparison.clients import AS_CALLER
from comparison.deployed import Deployed
from comparison.senders.front_door import FrontDoorSender
from stacks.naming import Output

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

WITHOUT_TLS = ("X-Forwarded-Proto", "http")
"""The header by which a request to the emulator says so."""


@dataclass(frozen=True)
class User:
    """A user with an access key."""

    deployed: Deployed
    credentials: Credentials

    def services(self, *, tls: bool) -> "Services":
        """Return clients whose requests count as sent over TLS, or not."""
        target = self.deployed.target

        def client(service: Any) -> Any:
            made = boto3.client(
                service,
                endpoint_url=target.endpoint,
                region_name=target.region,
                aws_access_key_id=self.credentials.access_key,
                aws_secret_access_key=self.credentials.secret_key,
                config=AS_CALLER,
            )
            if not tls:
                made.meta.events.register("before-sign", _say_without_tls)
            return made

        return Services(client("s3"), client("sns"), client("sqs"))

    def api_gateway(self) -> FrontDoorSender:
        """Return a sender that signs requests to the API as this user."""
        target, outputs = self.deployed.target, self.deployed.outputs
        host = target.api_gateway_host.format(api=outputs[Output.REST_API_ID], region=target.region)

        def sign(method: str, url: str, body: bytes) -> list[tuple[str, str]]:
            request = AWSRequest(method=method, url=url, data=body)
            SigV4Auth(self.credentials, "execute-api", target.region).add_auth(request)
            return list(request.headers.items())

        stage = outputs[Output.REST_API_STAGE]
        return FrontDoorSender(target.endpoint or "", host, f"/{stage}", sign)


@dataclass(frozen=True)
class Services:
    """Clients of one caller."""

    s3: "S3Client"
    sns: "SNSClient"
    sqs: "SQSClient"


def is_allowed(services: Services, policy_type: str, resource: str) -> bool:
    """Say whether a request that a policy on this resource is about is not refused."""
    try:
        _USES[policy_type](services, resource)
    except ClientError as refusal:
        assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN
        return False
    return True


_USES: Mapping[str, Callable[[Services, str], object]] = {
    "AWS::S3::BucketPolicy": lambda services, name: services.s3.list_objects_v2(Bucket=name),
    "AWS::SNS::TopicPolicy": lambda services, arn: services.sns.publish(
        TopicArn=arn, Message='{"run": "over-tls", "job": "over-tls.1", "do": "answer"}'
    ),
    "AWS::SQS::QueuePolicy": lambda services, url: services.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn"]
    ),
}
"""A request by the type of the policy that is asked."""


def create_user(deployed: Deployed, name: str, *actions: str) -> User:
    """Create a user who may do these actions with everything."""
    iam = deployed.clients.iam
    iam.create_user(UserName=name)
    if actions:
        allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_user_policy(UserName=name, PolicyName="allow", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return User(deployed, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))


def _say_without_tls(request: AWSRequest, **_: object) -> None:
    name, value = WITHOUT_TLS
    request.headers[name] = value
