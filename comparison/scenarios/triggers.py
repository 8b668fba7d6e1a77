"""Scenarios of S3, EventBridge and SNS.

Times are in seconds from the start of the run.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.direct import TRACE_HEADER
from comparison.scenarios.scenario import Scenario, one_job

AT_ONCE = 5
KEY_SUFFIX = " a@b"
"""End of an object's key that has to be encoded."""

_OPTIONS_OF_EVENT: Mapping[Path, Mapping[str, Any]] = MappingProxyType(
    {
        Path.S3: {"suffix": KEY_SUFFIX},
        Path.EVENTBRIDGE: {},
        Path.SNS: {"MessageAttributes": {"kept": {"DataType": "String", "StringValue": "yes"}}},
    }
)
"""What each path can add to a job and the function can see."""

LARGE_DETAIL_BYTES = 300_000
LARGE_MESSAGE_BYTES = 250_000
TOO_LARGE_MESSAGE_BYTES = 270_000

UNKNOWN_BUS_WATCHED_FOR = 10.0
"""Seconds in which an event would have arrived that is to leave no trace."""


def _event(path: Path) -> list[Sending]:
    return [Sending("", path, "", "echo", after=11, options=_OPTIONS_OF_EVENT[path])]


def _traced(path: Path) -> list[Sending]:
    if path is Path.EVENTBRIDGE:
        # The service takes the header from the entry, one for each event.
        return [Sending("", path, "", "answer", after=13, options={"TraceHeader": TRACE_HEADER})]
    return [Sending("", path, "", "answer", after=13, trace_header=TRACE_HEADER)]


def _at_once(path: Path) -> list[Sending]:
    return [Sending("", path, "", "answer", after=9.5) for _ in range(AT_ONCE)]


TRIGGERS = (
    Scenario(
        "event",
        "the event as the function receives it",
        tuple(_OPTIONS_OF_EVENT),
        _event,
    ),
    Scenario(
        "unknown-bus",
        "an event for a bus that does not exist",
        (Path.EVENTBRIDGE,),
        one_job(
            "answer",
            after=5,
            options={"EventBusName": "no-such-bus"},
            watched_for=UNKNOWN_BUS_WATCHED_FOR,
        ),
    ),
    Scenario("five-at-once", f"{AT_ONCE} jobs at once", (Path.EVENTBRIDGE, Path.SNS), _at_once),
    Scenario(
        "large-detail",
        f"an event padded to {LARGE_DETAIL_BYTES} bytes",
        (Path.EVENTBRIDGE,),
        one_job("answer", after=14, padded_to=LARGE_DETAIL_BYTES),
    ),
    Scenario(
        "large-message",
        f"a message padded to {LARGE_MESSAGE_BYTES} bytes",
        (Path.SNS,),
        one_job("answer", after=14, padded_to=LARGE_MESSAGE_BYTES),
    ),
    Scenario(
        "too-large-message",
        f"a message padded to {TOO_LARGE_MESSAGE_BYTES} bytes",
        (Path.SNS,),
        one_job("answer", after=15, padded_to=TOO_LARGE_MESSAGE_BYTES),
    ),
    Scenario(
        "traced-trigger",
        "what triggers the function is part of a trace",
        tuple(_OPTIONS_OF_EVENT),
        _traced,
    ),
)
