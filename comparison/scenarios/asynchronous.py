"""Scenarios of asynchronous invocation: what every path has, and what only direct callers can ask.

Times are in seconds from the start of the run. What takes longest leaves first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.direct import TRACE_HEADER
from comparison.scenarios.every_path import EXCEPTION
from comparison.scenarios.scenario import NO_PARAMETERS, Scenario, one_job
from stacks.naming import Alias

SDK = (Path.SDK_EVENT,)
DIRECT_EVENTS = (Path.CLI_EVENT, Path.SDK_EVENT)
EVENTS = (*DIRECT_EVENTS, Path.S3, Path.EVENTBRIDGE, Path.SNS)
"""The asynchronous paths that do not have to wait for a clock."""

LARGE_EVENT_BYTES = 900_000
TOO_LARGE_EVENT_BYTES = 1_100_000

APART = 0.25
"""Seconds between the paths: an execution environment that is free again is not started anew."""


def _one_after_another(
    work: str, parameters: Mapping[str, Any] = NO_PARAMETERS, *, first: float
) -> Callable[[Path], Sequence[Sending]]:
    """Return the sendings of a scenario that is one job on each path, at different times."""

    def sendings(path: Path) -> Sequence[Sending]:
        return one_job(work, parameters, after=first + EVENTS.index(path) * APART)(path)

    return sendings


ASYNCHRONOUS = (
    Scenario(
        "event-time-out",
        "the function times out on an event",
        EVENTS,
        _one_after_another("time-out", first=0),
    ),
    Scenario(
        "event-exit",
        "the process ends with status 3 on an event",
        SDK,
        one_job("exit", {"code": 3}, after=0.5),
    ),
    Scenario(
        "traced-raise",
        "the function raises on an event that is part of a trace",
        SDK,
        one_job("raise", {"message": EXCEPTION}, after=2, trace_header=TRACE_HEADER),
    ),
    Scenario(
        "age-90",
        "the function raises on an event that may be 90 s old",
        SDK,
        one_job("raise", {"message": EXCEPTION}, after=2.5, qualifier=Alias.AGE_90),
    ),
    Scenario(
        "age-60",
        "the function raises on an event that may be 60 s old",
        SDK,
        one_job("raise", {"message": EXCEPTION}, after=3, qualifier=Alias.AGE_60),
    ),
    Scenario(
        "fail-first",
        "the function raises once, then answers",
        SDK,
        one_job("fail-first", {"times": 1}, after=4),
    ),
    Scenario(
        "no-retry",
        "the function raises on an event that is not to be retried",
        DIRECT_EVENTS,
        one_job("raise", {"message": EXCEPTION}, after=5, qualifier=Alias.NO_RETRY),
    ),
    Scenario(
        "event-return",
        "the function returns a text that nobody waits for",
        EVENTS,
        _one_after_another("return", {"value": "justAString"}, first=7),
    ),
    Scenario(
        "large-event",
        f"an event padded to {LARGE_EVENT_BYTES} bytes",
        DIRECT_EVENTS,
        one_job("answer", after=15, padded_to=LARGE_EVENT_BYTES),
    ),
    Scenario(
        "too-large-event",
        f"an event padded to {TOO_LARGE_EVENT_BYTES} bytes",
        DIRECT_EVENTS,
        one_job("answer", after=16, padded_to=TOO_LARGE_EVENT_BYTES),
    ),
)
