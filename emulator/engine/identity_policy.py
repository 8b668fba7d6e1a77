"""Whether a function's execution role may do what Lambda does in its name.

Lambda has to assume the role first, which the role's trust policy must allow. With it Lambda polls
a queue (QS-60), delivers to destinations and dead-letter queues (AS-27) and writes the log. The
role's policies are all its inline and attached policy documents.
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


def may_be_assumed(trust_policy: Any) -> bool:
    """Tell whether a role's trust policy lets Lambda assume the role.

    Lambda Developer Guide, "Defining Lambda function permissions with an execution role".
    """
    request = AccessRequest("sts:AssumeRole", None, service_principal="lambda.amazonaws.com")
    return is_allowed([trust_policy], request)


def may_poll(policies: Sequence[Any], queue_arn: str) -> bool:
    """Tell whether the role has all actions that an event source mapping needs on its queue."""
    return all(is_allowed(policies, AccessRequest(action, queue_arn)) for action in POLLING_ACTIONS)


def may_deliver(policies: Sequence[Any], destination_arn: str) -> bool:
    """Tell whether the role may send to a destination; False where none can be."""
    service = "".join(destination_arn.split(":", 3)[2:3])
    action = _DELIVERY_ACTIONS.get(service)
    return action is not None and is_allowed(policies, AccessRequest(action, destination_arn))
