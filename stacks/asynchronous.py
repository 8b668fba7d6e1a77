"""Asynchronous paths: S3 notification, EventBridge rule and schedule, SNS subscription."""

from typing import cast

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.generated_names import stack_uuid
from stacks.naming import PROJECT, Output
from stacks.queues import EncryptedQueue


class AsynchronousStack(Stack):
    """Event sources that hand an event to Lambda and do not wait for the function."""

    def __init__(
        self, scope: Construct, construct_id: str, *, function_arn: str, role: iam.IRole
    ) -> None:
        super().__init__(scope, construct_id, description="The function behind events")
        self._function = lambda_.Function.from_function_attributes(
            self, "Function", function_arn=function_arn, same_environment=True
        )
        self._add_bucket(role)
        self._add_event_rule()
        self._add_schedule()
        self._add_topic()

    def _add_bucket(self, role: iam.IRole) -> None:
        bucket_name = f"invocation-paths-{stack_uuid(self)}"
        permission = lambda_.CfnPermission(
            self,
            "InvokeFromBucket",
            action="lambda:InvokeFunction",
            function_name=self._function.function_arn,
            principal="s3.amazonaws.com",
            source_arn=f"arn:{self.partition}:s3:::{bucket_name}",
            # The ARN of a bucket holds no account, and a name that is free again can be anybody's.
            source_account=self.account,
        )
        bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(1))],
            removal_policy=RemovalPolicy.DESTROY,
        )
        # The bucket's own property: Bucket.add_event_notification would deploy a second function.
        resource = cast("s3.CfnBucket", bucket.node.default_child)
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            lambda_configurations=[
                s3.CfnBucket.LambdaConfigurationProperty(
                    event="s3:ObjectCreated:*", function=self._function.function_arn
                )
            ]
        )
        resource.add_resource_dependency(permission)
        iam.Policy(
            self,
            "ReadJobs",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")]
                )
            ],
        )
        CfnOutput(self, Output.BUCKET_NAME, value=bucket.bucket_name)

    def _add_event_rule(self) -> None:
        dead_letters = EncryptedQueue(self, "RuleDeadLetters", retention=Duration.hours(1))
        bus = events.EventBus(self, "Bus", description="Jobs for the function")
        rule = events.Rule(
            self,
            "Rule",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[PROJECT]),
            targets=[targets.LambdaFunction(self._function, dead_letter_queue=dead_letters)],
        )
        CfnOutput(self, Output.EVENT_BUS_NAME, value=bus.event_bus_name)
        CfnOutput(self, Output.EVENT_RULE_ARN, value=rule.rule_arn)
        CfnOutput(self, Output.EVENT_RULE_DEAD_LETTER_QUEUE_URL, value=dead_letters.queue_url)

    def _add_schedule(self) -> None:
        # Disabled until a scenario enables it: a forgotten stack must not run for ever.
        rule = events.Rule(
            self,
            "Schedule",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            enabled=False,
            targets=[targets.LambdaFunction(self._function)],
        )
        CfnOutput(self, Output.SCHEDULE_RULE_NAME, value=rule.rule_name)
        CfnOutput(self, Output.SCHEDULE_RULE_ARN, value=rule.rule_arn)

    def _add_topic(self) -> None:
        dead_letters = EncryptedQueue(self, "SubscriptionDeadLetters", retention=Duration.hours(1))
        topic = sns.Topic(
            self,
            "Topic",
            # The policy of this key lets everybody who may publish in this account use it.
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            enforce_ssl=True,
        )
        subscription = topic.add_subscription(
            subscriptions.LambdaSubscription(self._function, dead_letter_queue=dead_letters)
        )
        resource = cast("sns.CfnSubscription", subscription.node.default_child)
        CfnOutput(self, Output.TOPIC_ARN, value=topic.topic_arn)
        CfnOutput(self, Output.SUBSCRIPTION_ARN, value=resource.ref)
        CfnOutput(self, Output.SUBSCRIPTION_DEAD_LETTER_QUEUE_URL, value=dead_letters.queue_url)
