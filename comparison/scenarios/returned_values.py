"""What the function returns to a front door, by path and by the name that the facts give to it."""

from collections.abc import Mapping

from comparison.path import Path

_CREATED = {"statusCode": 201, "headers": {"x-answer": "yes"}, "body": "created"}

RETURNED_VALUES: Mapping[Path, Mapping[str, object]] = {
    Path.API_GATEWAY: {
        "whole": _CREATED,
        "no_status": {"headers": {"x-answer": "yes"}},
        "status_as_text": {"statusCode": "201"},
        "no_body": {"statusCode": 200},
        "null_headers": {"statusCode": 200, "headers": None},
        "boolean_header": {"statusCode": 200, "headers": {"x-flag": True}},
        "no_content_type": {"statusCode": 200, "body": "x"},
        "base64": {"statusCode": 200, "body": "aGVsbG8=", "isBase64Encoded": True},
        "header_both_ways": {
            "statusCode": 200,
            "headers": {"x-multi": "solo"},
            "multiValueHeaders": {"x-multi": ["multi"]},
        },
        "unknown_key": {"statusCode": 200, "wrongValue": "x"},
        "plain_text": "justAString",
        "header_no_list": {"statusCode": 200, "multiValueHeaders": {"x-multi": "one"}},
        "status_no_number": {"statusCode": "test"},
        "cookies": {"statusCode": 200, "cookies": ["a=1"]},
    },
    Path.ALB: {
        "whole": {**_CREATED, "statusDescription": "201 Created", "isBase64Encoded": False},
        "status_alone": {"statusCode": 200},
        "described_status": {
            "statusCode": 418,
            "statusDescription": "418 Short and Stout",
            "isBase64Encoded": False,
            "headers": {"content-type": "text/plain"},
            "body": "I am a teapot",
        },
        "null_headers": {"statusCode": 200, "headers": None},
        "null_description": {"statusCode": 200, "headers": {}, "statusDescription": None},
        "boolean_header": {"statusCode": 200, "headers": {"x-flag": True}},
        "status_as_text": {"statusCode": "200", "headers": {}},
        "malformed": "justAString",
    },
}
"""A case is a name in a fact's expectation."""

TWO_COOKIES = {
    "statusCode": 200,
    "isBase64Encoded": False,
    "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
    "body": "x",
}
"""For a target group with multi-value headers, the only one that can be answered so."""
