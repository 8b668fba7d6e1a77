"""What breaks without which statement, and how: the same as on AWS."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stacks.naming import QueueName

from .parts import (
    ACCEPTED,
    ASYNCHRONOUS,
    BEGUN,
    DONE,
    FAILED,
    NO_RECEIPT,
    NOT_COUNTED,
    NOTHING,
    SQS_PARTS,
    SYNCHRONOUS,
    WAITS,
    WORKING,
    Part,
    answered,
)

INVOKE = "may lambda:InvokeFunction"
API_GATEWAY = f"api-gateway: apigateway.amazonaws.com for Api/ApiDeploymentStagev1/*/* {INVOKE}"
RULE = f"asynchronous: events.amazonaws.com for Rule {INVOKE}"
TOPIC = f"asynchronous: sns.amazonaws.com for Topic {INVOKE}"
LOGS = "function: role may logs:CreateLogStream, logs:PutLogEvents with Logs"
RECEIPTS = "function: role may dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:Query with Receipts"
TRUST = "function: lambda.amazonaws.com may sts:AssumeRole"


@dataclass(frozen=True)
class Case:
    """A statement to take away, or one action of it, and what is seen then.

    broken holds what differs from WORKING. later holds what of that becomes of the same jobs when
    the permission is back. also_without are statements to take away as well, without which nobody
    would use this one. cold has the function start anew, because only then is the permission used.
    """

    statement: str
    broken: Mapping[Part, str]
    later: Mapping[Part, str] = field(default_factory=dict)
    action: str | None = None
    also_without: tuple[str, ...] = ()
    cold: bool = False

    def __str__(self) -> str:
        taken = self.statement if self.action is None else f"{self.action} of {self.statement}"
        return " and ".join((taken, *self.also_without))


def _front_doors() -> Iterator[Case]:
    """AG-18, AL-15."""
    refused = answered(500, NOTHING)
    yield Case(API_GATEWAY, {Part.API_GATEWAY: refused, Part.API_GATEWAY_SHORT_TIMEOUT: refused})
    for name, part in (("single", Part.ALB), ("multi", Part.ALB_MULTI_VALUE)):
        source = f"targetgroup/{name}-value-.../*"
        yield Case(
            f"alb: elasticloadbalancing.amazonaws.com for {source} {INVOKE}",
            {part: answered(502, NOTHING)},
        )


def _events() -> Iterator[Case]:
    """EB-05, SN-09; S3 and the schedule have no dead-letter queue."""
    yield Case(
        f"asynchronous: s3.amazonaws.com for invocation-paths-... {INVOKE}",
        {Part.S3: answered(200, NOTHING)},
    )
    yield Case(
        f"asynchronous: events.amazonaws.com for Schedule {INVOKE}",
        {Part.SCHEDULE: answered(200, NOTHING)},
    )
    not_delivered = {Part.EVENTBRIDGE: answered(200, NOTHING)}
    yield Case(RULE, not_delivered | {Part.RULE_DEAD_LETTERS: "NO_PERMISSIONS"})
    yield Case(
        "asynchronous: events.amazonaws.com for Rule may sqs:SendMessage with RuleDeadLetters",
        not_delivered,
        also_without=(RULE,),
    )
    not_delivered = {Part.SNS: answered(200, NOTHING)}
    yield Case(TOPIC, not_delivered | {Part.SUBSCRIPTION_DEAD_LETTERS: "Notification"})
    yield Case(
        "asynchronous: sns.amazonaws.com for Topic may sqs:SendMessage with "
        "SubscriptionDeadLetters",
        not_delivered,
        also_without=(TOPIC,),
    )


def _queues_that_lambda_sends_to() -> Iterator[Case]:
    """AS-27: the function's work is done, and its record is lost."""
    for queue, part in (
        ("OnSuccess", Part.ON_SUCCESS),
        ("OnFailure", Part.ON_FAILURE),
        ("DeadLetters", Part.DEAD_LETTERS),
    ):
        yield Case(f"function: role may sqs:SendMessage with {queue}", {part: NOTHING})


def _log() -> Iterator[Case]:
    """AWS Lambda Operator Guide, "Access to CloudWatch Logs": the function runs without a log."""
    silent = {Part.LOG: NOTHING}
    yield Case(LOGS, silent)
    yield Case(LOGS, silent, action="logs:CreateLogStream", cold=True)
    yield Case(LOGS, silent, action="logs:PutLogEvents")


def _receipts() -> Iterator[Case]:
    """No path needs the table but the schedule, whose event carries no job."""
    jobs = [part for part in WORKING if WORKING[part].endswith(DONE)]
    status = {part: ACCEPTED.get(part, 200) for part in jobs}
    not_counted = {Part.EARLIER_ATTEMPTS: NOT_COUNTED}
    no_receipts = {part: answered(status[part], NO_RECEIPT) for part in jobs}
    without_claim = {Part.SCHEDULE: answered(200, FAILED)}
    yield Case(RECEIPTS, no_receipts | without_claim | not_counted)
    yield Case(RECEIPTS, no_receipts | not_counted, action="dynamodb:PutItem")
    yield Case(
        RECEIPTS,
        {part: answered(status[part], BEGUN) for part in jobs} | without_claim,
        action="dynamodb:UpdateItem",
    )
    yield Case(RECEIPTS, not_counted, action="dynamodb:Query")


def _objects() -> Iterator[Case]:
    yield Case(
        "asynchronous: role may s3:GetObject with Bucket/*", {Part.S3: answered(200, FAILED)}
    )


def _polling() -> Iterator[Case]:
    """QS-60: messages wait, and are received as soon as they may be."""
    actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    for queue in QueueName:
        name = f"Queue{queue.value.replace('-', '')}"
        part = SQS_PARTS[queue]
        for action in (None, *actions):
            yield Case(
                f"polling: role may {', '.join(actions)} with {name}",
                {part: answered(200, WAITS)},
                later={part: WORKING[part]},
                action=action,
            )


def _trust() -> Iterator[Case]:
    """Nothing runs, nothing is polled; what Lambda has accepted or may poll, it does later."""
    refusals = {
        Part.SDK_SYNC: 403,
        Part.API_GATEWAY: 500,
        Part.API_GATEWAY_SHORT_TIMEOUT: 500,
        Part.ALB: 502,
        Part.ALB_MULTI_VALUE: 502,
    }
    ends = (Part.ON_SUCCESS, Part.ON_FAILURE, Part.DEAD_LETTERS)
    yield Case(
        TRUST,
        {
            **{part: answered(refusals[part], NOTHING) for part in SYNCHRONOUS},
            **{part: answered(ACCEPTED[part], NOTHING) for part in ASYNCHRONOUS},
            **{part: answered(200, WAITS) for part in SQS_PARTS.values()},
            **dict.fromkeys(ends, NOTHING),
            Part.LOG: NOTHING,
            Part.EARLIER_ATTEMPTS: "refused, refused",
        },
        later={part: WORKING[part] for part in (*ASYNCHRONOUS, *SQS_PARTS.values(), *ends)},
        cold=True,
    )


CASES = (
    *_front_doors(),
    *_events(),
    *_queues_that_lambda_sends_to(),
    *_log(),
    *_receipts(),
    *_objects(),
    *_polling(),
    *_trust(),
)
