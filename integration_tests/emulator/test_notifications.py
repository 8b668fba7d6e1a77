"""S3, EventBridge and SNS: each hands its event to the function, or says why not."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

RAISE = "def handler(event, context):\n    raise ValueError('no')\n"
TRACE = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"
ROOT = "1-5759e988-bd862e3fe1be46a994272793"


class Bus:
    """A custom event bus with a rule, whose target has a dead-letter queue."""

    def __init__(self, aws: Any) -> None:
        self.events = aws.client("events")
        self.name = aws.name()
        self.events.create_event_bus(Name=self.name)
        self.rule_arn = self.events.put_rule(
            Name="rule", EventBusName=self.name, EventPattern=json.dumps({"source": ["test"]})
        )["RuleArn"]
        self.dead_letters = aws.queue()
        allow(aws, self.dead_letters, "events", self.rule_arn)

    def target(self, function: str) -> None:
        target = {
            "Id": "function",
            "Arn": function,
            "DeadLetterConfig": {"Arn": self.dead_letters.arn},
        }
        self.events.put_targets(Rule="rule", EventBusName=self.name, Targets=[target])

    def put(self, **more: str) -> str:
        entry = {"EventBusName": self.name, "Source": "test", "DetailType": "job", "Detail": "{}"}
        event_id: str = self.events.put_events(Entries=[entry | more])["Entries"][0]["EventId"]
        return event_id


class Topic:
    """A topic with a function subscribed, and a dead-letter queue for the subscription."""

    def __init__(self, aws: Any, function: str) -> None:
        self.sns = aws.client("sns")
        self.arn = self.sns.create_topic(Name=aws.name())["TopicArn"]
        self.dead_letters = aws.queue()
        allow(aws, self.dead_letters, "sns", self.arn)
        redrive = json.dumps({"deadLetterTargetArn": self.dead_letters.arn})
        self.sns.subscribe(
            TopicArn=self.arn,
            Protocol="lambda",
            Endpoint=function,
            Attributes={"RedrivePolicy": redrive},
        )

    def publish(self, message: str, **more: Any) -> str:
        message_id: str = self.sns.publish(TopicArn=self.arn, Message=message, **more)["MessageId"]
        return message_id


def allow(aws: Any, queue: Any, service: str, source_arn: str) -> None:
    """Let a service send to the queue, over TLS only."""
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
        },
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sqs:*",
            "Resource": queue.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})


def bucket_notifying(aws: Any, function: str) -> str:
    s3 = aws.client("s3")
    bucket: str = aws.name()
    s3.create_bucket(Bucket=bucket)
    aws.permit(function, "s3", f"arn:aws:s3:::{bucket}")
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=notification(function)
    )
    return bucket


def notification(function: str) -> Any:
    return {
        "LambdaFunctionConfigurations": [
            {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
        ]
    }


def test_a_new_object_invokes_the_function(aws: Any) -> None:
    function = aws.function()
    queue = aws.destinations(function)
    bucket = bucket_notifying(aws, function)

    put = aws.client("s3").put_object(Bucket=bucket, Key="a b@c", Body=b"content")

    (event,) = queue.take_record()["requestPayload"]["Records"]
    assert (event["eventSource"], event["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert event["eventVersion"] == "2.1"
    assert event["s3"]["object"]["key"] == "a+b%40c"
    request_id = put["ResponseMetadata"]["RequestId"]
    assert event["responseElements"]["x-amz-request-id"] == request_id


def test_an_object_whose_function_raises_is_retried_by_lambda(aws: Any) -> None:
    function = aws.function(RAISE)
    queue = aws.destinations(function, retries=1)
    bucket = bucket_notifying(aws, function)

    aws.client("s3").put_object(Bucket=bucket, Key="key", Body=b"")

    context = queue.take_record()["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 2)


def test_a_notification_to_a_function_that_does_not_permit_it_is_refused(aws: Any) -> None:
    function = aws.function()
    s3 = aws.client("s3")
    bucket = aws.name()
    s3.create_bucket(Bucket=bucket)

    with pytest.raises(ClientError) as refused:
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=notification(function)
        )

    error: Any = refused.value.response["Error"]
    assert error["Code"] == "InvalidArgument"
    assert error["ArgumentValue1"] == f"Not authorized to invoke function [{function}]"
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=notification(function),
        SkipDestinationValidation=True,
    )


@pytest.mark.parametrize(
    ("events", "filters", "taken"),
    [
        (["s3:ObjectCreated:*", "s3:ObjectCreated:Put"], [None, None], False),
        (["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], [None, None], True),
        (["s3:ObjectCreated:*"] * 2, ["a/", "a/b/"], False),
        (["s3:ObjectCreated:*"] * 2, ["a/", "b/"], True),
    ],
)
def test_notifications_that_overlap_are_refused(
    aws: Any, events: list[str], filters: list[str | None], taken: bool
) -> None:
    function = aws.function()
    s3 = aws.client("s3")
    bucket = aws.name()
    s3.create_bucket(Bucket=bucket)
    aws.permit(function, "s3", f"arn:aws:s3:::{bucket}")
    configurations = [notification_of(function, *one) for one in zip(events, filters, strict=True)]

    def configure() -> None:
        s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={"LambdaFunctionConfigurations": configurations},
        )

    if taken:
        configure()
    else:
        with pytest.raises(ClientError, match="overlap"):
            configure()


def notification_of(function: str, event: str, prefix: str | None) -> dict[str, Any]:
    configuration: dict[str, Any] = {"LambdaFunctionArn": function, "Events": [event]}
    if prefix:
        rule = {"Name": "prefix", "Value": prefix}
        configuration["Filter"] = {"Key": {"FilterRules": [rule]}}
    return configuration


def test_an_event_reaches_the_function_with_its_id(aws: Any) -> None:
    function = aws.function()
    queue = aws.destinations(function)
    bus = Bus(aws)
    bus.target(function)
    aws.permit(function, "events", bus.rule_arn)

    event_id = bus.put()

    event = queue.take_record()["requestPayload"]
    assert (event["id"], event["source"], event["detail-type"]) == (event_id, "test", "job")


def test_a_function_that_raises_leaves_the_dead_letter_queue_of_the_rule_empty(aws: Any) -> None:
    function = aws.function(RAISE)
    queue = aws.destinations(function)
    bus = Bus(aws)
    bus.target(function)
    aws.permit(function, "events", bus.rule_arn)

    bus.put()

    assert queue.take_record()["requestContext"]["condition"] == "RetriesExhausted"
    assert bus.dead_letters.count() == 0


def test_an_event_without_permission_ends_in_the_dead_letter_queue_of_the_rule(aws: Any) -> None:
    function = aws.function()
    bus = Bus(aws)
    bus.target(function)

    event_id = bus.put()

    letter = bus.dead_letters.take()
    assert json.loads(letter["Body"])["id"] == event_id
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": bus.rule_arn,
        "TARGET_ARN": function,
        "ERROR_CODE": "NO_PERMISSIONS",
    }


def test_the_trace_of_an_event_goes_on_in_the_function(aws: Any) -> None:
    function = aws.function(TRACE)
    queue = aws.destinations(function)
    bus = Bus(aws)
    bus.target(function)
    aws.permit(function, "events", bus.rule_arn)

    bus.put(TraceHeader=f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1")

    assert queue.take_record()["responsePayload"].startswith(f"Root={ROOT};")


@pytest.mark.parametrize(
    ("schedule", "bus"),
    [("rate(1 minutes)", "default"), ("rate(2 minute)", "default"), ("rate(1 minute)", "custom")],
)
def test_a_schedule_that_eventbridge_does_not_take_is_refused(
    aws: Any, schedule: str, bus: str
) -> None:
    events = aws.client("events")
    name = aws.name() if bus == "custom" else bus
    if bus == "custom":
        events.create_event_bus(Name=name)

    with pytest.raises(ClientError, match="ScheduleExpression") as refused:
        events.put_rule(Name=aws.name(), ScheduleExpression=schedule, EventBusName=name)

    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_message_reaches_the_function_in_the_form_for_functions(aws: Any) -> None:
    function = aws.function()
    queue = aws.destinations(function)
    topic = Topic(aws, function)
    aws.permit(function, "sns", topic.arn)
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}

    message_id = topic.publish("hello", MessageAttributes=attributes)

    (record,) = queue.take_record()["requestPayload"]["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["Sns"].keys() == {
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertUrl", "UnsubscribeUrl", "MessageAttributes",
    }  # fmt: skip
    assert (record["Sns"]["MessageId"], record["Sns"]["Message"]) == (message_id, "hello")
    assert record["Sns"]["Subject"] is None
    assert record["Sns"]["MessageAttributes"] == {"colour": {"Type": "String", "Value": "red"}}


def test_a_message_without_permission_ends_in_the_dead_letter_queue_of_the_subscription(
    aws: Any,
) -> None:
    topic = Topic(aws, aws.function())

    message_id = topic.publish("hello")

    letter = topic.dead_letters.take()
    notification = json.loads(letter["Body"])
    assert (notification["MessageId"], notification["Message"]) == (message_id, "hello")
    assert "SigningCertURL" in notification
    assert "MessageAttributes" not in letter


def test_a_message_for_a_deleted_function_ends_there_too(aws: Any) -> None:
    function = aws.function()
    topic = Topic(aws, function)
    aws.permit(function, "sns", topic.arn)
    aws.lambda_.delete_function(FunctionName=function)

    topic.publish("hello")

    assert json.loads(topic.dead_letters.take()["Body"])["Message"] == "hello"


def test_a_function_cannot_subscribe_to_a_fifo_topic(aws: Any) -> None:
    function = aws.function()
    sns = aws.client("sns")
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = sns.create_topic(Name=aws.name() + ".fifo", Attributes=attributes)["TopicArn"]

    with pytest.raises(ClientError) as refused:
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)

    assert refused.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_function_gets_no_raw_messages(aws: Any) -> None:
    function = aws.function()
    topic = Topic(aws, function)
    subscription = {"TopicArn": topic.arn, "Protocol": "lambda", "Endpoint": function}
    raw = {"RawMessageDelivery": "true"}
    (existing,) = topic.sns.list_subscriptions_by_topic(TopicArn=topic.arn)["Subscriptions"]

    with pytest.raises(ClientError, match="RawMessageDelivery"):
        topic.sns.subscribe(**subscription, Attributes=raw)
    with pytest.raises(ClientError, match="RawMessageDelivery"):
        topic.sns.set_subscription_attributes(
            SubscriptionArn=existing["SubscriptionArn"],
            AttributeName="RawMessageDelivery",
            AttributeValue="true",
        )
