"""The parts of the stacks that work with all permissions, and what is seen of each."""

from collections.abc import Mapping
from enum import StrEnum

from stacks.naming import QueueName


class Part(StrEnum):
    """A path, a queue that Lambda sends to, or something the function does for itself.

    cli-sync and cli-event are no parts of their own: the AWS CLI makes the requests of the SDK.
    """

    SDK_SYNC = "sdk-sync"
    API_GATEWAY = "api-gateway"
    API_GATEWAY_SHORT_TIMEOUT = "api-gateway, the resource with the short timeout"
    ALB = "alb"
    ALB_MULTI_VALUE = "alb, the target group with multi-value headers"
    SDK_EVENT = "sdk-event"
    S3 = "s3"
    EVENTBRIDGE = "eventbridge"
    SCHEDULE = "schedule"
    SNS = "sns"
    SQS_WINDOWED = "sqs, windowed"
    SQS_PROMPT = "sqs, prompt"
    SQS_WHOLE_BATCH = "sqs, whole-batch"
    SQS_FIFO = "sqs, fifo"
    SQS_FILTERED = "sqs, filtered"
    ON_SUCCESS = "on-success destination"
    ON_FAILURE = "on-failure destination"
    DEAD_LETTERS = "function dead-letter queue"
    RULE_DEAD_LETTERS = "rule dead-letter queue"
    SUBSCRIPTION_DEAD_LETTERS = "subscription dead-letter queue"
    LOG = "log"
    EARLIER_ATTEMPTS = "earlier attempts, as the function counts them"


SQS_PARTS: Mapping[QueueName, Part] = {queue: Part(f"sqs, {queue}") for queue in QueueName}

SYNCHRONOUS = (
    Part.SDK_SYNC,
    Part.API_GATEWAY,
    Part.API_GATEWAY_SHORT_TIMEOUT,
    Part.ALB,
    Part.ALB_MULTI_VALUE,
)
ASYNCHRONOUS = (Part.SDK_EVENT, Part.S3, Part.EVENTBRIDGE, Part.SCHEDULE, Part.SNS)

NOTHING = "nothing"
"""No receipt, record, message or line: neither the function nor anybody else has left a trace."""
DONE = "done"
"""The job has a receipt that is complete."""
BEGUN = "begun"
"""The job has a receipt that was never completed, though the function answered."""
NO_RECEIPT = "done without a receipt"
FAILED = "failed"
"""The function could not do the job and raised; the event is in the on-failure destination."""
WAITS = "waits in the queue"
RECORD = "a record"
DEAD_LETTER = "the event"
LINES = "lines"
COUNTED = "raised, answered"
NOT_COUNTED = "raised, raised"

ACCEPTED: Mapping[Part, int] = {
    Part.SDK_EVENT: 202,
    **dict.fromkeys((Part.S3, Part.EVENTBRIDGE, Part.SCHEDULE, Part.SNS), 200),
    **dict.fromkeys(SQS_PARTS.values(), 200),
}
"""What callers who do not wait for the function are told, whatever becomes of the job."""


def answered(status: int, state: str) -> str:
    """Return what is seen of a job: the status its caller got, and what became of it."""
    return f"{status}, {state}"


WORKING: Mapping[Part, str] = {
    **{part: answered(200, DONE) for part in SYNCHRONOUS},
    **{part: answered(status, DONE) for part, status in ACCEPTED.items()},
    Part.ON_SUCCESS: RECORD,
    Part.ON_FAILURE: RECORD,
    Part.DEAD_LETTERS: DEAD_LETTER,
    # Nothing goes there as long as everything can be delivered.
    Part.RULE_DEAD_LETTERS: NOTHING,
    Part.SUBSCRIPTION_DEAD_LETTERS: NOTHING,
    Part.LOG: LINES,
    Part.EARLIER_ATTEMPTS: COUNTED,
}
"""What is seen when no permission is missing."""
