"""Whether a function's execution role may do what Lambda does in its name.

Lambda polls a queue with the role (QS-60) and delivers to destinations and dead-letter queues with
it (AS-27). The role's policies are all its inline and attached policy documents.
"""

from collections.abc import Sequence
from typing import Any

from emulator.engine.policy_statement import AccessRequest, is_allowed

POLLING_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

# By the service in the ARN of a destination or dead-letter queue.
_DELIVERY_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}


def may_poll(policies: Sequence[Any], queue_arn: str) -> bool:
    """Tell whether the role has all actions that an event source mapping needs on its queue."""
    return all(is_allowed(policies, AccessRequest(action, queue_arn)) for action in POLLING_ACTIONS)


def may_deliver(policies: Sequence[Any], destination_arn: str) -> bool:
    """Tell whether the role may send to a destination; False where none can be."""
    service = "".join(destination_arn.split(":", 3)[2:3])
    action = _DELIVERY_ACTIONS.get(service)
    return action is not None and is_allowed(policies, AccessRequest(action, destination_arn))
