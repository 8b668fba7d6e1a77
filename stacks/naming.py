"""Names of the stacks and their outputs: each exists once, for the stacks and for the harness.

Imports nothing of the CDK, so that the harness can read it without starting Node.
"""

from enum import StrEnum

PROJECT = "lambda-invocation-paths"
"""Value of the `project` tag and the first part of every stack name."""

SHORT_TIMEOUT_RESOURCE = "short-timeout"
"""API Gateway resource whose integration timeout is shorter than the function's work can be."""

MULTI_VALUE_PATH = "/multi-value"
"""ALB path prefix whose target group has `lambda.multi_value_headers.enabled`."""


class Stack(StrEnum):
    """The stacks: one per concern, each deployable on its own on top of FUNCTION."""

    FUNCTION = "function"
    API_GATEWAY = "api-gateway"
    ALB = "alb"
    ASYNCHRONOUS = "asynchronous"
    POLLING = "polling"


class Alias(StrEnum):
    """Aliases of the one function: the same code with another asynchronous configuration."""

    NO_RETRY = "no-retry"
    """MaximumRetryAttempts 0."""
    AGE_60 = "age-60"
    """MaximumEventAgeInSeconds 60, 2 retries."""
    AGE_90 = "age-90"
    """MaximumEventAgeInSeconds 90, 2 retries."""


class QueueName(StrEnum):
    """The polled queues, each with one event source mapping and one dead-letter queue."""

    WINDOWED = "windowed"
    PROMPT = "prompt"
    WHOLE_BATCH = "whole-batch"
    FIFO = "fifo"
    FILTERED = "filtered"


class Output(StrEnum):
    """CloudFormation output keys (alphanumeric, as CloudFormation demands)."""

    FUNCTION_NAME = "FunctionName"
    FUNCTION_ARN = "FunctionArn"
    FUNCTION_ROLE_NAME = "FunctionRoleName"
    LOG_GROUP_NAME = "LogGroupName"
    RECEIPTS_TABLE_NAME = "ReceiptsTableName"
    ON_SUCCESS_QUEUE_URL = "OnSuccessQueueUrl"
    ON_FAILURE_QUEUE_URL = "OnFailureQueueUrl"
    FUNCTION_DEAD_LETTER_QUEUE_URL = "FunctionDeadLetterQueueUrl"

    REST_API_ID = "RestApiId"
    REST_API_STAGE = "RestApiStage"
    REST_API_URL = "RestApiUrl"

    LOAD_BALANCER_NAME = "LoadBalancerName"
    LOAD_BALANCER_DNS_NAME = "LoadBalancerDnsName"
    TARGET_GROUP_ARN = "TargetGroupArn"
    MULTI_VALUE_TARGET_GROUP_ARN = "MultiValueTargetGroupArn"

    BUCKET_NAME = "BucketName"
    EVENT_BUS_NAME = "EventBusName"
    EVENT_RULE_ARN = "EventRuleArn"
    EVENT_RULE_DEAD_LETTER_QUEUE_URL = "EventRuleDeadLetterQueueUrl"
    SCHEDULE_RULE_NAME = "ScheduleRuleName"
    SCHEDULE_RULE_ARN = "ScheduleRuleArn"
    TOPIC_ARN = "TopicArn"
    SUBSCRIPTION_ARN = "SubscriptionArn"
    SUBSCRIPTION_DEAD_LETTER_QUEUE_URL = "SubscriptionDeadLetterQueueUrl"


def stack_name(stage: str, stack: Stack) -> str:
    """Name of a stack in a stage, for example `lambda-invocation-paths-anna-function`."""
    return f"{PROJECT}-{stage}-{stack}"


def queue_output(queue: QueueName, attribute: str) -> str:
    """Output key of a polled queue.

    attribute: `QueueUrl`, `DeadLetterQueueUrl` or `MappingId`.
    Example: `WholeBatchQueueUrl`.
    """
    return "".join(part.capitalize() for part in queue.value.split("-")) + attribute
