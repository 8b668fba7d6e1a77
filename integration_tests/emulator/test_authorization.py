"""Who may do what: users, functions as their roles, and Lambda in the name of a role."""

import json
from http import HTTPStatus
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from comparison.waiting import eventually

NOBODY = json.dumps({"Version": "2012-10-17", "Statement": []})
IDENTITY = """
import boto3
def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
SEND = """
import boto3
def handler(event, context):
    print("sending")
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="from the function")
"""
SEND_MESSAGE = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
LOG = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}


def allow(action: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def client_of(aws: Any, service: Any, key: str, secret: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def access_key(aws: Any, statement: dict[str, Any]) -> tuple[str, str]:
    """Return id and secret of an access key of a new user with this permission."""
    name = aws.name()
    aws.iam.create_user(UserName=name)
    aws.iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=policy(statement))
    key = aws.iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def user(aws: Any, service: str, statement: dict[str, Any]) -> Any:
    """Return a client of a new user with this permission."""
    return client_of(aws, service, *access_key(aws, statement))


def refused(error: ClientError) -> tuple[int, str]:
    response: Any = error.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def events_of(aws: Any, function: str) -> list[str]:
    """Return the messages in the function's log; none when there is no group."""
    logs = aws.client("logs")
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]


def test_the_code_of_a_function_is_its_role_in_a_session_named_after_the_function(
    aws: Any,
) -> None:
    role = aws.role([])
    function = aws.function(IDENTITY, role=role)

    identity = json.loads(aws.invoke(function, {})["Payload"].read())

    account = function.split(":")[4]
    names = f"{role.rpartition('/')[2]}/{function.rpartition(':')[2]}"
    assert identity == f"arn:aws:sts::{account}:assumed-role/{names}"


def test_the_code_of_a_function_may_do_what_its_role_allows_and_nothing_else(aws: Any) -> None:
    queue = aws.queue()
    trusted = aws.function(SEND, role=aws.role([SEND_MESSAGE]))
    other = aws.function(SEND, role=aws.role([allow("sqs:ReceiveMessage")]))

    aws.invoke(trusted, {"queue": queue.url})
    failed = aws.invoke(other, {"queue": queue.url})

    assert queue.take()["Body"] == "from the function"
    assert "AccessDenied" in json.loads(failed["Payload"].read())["errorMessage"]
    assert queue.count() == 0


@pytest.mark.parametrize(
    ("actions", "is_logged"),
    [
        (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], True),
        (["logs:CreateLogStream", "logs:PutLogEvents"], False),
        (["logs:CreateLogGroup", "logs:PutLogEvents"], False),
        (["logs:CreateLogGroup", "logs:CreateLogStream"], False),
        ([], False),
    ],
)
def test_a_function_runs_without_a_log_when_its_role_may_not_write_one(
    aws: Any, actions: list[str], *, is_logged: bool
) -> None:
    statements = [SEND_MESSAGE, *([LOG | {"Action": actions}] if actions else [])]
    function = aws.function(SEND, role=aws.role(statements))
    queue = aws.queue()

    answer = aws.invoke(function, {"queue": queue.url}, LogType="Tail")

    assert "FunctionError" not in answer
    assert answer["LogResult"]
    assert ("sending\n" in events_of(aws, function)) is is_logged


def test_a_function_whose_role_does_not_trust_lambda_does_not_run_until_it_does(aws: Any) -> None:
    role = aws.role([allow("sqs:SendMessage")])
    name = role.rpartition("/")[2]
    trust = aws.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    function = aws.function(IDENTITY, role=role)
    records = aws.destinations(function)
    aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=NOBODY)

    with pytest.raises(ClientError) as refusal:
        aws.invoke(function, {})
    assert aws.invoke(function, {}, InvocationType="Event")["StatusCode"] == HTTPStatus.ACCEPTED
    aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))

    assert refused(refusal.value) == (403, "AccessDeniedException")
    assert records.take_record()["requestContext"]["condition"] == "Success"


@pytest.mark.parametrize("role", ["arn:aws:iam::000000000000:role/nobody", "no ARN at all"])
def test_a_function_is_not_made_for_a_role_that_does_not_exist(aws: Any, role: str) -> None:
    with pytest.raises(ClientError) as refusal:
        aws.function(role=role)

    assert refused(refusal.value) == (400, "InvalidParameterValueException")


def test_a_function_whose_role_was_deleted_is_not_invoked(aws: Any) -> None:
    role = aws.role([])
    function = aws.function(role=role)
    aws.iam.delete_role(RoleName=role.rpartition("/")[2])

    with pytest.raises(ClientError) as refusal:
        aws.invoke(function, {})

    assert refused(refusal.value) == (403, "AccessDeniedException")


def test_a_queue_is_not_polled_while_the_role_does_not_trust_lambda(aws: Any) -> None:
    role = aws.role([allow("sqs:*")])
    name = role.rpartition("/")[2]
    trust = aws.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    queue = aws.queue(VisibilityTimeout="5")
    function = aws.function(role=role)
    aws.lambda_.create_event_source_mapping(FunctionName=function, EventSourceArn=queue.arn)
    aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=NOBODY)
    queue.send("a message")

    message = queue.take()

    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    queue.send("another")
    eventually(lambda: _assert_empty(queue), within=10, every=0.1, what="the queue")


def _assert_empty(queue: Any) -> None:
    assert queue.count() == 0


def test_a_user_may_invoke_what_iam_allows(aws: Any) -> None:
    function = aws.function()
    invoker = user(aws, "lambda", allow("lambda:InvokeFunction"))
    stranger = user(aws, "lambda", allow("lambda:GetFunction"))

    assert invoker.invoke(FunctionName=function)["StatusCode"] == HTTPStatus.OK
    with pytest.raises(ClientError) as refusal:
        stranger.invoke(FunctionName=function)

    assert refused(refusal.value) == (403, "AccessDeniedException")
    message = refusal.value.response["Error"]["Message"]
    assert f"is not authorized to perform: lambda:InvokeFunction on resource: {function}" in message


def test_a_user_may_invoke_an_alias_without_the_function_behind_it(aws: Any) -> None:
    function = aws.function()
    alias = f"{function}:live"
    aws.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="$LATEST")
    invoker = user(aws, "lambda", allow("lambda:InvokeFunction") | {"Resource": alias})

    assert invoker.invoke(FunctionName=alias)["StatusCode"] == HTTPStatus.OK
    with pytest.raises(ClientError) as refusal:
        invoker.invoke(FunctionName=function)

    assert refused(refusal.value) == (403, "AccessDeniedException")


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", None])
def test_an_unknown_key_or_another_secret_invokes_nothing(aws: Any, key: str | None) -> None:
    known, _ = access_key(aws, allow("lambda:InvokeFunction"))
    forger = client_of(aws, "lambda", key or known, "another secret")

    with pytest.raises(ClientError) as refusal:
        forger.invoke(FunctionName=aws.function())

    expected = "UnrecognizedClientException" if key else "InvalidSignatureException"
    assert refused(refusal.value) == (403, expected)


def test_a_request_counts_as_sent_over_tls_unless_it_says_otherwise(aws: Any) -> None:
    queue = aws.queue()
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sqs:*",
        "Resource": queue.arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    aws.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy(deny)})
    over_tls = user(aws, "sqs", allow("sqs:*"))
    without_tls = user(aws, "sqs", allow("sqs:*"))
    without_tls.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header("X-Forwarded-Proto", "http")
    )

    over_tls.send_message(QueueUrl=queue.url, MessageBody="secure")
    with pytest.raises(ClientError) as refusal:
        without_tls.send_message(QueueUrl=queue.url, MessageBody="insecure")

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN
    assert queue.take()["Body"] == "secure"


def test_lambda_sends_over_tls(aws: Any) -> None:
    function = aws.function()
    records = aws.destinations(function)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": records.arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    aws.sqs.set_queue_attributes(QueueUrl=records.url, Attributes={"Policy": policy(deny)})

    aws.invoke(function, {}, InvocationType="Event")

    assert records.take_record()["requestContext"]["condition"] == "Success"
