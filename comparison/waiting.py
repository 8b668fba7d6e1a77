"""Waiting, in one place: a deadline, a condition, and what was seen last when it fails."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class NotInTime(AssertionError):
    """A condition did not come true before its deadline."""


def eventually(
    check: Callable[[], Value],
    *,
    within: float,
    every: float = 0.2,
    what: str = "the condition",
) -> Value:
    """Return what `check` returns as soon as it no longer raises AssertionError.

    within and every are in seconds; the time that `check` itself takes counts. Any error other
    than AssertionError is not waited out.
    Raises NotInTime with the last AssertionError's message.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            return check()
        except AssertionError as error:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise NotInTime(f"{what}: not within {within:g} s; last seen: {error}") from error
            time.sleep(min(every, remaining))  # noqa: TID251 - the one place that waits
