"""S3, EventBridge and SNS: how each hands its event to Lambda, and what it does when refused.

All three invoke the function asynchronously (S3-01, EB-03, SN-01) and need a statement in its
resource policy. S3 asks when a notification is configured (S3-06), the others when they deliver
(EB-05, SN-12).
"""

import json
import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import s3, sns

from emulator.engine.asynchronous_invocation import DeliveryRefused
from emulator.engine.failed_delivery import (
    Refusal,
    refusal,
    rule_dead_letter,
    subscription_dead_letter,
)
from emulator.engine.messages import SqsMessage
from emulator.ministack import current_request, functions, permissions, queues
from emulator.ministack.deliveries import AcceptEvent, send_to_queue
from emulator.ministack.functions import FunctionReference
from emulator.ministack.scope import current
from emulator.ministack.seams import Seam, replace, wrap

_S3_DELIVER = Seam(
    "ministack.services.s3", "_deliver_event_to_lambda", "(arn, event_payload, bucket_region)"
)
_S3_VALIDATE = Seam(
    "ministack.services.s3",
    "_validate_notification_configs",
    "(configs, bucket_region, bucket_name='', skip_destination_validation=False)",
)
_EVENTS_TARGET = Seam(
    "ministack.services.eventbridge", "_invoke_target", "(target, event, rule, view=None)"
)
_EVENTS_DISPATCH = Seam(
    "ministack.services.eventbridge", "_dispatch_to_lambda", "(arn, payload)"
)
_SNS_DELIVER = Seam(
    "ministack.services.sns",
    "_deliver_to_lambda",
    "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)",
)
SEAMS = (
    _S3_DELIVER,
    _S3_VALIDATE,
    _EVENTS_TARGET,
    _EVENTS_DISPATCH,
    _SNS_DELIVER,
    Seam("ministack.services.s3", "_bucket_owner_account", "(name)"),
    Seam(
        "ministack.services.s3",
        "_error",
        "(code, message, status, resource='', extra=None, headers=None)",
    ),
    Seam("ministack.services.sns", "_find_subscription", "(topic_arn, sub_arn)"),
)

log = logging.getLogger(__name__)

_RuleTarget = tuple[dict[str, Any], dict[str, Any]]
_rule_target: ContextVar[_RuleTarget] = ContextVar("rule_target")
"""The rule and the target that EventBridge is delivering for."""


def install(accept: AcceptEvent) -> None:
    """Let S3, EventBridge and SNS hand their events to accept."""
    wrap(_S3_VALIDATE, _asking_functions)
    replace(_S3_DELIVER, _s3_delivery(accept))
    wrap(_EVENTS_TARGET, _noting_the_rule)
    replace(_EVENTS_DISPATCH, _events_delivery(accept))
    replace(_SNS_DELIVER, _sns_delivery(accept))


def _deliver(
    accept: AcceptEvent, function: FunctionReference, event: str, permitted: bool
) -> tuple[Refusal | None, str]:
    """Invoke the function asynchronously; return why Lambda refused, and the request id."""
    request_id = str(uuid.uuid4())
    refused = refusal(
        function_exists=functions.find(function) is not None, permitted=permitted
    )
    if refused is None:
        accept(function, event.encode(), request_id, current_request.trace_header())
    return refused, request_id


def _s3_delivery(accept: AcceptEvent) -> Callable[..., None]:
    def deliver(arn: str, event: dict[str, Any], _bucket_region: str) -> None:
        function = functions.reference(arn)
        bucket = event["Records"][0]["s3"]["bucket"]
        refused, _ = _deliver(
            accept, function, json.dumps(event), _bucket_may_invoke(function, bucket["name"])
        )
        if refused is not None:
            log.warning("S3 may not invoke %s for bucket %s", arn, bucket["name"])

    return deliver


def _bucket_may_invoke(function: FunctionReference, bucket: str) -> bool:
    owner = s3._bucket_owner_account(bucket) or current().account
    return permissions.may_invoke(function, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}", owner)


def _asking_functions(validate: Callable[..., Any]) -> Callable[..., Any]:
    """The validation of notifications, which also asks the functions' resource policies."""

    def validate_all(
        configs: list[dict[str, Any]],
        bucket_region: str,
        bucket_name: str = "",
        skip_destination_validation: bool = False,
    ) -> Any:
        refused = validate(configs, bucket_region, bucket_name, skip_destination_validation)
        if refused or skip_destination_validation:
            return refused
        for config in configs:
            if config["type"] != "lambda":
                continue
            arn = config["arn"]
            if not _bucket_may_invoke(functions.reference(arn), bucket_name):
                return s3._error(
                    "InvalidArgument",
                    "Unable to validate the following destination configurations",
                    400,
                    extra={
                        "ArgumentName1": arn,
                        "ArgumentValue1": f"Not authorized to invoke function [{arn}]",
                    },
                )
        return None

    return validate_all


def _noting_the_rule(invoke_target: Callable[..., None]) -> Callable[..., None]:
    def invoke(
        target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
    ) -> None:
        token = _rule_target.set((rule, target))
        try:
            invoke_target(target, event, rule, view)
        finally:
            _rule_target.reset(token)

    return invoke


def _events_delivery(accept: AcceptEvent) -> Callable[[str, str], None]:
    def deliver(arn: str, event: str) -> None:
        rule, target = _rule_target.get()
        function = functions.reference(arn)
        refused, request_id = _deliver(
            accept, function, event, _rule_may_invoke(function, rule, target)
        )
        queue_arn = target.get("DeadLetterConfig", {}).get("Arn")
        if refused is not None and queue_arn:
            dead_letter = rule_dead_letter(
                queue_arn,
                event,
                rule_arn=rule["Arn"],
                target_arn=arn,
                reason=refused,
                request_id=request_id,
            )
            _send_as_service(dead_letter, "events.amazonaws.com", rule["Arn"])

    return deliver


def _rule_may_invoke(
    function: FunctionReference, rule: dict[str, Any], target: dict[str, Any]
) -> bool:
    if target.get("RoleArn"):
        return permissions.role_may(target["RoleArn"], "lambda:InvokeFunction", function.arn)
    return permissions.may_invoke(
        function, "events.amazonaws.com", rule["Arn"], current().account
    )


def _sns_delivery(accept: AcceptEvent) -> Callable[..., None]:
    def deliver(
        endpoint: str,
        envelope: str,
        topic_arn: str,
        subscription_arn: str,
        *_message: Any,
    ) -> None:
        function = functions.reference(endpoint)
        event = _sns_event(json.loads(envelope), subscription_arn)
        permitted = permissions.may_invoke(
            function, "sns.amazonaws.com", topic_arn, current().account
        )
        refused, _ = _deliver(accept, function, json.dumps(event), permitted)
        queue_arn = _subscription_dead_letter_queue(topic_arn, subscription_arn)
        if refused is not None and queue_arn:
            dead_letter = subscription_dead_letter(queue_arn, event)
            _send_as_service(dead_letter, "sns.amazonaws.com", topic_arn)

    return deliver


def _sns_event(notification: dict[str, Any], subscription_arn: str) -> dict[str, Any]:
    """The event of a notification (SN-02): other names for the URLs, and nothing left out."""
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


def _subscription_dead_letter_queue(topic_arn: str, subscription_arn: str) -> str | None:
    subscription = sns._find_subscription(topic_arn, subscription_arn)
    policy = (subscription or {}).get("attributes", {}).get("RedrivePolicy")
    if not policy:
        return None
    arn: str | None = json.loads(policy).get("deadLetterTargetArn")
    return arn


def _send_as_service(message: SqsMessage, service: str, source_arn: str) -> None:
    """Send a dead letter, if the queue's policy lets the service do so."""
    queue = queues.find(message.queue_arn)
    if queue is None or not permissions.service_may_send(queue, service, source_arn):
        log.warning("%s may not send to the dead-letter queue %s", service, message.queue_arn)
        return
    try:
        send_to_queue(message)
    except DeliveryRefused as error:
        log.warning("%s refused a dead letter: %s", message.queue_arn, error)
