"""The one function behind every path, and everything it writes to."""

from pathlib import Path

from aws_cdk import CfnOutput, Duration, IgnoreMode, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.configuration import (
    ALIASES,
    FUNCTION_TIMEOUT_SECONDS,
    LATEST_VERSION,
    AsynchronousInvocation,
)
from stacks.context import Architecture
from stacks.naming import Alias, Output
from stacks.queues import EncryptedQueue

CODE = Path(__file__).parent.parent / "lambdas"
_ARCHITECTURES = {
    Architecture.ARM64: lambda_.Architecture.ARM_64,
    Architecture.X86_64: lambda_.Architecture.X86_64,
}


class FunctionStack(Stack):
    """Function, log group, receipts table and the queues where asynchronous events end."""

    def __init__(self, scope: Construct, construct_id: str, *, architecture: Architecture) -> None:
        super().__init__(scope, construct_id, description="The function behind every path")
        retention = Duration.hours(1)
        self._on_success = EncryptedQueue(self, "OnSuccess", retention=retention)
        self._on_failure = EncryptedQueue(self, "OnFailure", retention=retention)
        self._dead_letters = EncryptedQueue(self, "DeadLetters", retention=retention)
        # A log group of the stack's own, because the one Lambda would create survives destroy.
        self._log_group = logs.LogGroup(
            self,
            "Logs",
            retention=logs.RetentionDays.ONE_WEEK,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._receipts = dynamodb.Table(
            self,
            "Receipts",
            partition_key=dynamodb.Attribute(name="run", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="receipt", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = self._create_role()
        self.function = self._create_function(_ARCHITECTURES[architecture])
        self._configure_asynchronous_invocation("$LATEST", LATEST_VERSION)
        for alias, configuration in ALIASES.items():
            self._add_alias(alias, configuration)
        self._add_outputs()

    def _create_role(self) -> iam.Role:
        """Create the execution role: what the function does, and Lambda on its behalf (AS-27)."""
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        # No logs:CreateLogGroup: lines that arrive after destroy cannot bring the group back.
        self._log_group.grant(role, "logs:CreateLogStream", "logs:PutLogEvents")
        self._receipts.grant(role, "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query")
        for queue in (self._on_success, self._on_failure, self._dead_letters):
            queue.grant(role, "sqs:SendMessage")
        return role

    def _create_function(self, architecture: lambda_.Architecture) -> lambda_.Function:
        return lambda_.Function(
            self,
            "Function",
            description="Does what a job says and leaves a receipt of every attempt",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=architecture,
            handler="probe.handler.handler",
            # Standard library and boto3 only: nothing to install, so nothing to bundle.
            code=lambda_.Code.from_asset(
                str(CODE), exclude=["__pycache__/", "*.pyc"], ignore_mode=IgnoreMode.GIT
            ),
            timeout=Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
            memory_size=256,
            role=self.role,
            log_group=self._log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            dead_letter_queue=self._dead_letters,
            environment={"RECEIPTS_TABLE": self._receipts.table_name},
        )

    def _add_alias(self, name: Alias, configuration: AsynchronousInvocation) -> None:
        alias = lambda_.CfnAlias(
            self,
            f"Alias-{name}",
            name=name,
            function_name=self.function.function_name,
            function_version="$LATEST",
        )
        invocation = self._configure_asynchronous_invocation(name, configuration)
        invocation.add_resource_dependency(alias)

    def _configure_asynchronous_invocation(
        self, qualifier: str, configuration: AsynchronousInvocation
    ) -> lambda_.CfnEventInvokeConfig:
        config = lambda_.CfnEventInvokeConfig
        return config(
            self,
            f"EventInvokeConfig-{qualifier}",
            function_name=self.function.function_name,
            qualifier=qualifier,
            maximum_retry_attempts=configuration.maximum_retry_attempts,
            maximum_event_age_in_seconds=configuration.maximum_event_age_seconds,
            destination_config=config.DestinationConfigProperty(
                on_success=config.OnSuccessProperty(destination=self._on_success.queue_arn),
                on_failure=config.OnFailureProperty(destination=self._on_failure.queue_arn),
            ),
        )

    def _add_outputs(self) -> None:
        # Exported whether or not another stack of this synthesis imports them, so that stacks can
        # be added and left out later without a change of this one.
        self.export_value(self.function.function_arn)
        self.export_value(self.role.role_name)
        CfnOutput(self, Output.FUNCTION_NAME, value=self.function.function_name)
        CfnOutput(self, Output.FUNCTION_ARN, value=self.function.function_arn)
        CfnOutput(self, Output.FUNCTION_ROLE_NAME, value=self.role.role_name)
        CfnOutput(self, Output.LOG_GROUP_NAME, value=self._log_group.log_group_name)
        CfnOutput(self, Output.RECEIPTS_TABLE_NAME, value=self._receipts.table_name)
        CfnOutput(self, Output.ON_SUCCESS_QUEUE_URL, value=self._on_success.queue_url)
        CfnOutput(self, Output.ON_FAILURE_QUEUE_URL, value=self._on_failure.queue_url)
        dead_letters_url = self._dead_letters.queue_url
        CfnOutput(self, Output.FUNCTION_DEAD_LETTER_QUEUE_URL, value=dead_letters_url)
