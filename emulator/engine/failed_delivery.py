"""What EventBridge and SNS do when they cannot hand an event to a function.

Delivery ends when Lambda has taken the event into its queue. What happens to it there, a failing
handler or a throttle, is Lambda's business: retries, destination, the function's own dead-letter
queue. Only an event that Lambda refuses, because the permission or the function is missing, goes to
the dead-letter queue of the rule's target or of the subscription, and that without a retry.

Source: "Using dead-letter queues to process undelivered events" in the EventBridge User Guide,
"Amazon SNS dead-letter queues" in the SNS Developer Guide, facts EB-03 to EB-06, SN-07 to SN-11.
"""

import json
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from emulator.engine.messages import SqsMessage, attribute


class Refusal(Enum):
    """Why Lambda refuses to take an event."""

    NO_PERMISSION = auto()
    NO_FUNCTION = auto()


_RULE_ERRORS = {
    Refusal.NO_PERMISSION: (
        "NO_PERMISSIONS",
        "User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on "
        "resource: {function} because no resource-based policy allows the lambda:InvokeFunction "
        "action (Service: AWSLambdaInternal; Status Code: 403; Error Code: AccessDeniedException; "
        "Request ID: {request_id}; Proxy: null)",
    ),
    Refusal.NO_FUNCTION: (
        "NO_RESOURCE",
        "Function not found: {function} (Service: AWSLambdaInternal; Status Code: 404; Error Code: "
        "ResourceNotFoundException; Request ID: {request_id}; Proxy: null)",
    ),
}
_NOTIFICATION_NAMES = {"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}
_LEFT_OUT_WHEN_EMPTY = {"Subject", "MessageAttributes"}


def refusal(*, function_exists: bool, permitted: bool) -> Refusal | None:
    """Whether Lambda takes an event (None) or why not.

    permitted says whether the function's resource policy lets the source invoke it. The function's
    concurrency has no say: a throttled event waits in Lambda's queue (EB-08, SN-11).
    """
    if not function_exists:
        return Refusal.NO_FUNCTION
    return None if permitted else Refusal.NO_PERMISSION


def rule_dead_letter(
    queue_arn: str,
    event: str,
    *,
    rule_arn: str,
    target_arn: str,
    reason: Refusal,
    request_id: str,
) -> SqsMessage:
    """Build the message to the dead-letter queue of a rule's target (EB-05, EB-06).

    event is the JSON text as the target would have got it; request_id that of the refused
    invocation. The text for a missing permission is as recorded on AWS. That for a missing
    function has not been recorded; only its code is documented.
    """
    code, message = _RULE_ERRORS[reason]
    attributes = {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": target_arn,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message.format(function=target_arn, request_id=request_id),
    }
    return SqsMessage(
        queue_arn, event, {name: attribute(value) for name, value in attributes.items()}
    )


def subscription_dead_letter(queue_arn: str, lambda_event: Mapping[str, Any]) -> SqsMessage:
    """Build the message to the dead-letter queue of a subscription (SN-09).

    lambda_event is the event as the function would have got it, `{"Records": [{"Sns": {...}}]}`.
    The queue gets the plain notification: without that wrapper, URL in capitals, what is empty left
    out, and nothing about the error.
    """
    sns = lambda_event["Records"][0]["Sns"]
    notification = {
        _NOTIFICATION_NAMES.get(name, name): value
        for name, value in sns.items()
        if not (name in _LEFT_OUT_WHEN_EMPTY and not value)
    }
    return SqsMessage(queue_arn, json.dumps(notification))
