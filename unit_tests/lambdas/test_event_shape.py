import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from lambdas.probe.event_shape import (
    Carrier,
    EventShape,
    S3Object,
    ScheduledEvent,
    batch_size,
    carriers,
    has_multi_value_headers,
    is_from_fifo_queue,
    shape_of,
)
from lambdas.probe.job import JobError

Recorded = Callable[[str], Any]

JOB = '{"run": "r1", "job": "r1.1", "do": "answer"}'
JOB_WITH_SIGNS = '{"run": "r+1", "job": "r1 50%", "do": "answer"}'


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("direct", EventShape.DIRECT),
        ("api-gateway", EventShape.API_GATEWAY),
        ("alb", EventShape.ALB),
        ("alb-multi-value", EventShape.ALB),
        ("s3", EventShape.S3),
        ("eventbridge", EventShape.EVENTBRIDGE),
        ("schedule", EventShape.SCHEDULE),
        ("sns", EventShape.SNS),
        ("sqs", EventShape.SQS),
        ("sqs-fifo", EventShape.SQS),
    ],
)
def test_each_path_is_recognised_by_its_events_own_keys(
    name: str, shape: EventShape, recorded: Recorded
) -> None:
    assert shape_of(recorded(name)) is shape


@pytest.mark.parametrize(
    "event",
    [
        None,
        True,
        0,
        "text",
        [],
        {},
        {"Records": []},
        {"Records": {}},
        {"Records": [None]},
        {"Records": [{"EventSource": "aws:sqs"}]},
        {"Records": [{"eventSource": "aws:sns"}]},
        {"Records": [{"eventSource": "aws:kinesis"}]},
        {"requestContext": {"stage": "prod"}},
        {"requestContext": {"http": {}}, "version": "2.0", "rawPath": "/"},
        {"source": "somewhere"},
    ],
)
def test_what_no_service_sends_is_the_callers_own_json(event: object) -> None:
    assert shape_of(event) is EventShape.DIRECT


@pytest.mark.parametrize(
    "changes",
    [{"source": "aws.scheduler"}, {"detail-type": "job"}],
)
def test_only_a_rules_own_schedule_makes_a_scheduled_event(
    changes: dict[str, str], recorded: Recorded
) -> None:
    assert shape_of(recorded("schedule") | changes) is EventShape.EVENTBRIDGE


@pytest.mark.parametrize("name", ["direct", "api-gateway", "alb", "alb-multi-value", "sns"])
def test_the_job_is_found(name: str, recorded: Recorded) -> None:
    assert carriers(recorded(name)) == [Carrier(JOB)]


def test_the_detail_of_an_eventbridge_event_is_the_job(recorded: Recorded) -> None:
    [carrier] = carriers(recorded("eventbridge"))

    assert isinstance(carrier.job, str)
    assert json.loads(carrier.job) == json.loads(JOB)


def test_an_s3_event_names_its_object_by_the_decoded_key(recorded: Recorded) -> None:
    assert carriers(recorded("s3")) == [Carrier(S3Object("jobs-bucket", "r1/job 1@home.json"))]


def test_an_s3_event_may_hold_several_records(recorded: Recorded) -> None:
    event = recorded("s3")
    event["Records"] *= 2

    assert len(carriers(event)) == 2


def test_a_scheduled_event_names_its_rule_and_itself(recorded: Recorded) -> None:
    assert carriers(recorded("schedule")) == [
        Carrier(
            ScheduledEvent(
                rule_arn="arn:aws:events:eu-west-1:111122223333:rule/every-minute",
                event_id="53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
            )
        )
    ]


def test_each_message_of_a_batch_carries_a_job_in_order(recorded: Recorded) -> None:
    event = recorded("sqs")

    assert [(carrier.message_id, carrier.receive_count) for carrier in carriers(event)] == [
        ("00000000-0000-4000-8000-000000000001", 1),
        ("00000000-0000-4000-8000-000000000002", 2),
        ("00000000-0000-4000-8000-000000000003", 3),
    ]
    assert [carrier.job for carrier in carriers(event)] == [
        record["body"] for record in event["Records"]
    ]


@pytest.mark.parametrize("attributes", [None, {}, {"ApproximateReceiveCount": "many"}])
def test_a_message_without_a_receive_count_has_none(attributes: object, recorded: Recorded) -> None:
    event = recorded("sqs")
    event["Records"][0]["attributes"] = attributes

    assert carriers(event)[0].receive_count is None


@pytest.mark.parametrize(
    ("name", "size"), [("direct", 1), ("alb", 1), ("sns", 1), ("schedule", 1), ("sqs", 3)]
)
def test_only_sqs_brings_more_than_one_record(name: str, size: int, recorded: Recorded) -> None:
    assert batch_size(recorded(name)) == size


@pytest.mark.parametrize("name", ["api-gateway", "alb", "alb-multi-value"])
def test_a_body_in_base64_is_decoded(name: str, recorded: Recorded) -> None:
    event = recorded(name) | {
        "body": base64.b64encode(JOB.encode()).decode(),
        "isBase64Encoded": True,
    }

    assert carriers(event) == [Carrier(JOB)]


@pytest.mark.parametrize("body", [JOB, "=", "é", base64.b64encode(b"\xff").decode()])
def test_a_body_that_is_not_text_in_base64_is_refused(body: str, recorded: Recorded) -> None:
    event = recorded("alb") | {"body": body, "isBase64Encoded": True}

    with pytest.raises(JobError, match="not UTF-8 text in base64"):
        carriers(event)


NO_BODY_NO_QUERY = {
    "api-gateway": {"body": None},
    "alb": {"body": ""},
    "alb-multi-value": {"body": ""},
}


@pytest.mark.parametrize("name", NO_BODY_NO_QUERY)
def test_a_request_without_body_and_query_carries_no_job(name: str, recorded: Recorded) -> None:
    assert carriers(recorded(name) | NO_BODY_NO_QUERY[name]) == [Carrier("")]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("api-gateway", {"queryStringParameters": {"job": JOB_WITH_SIGNS}}),
        ("alb", {"queryStringParameters": {"job": quote(JOB_WITH_SIGNS)}}),
        ("alb", {"queryStringParameters": {"job": quote_plus(JOB_WITH_SIGNS)}}),
        (
            "alb-multi-value",
            {"multiValueQueryStringParameters": {"job": ["first", quote_plus(JOB_WITH_SIGNS)]}},
        ),
    ],
)
def test_without_a_body_the_query_parameter_is_the_job(
    name: str, query: dict[str, Any], recorded: Recorded
) -> None:
    event = recorded(name) | NO_BODY_NO_QUERY[name] | query

    assert carriers(event) == [Carrier(JOB_WITH_SIGNS)]


def test_the_body_comes_before_the_query_parameter(recorded: Recorded) -> None:
    event = recorded("api-gateway") | {"queryStringParameters": {"job": JOB_WITH_SIGNS}}

    assert carriers(event) == [Carrier(JOB)]


@pytest.mark.parametrize(
    ("name", "expected"), [("alb", False), ("alb-multi-value", True), ("api-gateway", False)]
)
def test_only_an_alb_in_multi_value_mode_leaves_out_the_single_headers(
    name: str, expected: bool, recorded: Recorded
) -> None:
    assert has_multi_value_headers(recorded(name)) is expected


def test_a_fifo_queue_is_told_by_its_name(recorded: Recorded) -> None:
    assert is_from_fifo_queue(recorded("sqs-fifo"))
    assert not is_from_fifo_queue(recorded("sqs"))


def test_a_fair_queue_is_no_fifo_queue(recorded: Recorded) -> None:
    event = recorded("sqs")
    event["Records"][0]["attributes"]["MessageGroupId"] = "tenant"

    assert not is_from_fifo_queue(event)


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"Records": [{"eventSource": "aws:s3"}]}, "the S3 record names no object"),
        (
            {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}}}]},
            "the S3 record names no object",
        ),
        ({"Records": [{"eventSource": "aws:sqs"}]}, "an SQS record has no messageId"),
        (
            {"source": "aws.events", "detail-type": "Scheduled Event", "id": "1", "resources": []},
            "the scheduled event names no rule",
        ),
        (
            {"source": "aws.events", "detail-type": "Scheduled Event", "resources": ["arn"]},
            "the scheduled event names no rule or has no id",
        ),
    ],
)
def test_an_event_that_lacks_what_points_to_the_job_is_refused(
    event: object, complaint: str
) -> None:
    with pytest.raises(JobError, match=complaint):
        carriers(event)
