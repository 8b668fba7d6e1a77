import json
from typing import Any

import pytest

from emulator.engine.event_filter import FilterPattern, passes_filters
from emulator.engine.event_filter_comparisons import InvalidFilterPattern


def passes(pattern: object, body: object, **fields: Any) -> bool:
    """Whether a message with this body (text, or anything as JSON) passes the one filter."""
    text = body if isinstance(body, str) else json.dumps(body)
    record = {"messageId": "1", "eventSource": "aws:sqs", **fields, "body": text}
    return passes_filters(record, [FilterPattern.parse(json.dumps(pattern))])


def body_has(comparison: object) -> dict[str, Any]:
    return {"body": {"field": [comparison]}}


def test_without_filters_every_message_passes() -> None:
    assert passes_filters({"body": "anything"}, [])


def test_a_value_must_be_one_of_the_list() -> None:
    pattern = {"body": {"code": ["A", "B"]}}

    assert passes(pattern, {"code": "B"})
    assert not passes(pattern, {"code": "C"})
    assert not passes(pattern, {"code": "b"})
    assert not passes(pattern, {"other": "A"})


def test_all_fields_of_a_pattern_must_match() -> None:
    pattern = {"body": {"city": ["Bonn"], "day": ["Monday"]}}

    assert passes(pattern, {"city": "Bonn", "day": "Monday", "more": 1})
    assert not passes(pattern, {"city": "Bonn", "day": "Friday"})


def test_one_filter_that_matches_is_enough() -> None:
    filters = [FilterPattern.parse(json.dumps({"body": {"n": [number]}})) for number in (1, 2)]

    assert passes_filters({"body": '{"n": 2}'}, filters)
    assert not passes_filters({"body": '{"n": 3}'}, filters)


def test_a_pattern_reaches_nested_fields() -> None:
    pattern = {"body": {"order": {"customer": {"country": ["DE"]}}}}

    assert passes(pattern, {"order": {"customer": {"country": "DE"}}})
    assert not passes(pattern, {"order": {"country": "DE"}})


def test_a_list_matches_if_one_of_its_elements_does() -> None:
    assert passes(body_has("b"), {"field": ["a", "b"]})
    assert passes({"body": {"items": {"id": [7]}}}, {"items": [{"id": 6}, {"id": 7}]})
    assert not passes(body_has("b"), {"field": []})


@pytest.mark.parametrize(
    ("comparison", "value", "matches"),
    [
        ("", "", True),
        ("", "x", False),
        (None, None, True),
        (None, "null", False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        (300, 300.0, True),
        (300, "300", False),
        ({"prefix": "eu-"}, "eu-central-1", True),
        ({"prefix": "eu-"}, "us-east-1", False),
        ({"prefix": ""}, "anything", True),
        ({"prefix": "3"}, 300, False),
        ({"suffix": ".png"}, "cat.png", True),
        ({"suffix": ".png"}, "cat.jpg", False),
        ({"equals-ignore-case": "ALICE"}, "alice", True),
        ({"equals-ignore-case": "ALICE"}, "bob", False),
        ({"anything-but": "rain"}, "sun", True),
        ({"anything-but": "rain"}, "rain", False),
        ({"anything-but": "rain"}, None, True),
        ({"anything-but": ["rain", 3]}, 3, False),
        ({"anything-but": ["rain", 3]}, 4, True),
        ({"anything-but": 0}, False, True),
        ({"numeric": ["=", 100]}, 100, True),
        ({"numeric": ["=", 100]}, 1e2, True),
        ({"numeric": [">", 100]}, 101, True),
        ({"numeric": [">", 100]}, 100, False),
        ({"numeric": ["<", 100]}, 99, True),
        ({"numeric": ["<", 100]}, 100, False),
        ({"numeric": [">=", 100, "<", 200]}, 100, True),
        ({"numeric": [">=", 100, "<", 200]}, 200, False),
        ({"numeric": [">", 0]}, "1", False),
        ({"numeric": [">", 0]}, True, False),
        ({"numeric": [">", -1]}, None, False),
        ({"exists": True}, None, True),
        ({"exists": True}, "", True),
        ({"exists": True}, {"inner": 1}, False),
        ({"exists": False}, "x", False),
        ({"exists": False}, {"inner": 1}, True),
    ],
)
def test_each_comparison(comparison: object, value: object, *, matches: bool) -> None:
    assert passes(body_has(comparison), {"field": value}) is matches


@pytest.mark.parametrize(
    "comparison",
    ["x", None, {"prefix": ""}, {"anything-but": "x"}, {"numeric": [">", 0]}, {"exists": True}],
)
def test_a_field_that_is_missing_matches_nothing(comparison: object) -> None:
    assert not passes(body_has(comparison), {"other": "x"})


def test_a_field_that_is_missing_does_not_exist() -> None:
    assert passes(body_has({"exists": False}), {"other": "x"})


def test_comparisons_in_a_list_are_alternatives() -> None:
    pattern = {"body": {"field": [{"prefix": "a"}, {"exists": False}, "z"]}}

    assert passes(pattern, {"field": "abc"})
    assert passes(pattern, {"other": 1})
    assert passes(pattern, {"field": "z"})
    assert not passes(pattern, {"field": "b"})


def test_or_combines_alternatives_of_several_fields() -> None:
    pattern = {"body": {"kind": ["x"], "$or": [{"a": [1]}, {"b": [{"numeric": [">", 5]}]}]}}

    assert passes(pattern, {"kind": "x", "a": 1})
    assert passes(pattern, {"kind": "x", "b": 6})
    assert not passes(pattern, {"kind": "x", "a": 2, "b": 5})
    assert not passes(pattern, {"kind": "y", "a": 1})


def test_or_may_combine_the_body_with_another_field() -> None:
    pattern = {"$or": [{"body": {"a": [1]}}, {"attributes": {"SenderId": ["me"]}}]}

    assert passes(pattern, {"a": 1}, attributes={"SenderId": "you"})
    assert passes(pattern, "plain", attributes={"SenderId": "me"})
    assert not passes(pattern, "plain", attributes={"SenderId": "you"})


def test_attributes_and_message_attributes_can_be_filtered_whatever_the_body_is() -> None:
    attribute = {"messageAttributes": {"type": {"stringValue": ["urgent"]}}}
    urgent = {"type": {"stringValue": "urgent", "dataType": "String"}}

    assert passes(attribute, "plain text", messageAttributes=urgent)
    assert passes(attribute, {"json": True}, messageAttributes=urgent)
    assert not passes(attribute, "plain text", messageAttributes={})


def test_a_filter_on_a_plain_body_matches_plain_text() -> None:
    assert passes({"body": ["hello"]}, "hello")
    assert passes({"body": [{"prefix": "Result: "}]}, "Result: 7")
    assert not passes({"body": ["hello"]}, "goodbye")


@pytest.mark.parametrize("body", ["hello", "{not json", "", "NaN", "[" * 100_000])
@pytest.mark.parametrize("comparison", ["x", {"exists": False}, {"anything-but": "x"}])
def test_a_plain_body_never_matches_a_filter_that_wants_json(body: str, comparison: object) -> None:
    assert not passes(body_has(comparison), body)


@pytest.mark.parametrize("body", ['{"a": 1}', "7", '"hello"', "null", "[]"])
@pytest.mark.parametrize("comparison", ["hello", {"exists": False}, {"prefix": ""}])
def test_a_json_body_never_matches_a_filter_that_wants_plain_text(
    body: str, comparison: object
) -> None:
    assert not passes({"body": [comparison]}, body)


@pytest.mark.parametrize(
    "pattern",
    [
        "null",
        '"simple string"',
        "simple string",
        "",
        "[]",
        "{}",
        '{"eventSource": "aws:sqs"}',
        '{"eventSource": []}',
        '{"body": "plain-string"}',
        '{"body": {}}',
        '{"body": {"a": 1}}',
        '{"body": {"a": [[1]]}}',
        '{"body": {"a": [{}]}}',
        '{"body": {"a": [{"prefix": "a", "suffix": "b"}]}}',
        '{"body": {"a": [{"EXISTS": true}]}}',
        '{"body": {"a": [{"wildcard": "a*"}]}}',
        '{"body": {"a": [{"exists": "yes"}]}}',
        '{"body": {"a": [{"prefix": 1}]}}',
        '{"body": {"a": [{"suffix": ["a"]}]}}',
        '{"body": {"a": [{"equals-ignore-case": ["a"]}]}}',
        '{"body": {"a": [{"anything-but": []}]}}',
        '{"body": {"a": [{"anything-but": null}]}}',
        '{"body": {"a": [{"anything-but": [true]}]}}',
        '{"body": {"a": [{"anything-but": {"prefix": "a"}}]}}',
        '{"body": {"a": [{"numeric": 10}]}}',
        '{"body": {"a": [{"numeric": []}]}}',
        '{"body": {"a": [{"numeric": [">"]}]}}',
        '{"body": {"a": [{"numeric": [">", "1"]}]}}',
        '{"body": {"a": [{"numeric": [">", true]}]}}',
        '{"body": {"a": [{"numeric": [">", 0, ">", 1]}]}}',
        '{"body": {"a": [{"numeric": [">", 0, "<"]}]}}',
        '{"body": {"a": [{"numeric": [">", 5, "<", 1]}]}}',
        '{"body": {"a": [{"numeric": [[], 1]}]}}',
        '{"body": {"a": [NaN]}}',
        '{"body": {"$or": [{"a": [1]}]}}',
        '{"body": {"$or": {"a": [1]}}}',
        '{"body": {"$or": [{"a": [1]}, 2]}}',
        pytest.param('{"a":' * 2000 + "[1]" + "}" * 2000, id="longer than 4096 characters"),
    ],
)
def test_a_pattern_that_aws_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidFilterPattern):
        FilterPattern.parse(pattern)


def test_many_nested_alternatives_are_no_burden() -> None:
    pattern: dict[str, Any] = {"end": [1]}
    for level in range(60):
        pattern = {f"l{level}": pattern, "$or": [{"a": [1]}, {"b": [1]}]}

    assert not passes({"body": pattern}, {"a": 2})
