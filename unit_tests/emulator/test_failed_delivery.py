"""What EventBridge and SNS do with an event that Lambda refuses, as recorded on AWS."""

import json

import pytest

from emulator.engine.failed_delivery import (
    Refusal,
    refusal,
    rule_dead_letter,
    subscription_dead_letter,
)

QUEUE = "arn:aws:sqs:us-east-1:123456789012:undelivered"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:probe"
RULE = "arn:aws:events:us-east-1:123456789012:rule/jobs"
TOPIC = "arn:aws:sns:us-east-1:123456789012:jobs"


@pytest.mark.parametrize(
    ("function_exists", "permitted", "expected"),
    [
        (True, True, None),
        (True, False, Refusal.NO_PERMISSION),
        (False, True, Refusal.NO_FUNCTION),
        (False, False, Refusal.NO_FUNCTION),
    ],
)
def test_lambda_refuses_for_want_of_a_permission_or_a_function_only(
    function_exists: bool, permitted: bool, expected: Refusal | None
) -> None:
    assert refusal(function_exists=function_exists, permitted=permitted) is expected


def rule_attributes(reason: Refusal) -> dict[str, dict[str, str]]:
    event = '{"version":"0","detail":{"case":"eventbridge-bad"}}'
    message = rule_dead_letter(
        QUEUE,
        event,
        rule_arn=RULE,
        target_arn=FUNCTION,
        reason=reason,
        request_id="12be54d4-6fc5-4d37-9b47-a01383180214",
    )
    assert (message.queue_arn, message.body) == (QUEUE, event)
    assert message.trace_header is None
    return {name: dict(value) for name, value in message.attributes.items()}


def test_a_rule_without_permission_sends_the_event_with_the_error_of_lambda() -> None:
    assert rule_attributes(Refusal.NO_PERMISSION) == {
        "ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"},
        "ERROR_MESSAGE": {
            "DataType": "String",
            "StringValue": (
                "User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction "
                "on resource: arn:aws:lambda:us-east-1:123456789012:function:probe because no "
                "resource-based policy allows the lambda:InvokeFunction action (Service: "
                "AWSLambdaInternal; Status Code: 403; Error Code: AccessDeniedException; Request "
                "ID: 12be54d4-6fc5-4d37-9b47-a01383180214; Proxy: null)"
            ),
        },
        "RULE_ARN": {"DataType": "String", "StringValue": RULE},
        "TARGET_ARN": {"DataType": "String", "StringValue": FUNCTION},
    }


def test_a_rule_whose_function_is_gone_sends_the_event_with_no_resource() -> None:
    attributes = rule_attributes(Refusal.NO_FUNCTION)
    assert attributes["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    assert FUNCTION in attributes["ERROR_MESSAGE"]["StringValue"]
    assert set(attributes) == {"ERROR_CODE", "ERROR_MESSAGE", "RULE_ARN", "TARGET_ARN"}


def sns_event(subject: str | None, attributes: dict[str, object]) -> dict[str, object]:
    sns = {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": TOPIC,
        "Subject": subject,
        "Message": "test_redrive_policy",
        "Timestamp": "2026-09-14T15:46:55.064Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        "MessageAttributes": attributes,
    }
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}


def test_a_subscription_sends_the_plain_notification_without_a_word_on_the_error() -> None:
    attributes: dict[str, object] = {"attr1": {"Type": "Number", "Value": "1"}}
    message = subscription_dead_letter(QUEUE, sns_event(None, attributes))
    assert (message.queue_arn, message.attributes) == (QUEUE, {})
    notification = json.loads(message.body)
    assert notification == {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": TOPIC,
        "Message": "test_redrive_policy",
        "Timestamp": "2026-09-14T15:46:55.064Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        "MessageAttributes": attributes,
    }
    assert list(notification)[:4] == ["Type", "MessageId", "TopicArn", "Message"]


def test_a_notification_has_a_subject_or_attributes_only_when_the_publisher_gave_them() -> None:
    with_subject = json.loads(subscription_dead_letter(QUEUE, sns_event("Hello", {})).body)
    assert with_subject["Subject"] == "Hello"
    assert "MessageAttributes" not in with_subject
