"""The one helper that waits."""

import pytest

from comparison.waiting import NotInTime, eventually


def test_the_value_is_returned_as_soon_as_the_check_passes() -> None:
    answers = iter([1, 2, 3])

    def three() -> int:
        value = next(answers)
        assert value == 3, f"it is {value}"
        return value

    assert eventually(three, within=5, every=0.001) == 3


def test_the_last_thing_seen_is_told_when_the_deadline_passes() -> None:
    def never() -> None:
        raise AssertionError("still 7 messages")

    with pytest.raises(
        NotInTime, match=r"the queue: not within 0.01 s; last seen: still 7 messages"
    ):
        eventually(never, within=0.01, every=0.001, what="the queue")


def test_an_error_of_the_check_itself_is_not_waited_out() -> None:
    def broken() -> None:
        raise KeyError("typing error")

    with pytest.raises(KeyError):
        eventually(broken, within=60)
