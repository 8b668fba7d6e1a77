import pytest

from comparison.facts.matching import invalid, mismatch


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        (200, 200),
        ("Unhandled", "Unhandled"),
        (1, 1.0),
        ([], []),
        ([1, {"a": 2}], [1, {"a": 2, "b": 3}]),
        ([1, 2], (1, 2)),
        ({}, {}),
        ({"status": 502}, {"status": 502, "seconds": 0.4}),
        ({"at_least": 1, "at_most": 3}, 1),
        ({"at_least": 1, "at_most": 3}, 3),
        ({"at_least": 1}, 1_000_000),
        ({"at_most": 3}, -1.5),
        ({"matches": "timed out after 6"}, "Task timed out after 6.00 seconds"),
        ({"one_of": [502, 504]}, 504),
        ({"one_of": [{"null": True}, ""]}, None),
        ({"payload": {"absent": True}}, {"status": 202}),
        ({"body": {"null": True}}, {"body": None}),
        ([{"at_least": 50, "at_most": 90}, {"at_least": 90}], [60.2, 114.2]),
    ],
)
def test_an_observation_that_fits_has_no_mismatch(expected: object, observed: object) -> None:
    assert mismatch(expected, observed) is None


@pytest.mark.parametrize(
    ("expected", "observed", "words"),
    [
        (502, 500, "expected 502, observed 500"),
        ({"status": 502}, {"status": 500}, "status: expected 502, observed 500"),
        ({"status": 502}, {}, "status: expected 502, observed nothing"),
        ({"status": 502}, [], "expected {'status': 502}, observed []"),
        ({}, {"a": 1}, "expected {}, observed {'a': 1}"),
        ({"a": {}}, {"a": None}, "a: expected {}, observed null"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: expected 1, observed 2"),
        ([1, 2], [1, 3], "[1]: expected 2, observed 3"),
        ({"waits": [1]}, {"waits": [1, 2]}, "waits: expected [1], observed [1, 2]"),
        ({"waits": [1]}, {"waits": 1}, "waits: expected [1], observed 1"),
        ({"a": {"absent": True}}, {"a": None}, "a: expected nothing, observed null"),
        ({"null": True}, "", "expected null, observed ''"),
        ({"a": {"null": True}}, {}, "a: expected null, observed nothing"),
        ({"at_least": 1, "at_most": 3}, 4, "expected at least 1 and at most 3, observed 4"),
        ({"at_least": 1}, 0.5, "expected at least 1, observed 0.5"),
        ({"at_most": 3}, "3", "expected at most 3, observed '3'"),
        ({"at_least": 1}, True, "expected at least 1, observed true"),
        ({"matches": "^x"}, "ax", "expected text matching '^x', observed 'ax'"),
        ({"matches": "1"}, 1, "expected text matching '1', observed 1"),
        ({"one_of": [502, {"null": True}]}, 500, "expected 502 or null, observed 500"),
        (True, 1, "expected true, observed 1"),
        (1, True, "expected 1, observed true"),
        ("1", 1, "expected '1', observed 1"),
        ("", None, "expected '', observed null"),
    ],
)
def test_a_mismatch_says_where_what_was_expected_and_what_was_observed(
    expected: object, observed: object, words: str
) -> None:
    assert mismatch(expected, observed) == words


def test_every_difference_is_named() -> None:
    expected = {"status": 502, "headers": {"server": "awselb/2.0"}, "attempts": 1}
    observed = {"status": 500, "headers": {}, "attempts": 1}
    assert mismatch(expected, observed) == (
        "status: expected 502, observed 500; "
        "headers.server: expected 'awselb/2.0', observed nothing"
    )


@pytest.mark.parametrize(
    "expected",
    [
        502,
        {"status": {"one_of": [500, 502]}},
        [{"at_least": 1}, {"matches": "a.c"}],
        {"one_of": [{"null": True}, {"absent": True}]},
    ],
)
def test_a_sound_expectation_is_accepted(expected: object) -> None:
    assert invalid(expected) is None


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"at_least": "1"}, "a bound in {'at_least': '1'} is not a number"),
        ({"at_most": True}, "a bound in {'at_most': True} is not a number"),
        ({"a": [{"matches": "("}]}, "'(' is no regular expression: "),
        ({"one_of": []}, "{'one_of': []} is no matcher"),
        ({"one_of": [{"matches": 1}]}, "{'matches': 1} is no matcher"),
        ({"absent": False}, "{'absent': False} is no matcher"),
        ({"absent": True, "null": True}, "{'absent': True, 'null': True} is no matcher"),
        ({"at_least": 1, "status": 2}, "{'at_least': 1, 'status': 2} is no matcher"),
    ],
)
def test_an_expectation_that_can_never_match_is_named(expected: object, reason: str) -> None:
    found = invalid(expected)
    assert found is not None
    assert found.startswith(reason)
