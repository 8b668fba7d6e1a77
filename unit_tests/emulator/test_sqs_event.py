import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.sqs_event import (
    Message,
    MessageAttribute,
    encode_event,
    encode_record,
    sqs_record,
)

QUEUE_ARN = "arn:aws:sqs:eu-central-1:123456789012:jobs"
PLAIN = Message(
    message_id="059f36b4",
    receipt_handle="AQEB",
    body="hello",
    md5_of_body="5d41402abc4b2a76b9719d911017c592",
    attributes={
        "SenderId": "AIDA",
        "SentTimestamp": "1545082649183",
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    },
)


def record(message: Message, *, window: bool = False) -> dict[str, Any]:
    return sqs_record(message, QUEUE_ARN, with_batching_window=window)


def test_a_record_has_exactly_the_keys_and_the_order_that_aws_gives_it() -> None:
    assert list(record(PLAIN).items()) == [
        ("messageId", "059f36b4"),
        ("receiptHandle", "AQEB"),
        ("body", "hello"),
        (
            "attributes",
            {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1545082649183",
                "SenderId": "AIDA",
                "ApproximateFirstReceiveTimestamp": "1545082649185",
            },
        ),
        ("messageAttributes", {}),
        ("md5OfBody", "5d41402abc4b2a76b9719d911017c592"),
        ("eventSource", "aws:sqs"),
        ("eventSourceARN", QUEUE_ARN),
        ("awsRegion", "eu-central-1"),
    ]
    assert list(record(PLAIN)["attributes"]) == [
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    ]


def test_a_fifo_message_brings_its_sequence_number_group_and_deduplication_id() -> None:
    fifo = {"SequenceNumber": "18849", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    attributes = record(replace(PLAIN, attributes={**PLAIN.attributes, **fifo}))["attributes"]

    assert list(attributes) == [
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SequenceNumber",
        "MessageGroupId",
        "SenderId",
        "MessageDeduplicationId",
        "ApproximateFirstReceiveTimestamp",
    ]


def test_the_senders_trace_header_travels_as_an_attribute() -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    attributes = {**PLAIN.attributes, "AWSTraceHeader": header}

    assert record(replace(PLAIN, attributes=attributes))["attributes"]["AWSTraceHeader"] == header


def test_message_attributes_are_camel_case_with_empty_lists_and_the_md5_beside_them() -> None:
    message = replace(
        PLAIN,
        message_attributes={
            "WeeksOn": MessageAttribute("Number", string_value="6"),
            "Cover": MessageAttribute("Binary.png", binary_value=b"\x00\xffpng"),
        },
        md5_of_message_attributes="d25a6aea97eb8f585bfa92d314504a92",
    )

    assert record(message)["messageAttributes"] == {
        "WeeksOn": {
            "stringValue": "6",
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "Number",
        },
        "Cover": {
            "binaryValue": "AP9wbmc=",
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "Binary.png",
        },
    }
    assert record(message)["md5OfMessageAttributes"] == "d25a6aea97eb8f585bfa92d314504a92"


def test_without_message_attributes_their_md5_is_null_only_if_the_mapping_has_a_window() -> None:
    assert "md5OfMessageAttributes" not in record(PLAIN, window=False)
    assert record(PLAIN, window=True)["md5OfMessageAttributes"] is None


@pytest.mark.parametrize(
    "body",
    [
        '{"a": 1,  "b":2.0, "c": "\\u00e9"}',
        " leading and trailing \n",
        "ä € 🚀  ",
        '"\\\t\r\n',
        "",
        "half a surrogate pair \ud83d",
    ],
)
def test_the_body_arrives_unchanged_byte_for_byte(body: str) -> None:
    payload = encode_event([encode_record(record(replace(PLAIN, body=body)))])

    assert json.loads(payload)["Records"][0]["body"] == body


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=5))
def test_any_text_arrives_unchanged_and_in_order(bodies: list[str]) -> None:
    payload = encode_event(encode_record(record(replace(PLAIN, body=body))) for body in bodies)

    assert [one["body"] for one in json.loads(payload)["Records"]] == bodies


def test_characters_beyond_ascii_count_as_their_utf_8_bytes() -> None:
    plain = len(encode_record(record(replace(PLAIN, body="a"))))

    assert len(encode_record(record(replace(PLAIN, body="€")))) == plain + 2
