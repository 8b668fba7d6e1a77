"""SNS subscriptions of functions.

SNS invokes asynchronously and asks the function's resource policy for each message (SN-12); what
Lambda refuses goes to the dead-letter queue of the subscription (SN-09).
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import sns

from emulator.engine.failed_delivery import subscription_dead_letter
from emulator.ministack import functions, permissions
from emulator.ministack.deliveries import AcceptEvent
from emulator.ministack.scope import current
from emulator.ministack.seams import Seam, replace, wrap
from emulator.ministack.service_delivery import deliver, send_as_service

_MODULE = "ministack.services.sns"
_SUBSCRIBE = Seam(_MODULE, "_subscribe", "(params)")
_SET = Seam(_MODULE, "_set_subscription_attributes", "(params)")
_DELIVER = Seam(
    _MODULE,
    "_deliver_to_lambda",
    "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)",
)
SEAMS = (
    _DELIVER,
    _SUBSCRIBE,
    _SET,
    Seam(_MODULE, "_p", "(params, key, default='')"),
    Seam(_MODULE, "_error", "(code, message, status)"),
    Seam(_MODULE, "_sub_arn_to_topic"),
    Seam(_MODULE, "_find_subscription", "(topic_arn, sub_arn)"),
)


def install(accept: AcceptEvent) -> None:
    """Let SNS hand its messages to accept, and refuse what it refuses for functions."""
    replace(_DELIVER, _delivery(accept))
    wrap(_SUBSCRIBE, _subscribing)
    wrap(_SET, _setting)


def _delivery(accept: AcceptEvent) -> Callable[..., None]:
    def deliver_notification(
        endpoint: str,
        envelope: str,
        topic_arn: str,
        subscription_arn: str,
        *_message: Any,
    ) -> None:
        function = functions.reference(endpoint)
        event = _event(json.loads(envelope), subscription_arn)
        permitted = permissions.may_invoke(
            function, "sns.amazonaws.com", topic_arn, current().account
        )
        refused, _ = deliver(accept, function, json.dumps(event), permitted)
        queue_arn = _dead_letter_queue(topic_arn, subscription_arn)
        if refused is not None and queue_arn:
            dead_letter = subscription_dead_letter(queue_arn, event)
            send_as_service(dead_letter, "sns.amazonaws.com", topic_arn)

    return deliver_notification


def _event(notification: dict[str, Any], subscription_arn: str) -> dict[str, Any]:
    """Return a notification's event (SN-02): other names for the URLs, nothing left out."""
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn,
                "Sns": {
                    "Type": notification["Type"],
                    "MessageId": notification["MessageId"],
                    "TopicArn": notification["TopicArn"],
                    "Subject": notification.get("Subject"),
                    "Message": notification["Message"],
                    "Timestamp": notification["Timestamp"],
                    "SignatureVersion": "1",
                    "Signature": notification["Signature"],
                    "SigningCertUrl": notification["SigningCertURL"],
                    "UnsubscribeUrl": notification["UnsubscribeURL"],
                    "MessageAttributes": notification.get("MessageAttributes", {}),
                },
            }
        ]
    }


def _dead_letter_queue(topic_arn: str, subscription_arn: str) -> str | None:
    subscription = sns._find_subscription(topic_arn, subscription_arn)
    policy = (subscription or {}).get("attributes", {}).get("RedrivePolicy")
    if not policy:
        return None
    arn: str | None = json.loads(policy).get("deadLetterTargetArn")
    return arn


def _subscribing(subscribe: Callable[..., Any]) -> Callable[..., Any]:
    """Subscribe, but no function to a FIFO topic (SN-13) or with raw delivery (SN-04)."""

    def subscribe_checked(params: dict[str, Any]) -> Any:
        if sns._p(params, "Protocol") == "lambda":
            if sns._p(params, "TopicArn").endswith(".fifo"):
                return _invalid("Invalid protocol type: lambda")
            if _asks_for_raw_delivery(params):
                return _no_raw_delivery()
        return subscribe(params)

    return subscribe_checked


def _asks_for_raw_delivery(params: dict[str, Any]) -> bool:
    number = 1
    while key := sns._p(params, f"Attributes.entry.{number}.key"):
        value = sns._p(params, f"Attributes.entry.{number}.value")
        if (key, value) == ("RawMessageDelivery", "true"):
            return True
        number += 1
    return False


def _setting(set_attributes: Callable[..., Any]) -> Callable[..., Any]:
    """SetSubscriptionAttributes, but no raw delivery for a function (SN-04)."""

    def set_checked(params: dict[str, Any]) -> Any:
        arn = sns._p(params, "SubscriptionArn")
        subscription = sns._find_subscription(sns._sub_arn_to_topic.get(arn, ""), arn)
        attribute = (sns._p(params, "AttributeName"), sns._p(params, "AttributeValue"))
        if attribute == ("RawMessageDelivery", "true") and _is_for_a_function(subscription):
            return _no_raw_delivery()
        return set_attributes(params)

    return set_checked


def _is_for_a_function(subscription: dict[str, Any] | None) -> bool:
    return subscription is not None and subscription["protocol"] == "lambda"


def _no_raw_delivery() -> Any:
    return _invalid(
        "Attributes Reason: RawMessageDelivery: Delivery protocol [lambda] does not support raw "
        "message delivery."
    )


def _invalid(reason: str) -> Any:
    return sns._error("InvalidParameter", f"Invalid parameter: {reason}", 400)
