import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.partial_batch_response import failed_message_ids

BATCH = ("one", "two", "three")


def failed(response: Any) -> set[str]:
    return set(failed_message_ids(json.dumps(response).encode(), BATCH))


def items(*identifiers: object) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


def test_only_the_messages_that_are_reported_fail() -> None:
    assert failed(items("two")) == {"two"}
    assert failed(items("three", "one")) == {"one", "three"}


def test_every_message_may_be_reported() -> None:
    assert failed(items(*BATCH)) == set(BATCH)


def test_a_message_that_is_reported_twice_fails_once() -> None:
    assert failed(items("two", "two")) == {"two"}


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(None, id="null"),
        pytest.param({}, id="empty object"),
        pytest.param({"batchItemFailures": []}, id="empty list"),
        pytest.param({"batchItemFailures": None}, id="null list"),
        pytest.param({"statusCode": 200, "body": "ok"}, id="object of another kind"),
    ],
)
def test_an_answer_without_failures_means_that_the_whole_batch_succeeded(response: Any) -> None:
    assert failed(response) == set()


def test_no_answer_at_all_means_that_the_whole_batch_succeeded() -> None:
    assert failed_message_ids(b"", BATCH) == frozenset()


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(items(""), id="empty identifier"),
        pytest.param(items(None), id="null identifier"),
        pytest.param(items("four"), id="identifier that is not in the batch"),
        pytest.param(items(1), id="numeric identifier"),
        pytest.param(items(["one"]), id="list as identifier"),
        pytest.param({"batchItemFailures": [{"foo": "one"}]}, id="bad key name"),
        pytest.param({"batchItemFailures": [{"ItemIdentifier": "one"}]}, id="bad key case"),
        pytest.param({"batchItemFailures": "one"}, id="text instead of a list"),
        pytest.param({"batchItemFailures": {"itemIdentifier": "one"}}, id="object as list"),
        pytest.param({"batchItemFailures": 0}, id="number instead of a list"),
        pytest.param({"batchItemFailures": ["one"]}, id="bare identifier"),
        pytest.param({"batchItemFailures": [None]}, id="null element"),
        pytest.param({"batchItemFailures": [[]]}, id="list as element"),
        pytest.param("done", id="text"),
        pytest.param([{"itemIdentifier": "one"}], id="bare list"),
        pytest.param(True, id="true"),
    ],
)
def test_an_answer_that_cannot_be_understood_fails_the_whole_batch(response: Any) -> None:
    assert failed(response) == set(BATCH)


def test_one_bad_identifier_among_good_ones_fails_the_whole_batch() -> None:
    assert failed(items("one", "four")) == set(BATCH)


@pytest.mark.parametrize("payload", [b"{", b"\xff", b"not json", b"[" * 100_000])
def test_an_answer_that_is_no_json_fails_the_whole_batch(payload: bytes) -> None:
    assert failed_message_ids(payload, BATCH) == frozenset(BATCH)


def test_an_element_without_any_key_is_no_failure() -> None:
    assert failed({"batchItemFailures": [{}]}) == set()


def test_an_element_without_any_key_does_not_hide_the_others() -> None:
    assert failed({"batchItemFailures": [{}, {"itemIdentifier": "two"}]}) == {"two"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["", "one", "four"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["batchItemFailures", "itemIdentifier"]), inner)
        ),
    )
)
def test_whatever_is_answered_only_messages_of_the_batch_fail(response: Any) -> None:
    assert failed(response) <= set(BATCH)
