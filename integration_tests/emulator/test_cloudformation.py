"""CloudFormation: what MiniStack drops is applied, and what AWS refuses is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from comparison.waiting import eventually

INLINE = "def handler(event, context):\n    return event\n"


class Stacks:
    """Stacks that are deleted after the test."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.client = aws.client("cloudformation")
        self.names: list[str] = []

    def create(self, resources: dict[str, Any]) -> dict[str, str]:
        """Create a stack; return the physical ids of its resources by logical id."""
        name = self.aws.name()
        self.names.append(name)
        self.client.create_stack(
            StackName=name,
            TemplateBody=json.dumps({"Resources": resources}),
            Capabilities=["CAPABILITY_IAM"],
        )
        self.client.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        return self.physical_ids(name)

    def update(self, resources: dict[str, Any]) -> None:
        template = json.dumps({"Resources": resources})
        self.client.update_stack(
            StackName=self.names[-1], TemplateBody=template, Capabilities=["CAPABILITY_IAM"]
        )
        self.client.get_waiter("stack_update_complete").wait(
            StackName=self.names[-1], WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.names[-1])
        self.client.get_waiter("stack_delete_complete").wait(
            StackName=self.names[-1], WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )

    def physical_ids(self, name: str) -> dict[str, str]:
        resources = self.client.describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}

    def why_failed(self) -> str:
        """Return the reasons of what failed in the last stack."""
        events = self.client.describe_stack_events(StackName=self.names[-1])["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)


@pytest.fixture
def stacks(aws: Any) -> Iterator[Stacks]:
    stacks = Stacks(aws)
    yield stacks
    for name in stacks.names:
        stacks.client.delete_stack(StackName=name)


def function(**properties: Any) -> dict[str, Any]:
    """Return the resources of a function: itself and its role."""
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ]
    }
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policy = {"PolicyName": "policy", "PolicyDocument": everything}
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": trust, "Policies": [policy]},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": INLINE},
                **properties,
            },
        },
    }


ARN = {"Fn::GetAtt": ["Function", "Arn"]}
QUEUE = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}
QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}


def permission(service: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": ARN,
            "Principal": f"{service}.amazonaws.com",
            **properties,
        },
    }


def test_a_function_keeps_its_dead_letter_queue_and_reserved_concurrency(
    aws: Any, stacks: Stacks
) -> None:
    configured = function(DeadLetterConfig={"TargetArn": QUEUE_ARN}, ReservedConcurrentExecutions=3)
    ids = stacks.create(QUEUE | configured)

    shown = aws.lambda_.get_function(FunctionName=ids["Function"])
    assert shown["Configuration"]["DeadLetterConfig"]["TargetArn"].endswith(
        ids["Queue"].rpartition("/")[2]
    )
    assert shown["Concurrency"] == {"ReservedConcurrentExecutions": 3}

    stacks.update(QUEUE | function(Timeout=4))

    shown = aws.lambda_.get_function(FunctionName=ids["Function"])
    assert "DeadLetterConfig" not in shown["Configuration"]
    assert "Concurrency" not in shown


def test_the_events_of_an_alias_follow_the_config_of_the_alias(aws: Any, stacks: Stacks) -> None:
    config = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "Qualifier": "once",
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN}},
        },
        "DependsOn": "Alias",
    }
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "FunctionVersion": "$LATEST",
            "Name": "once",
        },
    }
    ids = stacks.create(QUEUE | function() | {"Alias": alias, "Config": config})

    shown = aws.lambda_.get_function_event_invoke_config(
        FunctionName=ids["Function"], Qualifier="once"
    )
    assert shown["MaximumRetryAttempts"] == 0
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        aws.lambda_.get_function_event_invoke_config(FunctionName=ids["Function"])


def test_a_target_group_registers_its_function(aws: Any, stacks: Stacks) -> None:
    group = {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"TargetType": "lambda", "Targets": [{"Id": ARN}]},
        "DependsOn": "Permission",
    }
    ids = stacks.create(
        function() | {"Permission": permission("elasticloadbalancing"), "Group": group}
    )

    (health,) = aws.client("elbv2").describe_target_health(TargetGroupArn=ids["Group"])[
        "TargetHealthDescriptions"
    ]
    assert health["Target"]["Id"].endswith(ids["Function"])
    (group,) = aws.client("elbv2").describe_target_groups(TargetGroupArns=[ids["Group"]])[
        "TargetGroups"
    ]
    assert (group["HealthCheckEnabled"], group["HealthCheckIntervalSeconds"]) == (False, 35)


def test_a_subscription_shows_what_sns_fills_in(aws: Any, stacks: Stacks) -> None:
    topic = {"Ref": "Topic"}
    subscription = {"TopicArn": topic, "Protocol": "lambda", "Endpoint": ARN}
    ids = stacks.create(
        function()
        | {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Permission": permission("sns", SourceArn=topic),
            "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
        }
    )

    shown = aws.client("sns").get_subscription_attributes(SubscriptionArn=ids["Subscription"])
    assert shown["Attributes"]["PendingConfirmation"] == "false"
    assert shown["Attributes"]["TopicArn"] == ids["Topic"]


def test_a_target_group_whose_function_does_not_permit_it_fails(stacks: Stacks) -> None:
    group = {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"TargetType": "lambda", "Targets": [{"Id": ARN}]},
    }

    with pytest.raises(WaiterError):
        stacks.create(function() | {"Group": group})

    assert "principal does not have permission to invoke" in stacks.why_failed()


def test_a_mapping_that_is_not_enabled_is_disabled(aws: Any, stacks: Stacks) -> None:
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "EventSourceArn": QUEUE_ARN,
            "Enabled": False,
        },
    }
    ids = stacks.create(QUEUE | function() | {"Mapping": mapping})

    assert aws.lambda_.get_event_source_mapping(UUID=ids["Mapping"])["State"] == "Disabled"

    mapping["Properties"] |= {"Enabled": True, "BatchSize": 1}  # type: ignore[operator] # a dict
    stacks.update(QUEUE | function() | {"Mapping": mapping})

    def check_enabled() -> None:
        shown = aws.lambda_.get_event_source_mapping(UUID=ids["Mapping"])
        assert (shown["State"], shown["BatchSize"]) == ("Enabled", 1)

    eventually(check_enabled, within=5, what="the update")


def test_a_mapping_that_lambda_refuses_fails_the_stack(stacks: Stacks) -> None:
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "EventSourceArn": QUEUE_ARN,
            "BatchSize": 100,
        },
    }

    with pytest.raises(WaiterError):
        stacks.create(QUEUE | function() | {"Mapping": mapping})

    assert "Maximum batch window in seconds must be greater than 0" in stacks.why_failed()


def test_a_bucket_with_objects_is_not_deleted(aws: Any, stacks: Stacks) -> None:
    s3 = aws.client("s3")
    ids = stacks.create({"Bucket": {"Type": "AWS::S3::Bucket"}})
    s3.put_object(Bucket=ids["Bucket"], Key="key", Body=b"")

    with pytest.raises(WaiterError):
        stacks.delete()

    assert "The bucket you tried to delete is not empty" in stacks.why_failed()
    s3.delete_object(Bucket=ids["Bucket"], Key="key")
    stacks.delete()


@pytest.mark.parametrize("permitted", [True, False])
def test_a_bucket_notifies_a_function_that_permits_it(
    aws: Any, stacks: Stacks, permitted: bool
) -> None:
    name = aws.name()
    notification = {"LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": ARN}]}
    source = f"arn:aws:s3:::{name if permitted else 'another'}"
    resources = function() | {
        "Permission": permission("s3", SourceArn=source),
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": name, "NotificationConfiguration": notification},
            "DependsOn": "Permission",
        },
    }

    if permitted:
        ids = stacks.create(resources)
        shown = aws.client("s3").get_bucket_notification_configuration(Bucket=ids["Bucket"])
        assert len(shown["LambdaFunctionConfigurations"]) == 1
    else:
        with pytest.raises(WaiterError):
            stacks.create(resources)
        assert "Unable to validate the following destination" in stacks.why_failed()


def test_a_package_that_is_no_zip_fails_the_stack(aws: Any, stacks: Stacks) -> None:
    bucket = aws.name()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.zip", Body=b"no zip")

    with pytest.raises(WaiterError):
        stacks.create(function(Code={"S3Bucket": bucket, "S3Key": "code.zip"}))

    assert "Could not unzip uploaded file" in stacks.why_failed()


def test_code_that_is_deployed_again_is_what_runs(aws: Any, stacks: Stacks) -> None:
    ids = stacks.create(function())
    assert aws.invoke(ids["Function"], 1)["Payload"].read() == b"1"

    stacks.update(function(Code={"ZipFile": INLINE.replace("return event", "return 'new'")}))

    assert aws.invoke(ids["Function"], 1)["Payload"].read() == b'"new"'
