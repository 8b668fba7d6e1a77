"""Every AWS call of the harness, by what it is made for: how a test reaches it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

from comparison.examinations import EXAMINATIONS, Examination
from comparison.examinations.queues import REFUSED_MAPPINGS
from comparison.examinations.refused_settings import REFUSED_SETTINGS
from comparison.observation import Sending
from comparison.path import QUICK_PATHS, Path
from comparison.phases import PHASES, Phase
from comparison.scenarios.scenario import Scenario, one_job
from unit_tests.deployment.aws_calls import aws_calls

from .aws_request import Answer, Operation
from .fault_proxy import Pretend, Rule

ANSWER = Scenario("answer", "the function answers", QUICK_PATHS, one_job("answer"))
RAISE = Scenario("raise", "the function raises an exception", QUICK_PATHS, one_job("raise"))
BATCH = Scenario(
    "batch",
    "two messages in one call",
    (Path.SQS,),
    lambda path: [Sending("", path, "", "answer", together="batch")] * 2,
)
SOONER_AND_LATER = Scenario(
    "sooner-and-later",
    "two events, a second apart",
    (Path.SDK_EVENT,),
    lambda path: [Sending("", path, "", "answer", after=after) for after in (0, 1)],
)
LEFT_FOR_THE_SCHEDULE = Scenario(
    "left", "a job for the schedule", (Path.SCHEDULE,), one_job("answer", watched_for=0.1)
)
"""It is watched for a moment only: the schedule itself would take a minute."""


def on(scenario: Scenario, *paths: str) -> Scenario:
    """Return a scenario on some of its paths."""
    return replace(scenario, paths=tuple(map(Path, paths)))


def plain(*scenarios: Scenario, **more: Any) -> Phase:
    """Return a phase that changes nothing."""
    return Phase("plain", scenarios, **more)


def changed(name: str) -> Phase:
    """Return the phase of that name, with its changes, for one job that is answered at once."""
    phase = next(phase for phase in PHASES if phase.name == name)
    scenario = replace(ANSWER, name=f"answer-{name.replace(' ', '-')}")
    return replace(phase, scenarios=[on(scenario, "sdk-sync")], examinations={}, inspections={})


def operation(words: str) -> Operation:
    """Return the operation that is called `<service> <operation>`."""
    return Operation(*words.split())


@cache
def operations(folder: str) -> frozenset[Operation]:
    """Return all operations that the modules of a folder call."""
    return frozenset(Operation(call.service, call.operation) for call in aws_calls(folder))


AT_THE_START = tuple(
    map(
        operation,
        (
            "sts GetCallerIdentity",
            "cloudformation DescribeStacks",
            "lambda GetFunctionConfiguration",
            "lambda GetEventSourceMapping",
            "sqs GetQueueAttributes",
        ),
    )
)
"""Made before the first job leaves."""

BY_CALLERS: tuple[Mapping[Operation, Scenario], ...] = (
    {
        operation("lambda Invoke"): on(ANSWER, "sdk-sync", "sdk-event", "cli-sync", "cli-event"),
        operation("s3 PutObject"): on(ANSWER, "s3"),
        operation("events PutEvents"): on(ANSWER, "eventbridge"),
        operation("sns Publish"): on(ANSWER, "sns"),
        operation("sqs SendMessage"): on(ANSWER, "sqs"),
        operation("sqs SendMessageBatch"): BATCH,
        operation("dynamodb PutItem"): LEFT_FOR_THE_SCHEDULE,
    },
    {operation("events EnableRule"): LEFT_FOR_THE_SCHEDULE},
)
"""Made to send a job; those that can fail in the same run are together."""

AFTER_THE_SCHEDULE = tuple(map(operation, ("events DisableRule", "dynamodb DeleteItem")))
"""Made when no more jobs are left for the schedule."""

WATCHING = tuple(map(operation, ("dynamodb Query", "sqs ReceiveMessage", "sqs GetQueueAttributes")))
"""Made again and again to see what becomes of a job."""

AT_THE_END_OF_A_JOB = operation("sqs DeleteMessage")


@dataclass(frozen=True)
class Question:
    """An examination, and what the target must seem to answer for a call to be made."""

    name: str
    pretended: tuple[Rule, ...] = ()

    @property
    def examination(self) -> Examination:
        """The examination itself."""
        return {**EXAMINATIONS, **REFUSED_SETTINGS, **REFUSED_MAPPINGS}[self.name]


def pretended(words: str, body: str) -> Rule:
    """Return the rule that answers an operation in the target's place."""
    return Rule(Pretend(Answer(200, {}, body.encode())), [operation(words)])


ATTACHED_POLICY = pretended(
    "iam ListAttachedRolePolicies",
    "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member>"
    "<PolicyArn>arn:aws:iam::aws:policy/example</PolicyArn></member></AttachedPolicies>"
    "</ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
)
POLICY = pretended(
    "iam GetPolicy",
    "<GetPolicyResponse><GetPolicyResult><Policy><DefaultVersionId>v1</DefaultVersionId></Policy>"
    "</GetPolicyResult></GetPolicyResponse>",
)
POLICY_VERSION = pretended(
    "iam GetPolicyVersion",
    "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion>"
    "<Document>%7B%22Statement%22%3A%5B%5D%7D</Document>"
    "</PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>",
)
ACCEPTED_RULE = pretended("events PutRule", '{"RuleArn": "arn"}')
ACCEPTED_MAPPING = pretended(
    "lambda CreateEventSourceMapping", '{"UUID": "00000000-0000-4000-8000-000000000000"}'
)
NEW_MAPPING = pretended(
    "lambda ListEventSourceMappings",
    '{"EventSourceMappings": [{"UUID": "00000000-0000-4000-8000-000000000000"}]}',
)
DELETED_MAPPING = pretended("lambda DeleteEventSourceMapping", "{}")

MORE_CALLS = (
    ATTACHED_POLICY, POLICY, POLICY_VERSION, ACCEPTED_RULE, ACCEPTED_MAPPING, NEW_MAPPING,
    DELETED_MAPPING,
)  # fmt: skip
"""What a target must seem to answer so that every call is made."""

IN_EXAMINATIONS: Mapping[Operation, Question] = {
    operation("apigateway GetIntegration"): Question("rest-api-integration"),
    operation("apigateway GetResources"): Question("rest-api-integration"),
    operation("elbv2 DescribeTargetGroups"): Question("target-group"),
    operation("events PutRule"): Question("schedule-on-custom-bus"),
    operation("events DeleteRule"): Question("schedule-on-custom-bus", (ACCEPTED_RULE,)),
    operation("iam GetPolicy"): Question("role-policies", (ATTACHED_POLICY,)),
    operation("iam GetPolicyVersion"): Question("role-policies", (ATTACHED_POLICY, POLICY)),
    operation("iam GetRolePolicy"): Question("role-policies"),
    operation("iam ListAttachedRolePolicies"): Question("role-policies"),
    operation("iam ListRolePolicies"): Question("role-policies"),
    operation("lambda CreateEventSourceMapping"): Question("wrong-mappings"),
    operation("lambda DeleteEventSourceMapping"): Question(
        "wrong-mappings", (ACCEPTED_MAPPING, NEW_MAPPING)
    ),
    operation("lambda GetEventSourceMapping"): Question("default-mapping"),
    operation("lambda GetFunctionConfiguration"): Question("sink-arns"),
    operation("lambda GetFunctionEventInvokeConfig"): Question("sink-arns"),
    operation("lambda GetPolicy"): Question("function-policy"),
    operation("lambda ListEventSourceMappings"): Question("wrong-mappings", (ACCEPTED_MAPPING,)),
    operation("lambda PutFunctionEventInvokeConfig"): Question("event-invoke-settings"),
    operation("lambda UpdateEventSourceMapping"): Question("large-batch-without-window"),
    operation("s3 GetBucketNotificationConfiguration"): Question("bucket-notifications"),
    operation("s3 PutBucketNotificationConfiguration"): Question("bucket-notifications"),
    operation("sns GetSubscriptionAttributes"): Question("subscription"),
    operation("sns SetSubscriptionAttributes"): Question("raw-message-delivery"),
    operation("sqs SetQueueAttributes"): Question("short-visibility-timeout"),
}
"""Made to ask what is deployed, or for what must be refused."""

IN_THE_LOG = operation("logs FilterLogEvents")
"""Made to read what the function wrote about a job that is over."""

BEFORE_A_PHASE: tuple[Mapping[Operation, str], ...] = (
    {
        operation("lambda GetFunctionConcurrency"): "no concurrency",
        operation("lambda GetFunctionConfiguration"): "init error",
        operation("elbv2 DeregisterTargets"): "refusals",
    },
    {
        operation("lambda PutFunctionConcurrency"): "no concurrency",
        operation("lambda UpdateFunctionConfiguration"): "init error",
        operation("lambda GetPolicy"): "refusals",
    },
    {
        operation("sns GetTopicAttributes"): "no concurrency",
        operation("lambda RemovePermission"): "refusals",
    },
    {operation("sns SetTopicAttributes"): "no concurrency"},
)
"""Made to change something for a phase; those that can fail in the same run are together."""

AFTER_A_PHASE: Mapping[Operation, tuple[str, int]] = {
    operation("lambda DeleteFunctionConcurrency"): ("no concurrency", 0),
    operation("sns SetTopicAttributes"): ("no concurrency", 1),
    operation("lambda UpdateFunctionConfiguration"): ("init error", 1),
    operation("elbv2 RegisterTargets"): ("refusals", 0),
    operation("lambda AddPermission"): ("refusals", 0),
    operation("lambda GetPolicy"): ("refusals", 1),
}
"""Made to undo that, with the calls of the kind that come before."""

IN_DEPLOYMENTS = tuple(
    map(operation, ("cloudformation DescribeStacks", "lambda GetEventSourceMapping"))
)
"""Made by `deploy`, beside those of the CDK CLI."""

BEFORE_DESTRUCTION = tuple(
    map(
        operation,
        (
            "cloudformation DescribeStacks",
            "cloudformation ListStackResources",
            "s3 ListObjectVersions",
            "s3 DeleteObjects",
        ),
    )
)
"""Made by `destroy` before anything is destroyed."""

IN_THE_PROOF = tuple(
    map(operation, ("resourcegroupstaggingapi GetResources", "logs DescribeLogGroups"))
)
"""Made to prove that nothing is left."""

OF_DELETED_STACKS = operation("cloudformation DescribeStackResources")

BY_THE_DOCTOR: tuple[Mapping[Operation, str], ...] = (
    {
        operation("ec2 DescribeAvailabilityZones"): "region",
        operation("lambda GetAccountSettings"): "Lambda concurrency",
        operation("ec2 DescribeVpcs"): "VPCs",
        operation("elbv2 DescribeLoadBalancers"): "load balancers",
        operation("sts GetCallerIdentity"): "clock",
    },
    {
        operation("service-quotas GetServiceQuota"): "VPCs",
        operation("elbv2 DescribeAccountLimits"): "load balancers",
    },
)
"""Made to examine an account, by the subject of the check."""

OF_COMPARISONS = frozenset(
    {
        *AT_THE_START, *chain(*BY_CALLERS), *AFTER_THE_SCHEDULE, *WATCHING, AT_THE_END_OF_A_JOB,
        *IN_EXAMINATIONS, IN_THE_LOG, *chain(*BEFORE_A_PHASE), *AFTER_A_PHASE,
    }
)  # fmt: skip

OF_DEPLOYMENTS = frozenset(
    {
        *IN_DEPLOYMENTS, *BEFORE_DESTRUCTION, *IN_THE_PROOF, OF_DELETED_STACKS,
        *chain(*BY_THE_DOCTOR),
    }
)  # fmt: skip
