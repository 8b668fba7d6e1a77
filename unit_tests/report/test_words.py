"""Numbers and results in words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from comparison.report import words
from comparison.report.layout import pictures
from comparison.report.model import Caller, Results, Target, Verdict

LaneSentence = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (0.25, "0.25 s"),
        (5.02, "5.0 s"),
        (18.4, "18 s"),
        (179, "179 s"),
        (180, "3 min"),
        (200.4, "3 min 20 s"),
    ],
)
def test_durations_have_the_unit_and_digits_that_can_be_used(seconds: float, written: str) -> None:
    assert words.duration(seconds) == written


def test_a_spread_of_one_value_is_that_value() -> None:
    assert words.spread([5, 5.01]) == "5.0 s"
    assert words.spread([0.02, 5]) == "20 ms to 5.0 s"
    assert words.spread([]) == ""
    assert words.counts([3, 1]) == "1 to 3"


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({"status": 200}, "200"),
        ({"status": 200, "function_error": "Unhandled"}, "200 Unhandled"),
        ({"status": None, "error": "Read timeout\nand more"}, "Read timeout"),
        (
            {"status": None, "error": "An error occurred (TooManyRequestsException) when calling"},
            "TooManyRequestsException",
        ),
        ({"status": None}, "no answer"),
    ],
)
def test_an_answer_is_told_in_few_words(fields: dict[str, Any], written: str) -> None:
    caller = Caller(status=None, seconds=1, body="", error=None, function_error=None)
    assert words.answer(replace(caller, **fields)) == written


def test_an_emulator_never_looks_like_aws(results: Results) -> None:
    emulator = words.provenance(results.target)
    assert "emulator, not on AWS" in emulator
    assert "local 1.5.33" in emulator
    assert "pace fast" in emulator
    aws = Target("aws", "AWS", "real", "eu-west-1", 1)
    assert words.provenance(aws) == "Measured on AWS, eu-west-1"
    assert words.pace_note(aws) == ()


def test_the_pace_says_what_it_shortens_and_what_not(results: Results) -> None:
    shortened, rest = words.pace_note(results.target)
    assert "60 times, so that 1 minute takes 1.0 s" in shortened
    assert rest == "All other times are as they are configured."
    assert words.pace_note(replace(results.target, pace="real")) == ()
    assert "times," not in words.pace_note(replace(results.target, factor=None))[0]


@pytest.fixture
def sentence(results: Results) -> LaneSentence:
    lanes = {
        (picture.scenario, lane.path): lane
        for picture in pictures(results.jobs, results.paths, {})
        for lane in picture.lanes
    }
    return lambda scenario, path: words.sentence(lanes[scenario, path])


def test_a_sentence_tells_who_waited_who_tried_again_and_where_it_ended(
    sentence: LaneSentence,
) -> None:
    assert sentence("slow", "sdk-sync") == "Caller waited 5.0 s, got 200. 1 attempt."
    assert sentence("raise", "s3") == (
        "Caller gone after 67 ms, got 200. 3 attempts, 1.0 s and 2.0 s apart. "
        "Ended: on-failure destination, function dead-letter queue."
    )
    assert sentence("burst", "sqs") == (
        "Caller gone after 20 ms, got 200. 1 attempt each, in batches of 10. "
        "Ended: 10 deleted from the queue."
    )


def test_every_verdict_has_a_sign_and_a_meaning() -> None:
    assert set(words.SYMBOLS) == set(words.MEANING) == set(Verdict)
    assert len(set(words.SYMBOLS.values())) == len(Verdict)
