"""Scenarios of SQS: what becomes of messages by what one invocation returns, order, filters."""

from collections.abc import Mapping
from typing import Any

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.every_path import EXCEPTION
from comparison.scenarios.scenario import Scenario
from stacks.naming import QueueName

Work = tuple[str, Mapping[str, Any]]
"""What the job is to do, and the parameters of that."""


def _returning(value: object) -> Work:
    return ("return", {"value": value})


def _reporting(*failures: object) -> Work:
    return _returning({"batchItemFailures": list(failures)})


ALL_FAILED: Mapping[str, Work] = {
    "exception": ("raise", {"message": EXCEPTION}),
    "not_json": ("return-unserializable", {}),
    "misspelt_key": _reporting({"foo": "x"}),
    "empty_identifier": _reporting({"itemIdentifier": ""}),
    "null_identifier": _reporting({"itemIdentifier": None}),
    "unknown_identifier": _reporting({"itemIdentifier": "not-in-this-batch"}),
}
"""What makes a whole batch fail although failures are to be reported item by item (QS-42)."""

ALL_SUCCEEDED: Mapping[str, Work] = {
    "empty_list": _reporting(),
    "null_list": _returning({"batchItemFailures": None}),
    "empty_object": _returning({}),
    "nothing": _returning(None),
}
"""Returns that report no failure (QS-41)."""

IGNORED: Mapping[str, Work] = {
    "nothing": _returning(None),
    "text": _returning("justAString"),
    "reported": ("fail", {}),
}
"""Returns that all mean success where failures are not reported item by item (QS-34, QS-44)."""

KEPT_ATTRIBUTE: Mapping[str, Any] = {"kept": {"DataType": "String", "StringValue": "yes"}}
"""The attribute with which a message is sent whose attributes are looked at later."""

TRACE_HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

ORDERED = 5
ORDERED_AT_FIRST = 3
FAILING_IN_ORDER = 4

# Jobs of one queue leave a quarter of a second apart, so that each is alone in its batch: what one
# invocation returns decides about all messages of its batch. Those that fail keep this distance,
# because the visibility timeout of 6 s runs from the receive; hence nothing is sent later than 6 s.
# The jobs of the scenarios that every path runs leave this queue at 0 and 1 s.
_ALL_FAILED_AFTER = (0.5, 0.75, 1.25, 1.5, 1.75, 2.0)
_ALL_SUCCEEDED_AFTER = (2.25, 2.5, 2.75, 3.0)
_EMPTY_ITEM_AFTER = 3.25
_ATTRIBUTES_AFTER = 3.5
_TIME_OUT_AFTER = 0.5
_FAIL_ONCE_AFTER = 1
_IGNORED_AFTER = (1.5, 2.0, 2.5)


def _all_failed(path: Path) -> list[Sending]:
    options = {"MessageAttributes": KEPT_ATTRIBUTE}
    return [
        Sending("", path, "", work, parameters, after=after, options=options)
        for (work, parameters), after in zip(ALL_FAILED.values(), _ALL_FAILED_AFTER, strict=True)
    ]


def _all_succeeded(path: Path) -> list[Sending]:
    return [
        Sending("", path, "", work, parameters, after=after)
        for (work, parameters), after in zip(
            ALL_SUCCEEDED.values(), _ALL_SUCCEEDED_AFTER, strict=True
        )
    ]


def _empty_item(path: Path) -> list[Sending]:
    work, parameters = _reporting({})
    return [Sending("", path, "", work, parameters, after=_EMPTY_ITEM_AFTER)]


def _attributes(path: Path) -> list[Sending]:
    trace_header = {"DataType": "String", "StringValue": TRACE_HEADER}
    options = {
        "MessageAttributes": KEPT_ATTRIBUTE,
        "MessageSystemAttributes": {"AWSTraceHeader": trace_header},
    }
    return [Sending("", path, "", "echo", after=_ATTRIBUTES_AFTER, options=options)]


def _time_out(path: Path) -> list[Sending]:
    queue = QueueName.WHOLE_BATCH
    return [Sending("", path, "", "time-out", queue=queue, after=_TIME_OUT_AFTER)]


def _fail_once(path: Path) -> list[Sending]:
    queue = QueueName.WHOLE_BATCH
    return [Sending("", path, "", "fail-first", {"times": 1}, queue=queue, after=_FAIL_ONCE_AFTER)]


def _ignored(path: Path) -> list[Sending]:
    queue = QueueName.WHOLE_BATCH
    return [
        Sending("", path, "", work, parameters, queue=queue, after=after)
        for (work, parameters), after in zip(IGNORED.values(), _IGNORED_AFTER, strict=True)
    ]


def _in_order(path: Path) -> list[Sending]:
    # The second call comes while the messages of the first are at work: they have to wait.
    return [
        Sending(
            "",
            path,
            "",
            "sleep",
            {"seconds": 0.3},
            queue=QueueName.FIFO,
            message_group="in-order",
            after=0 if number < ORDERED_AT_FIRST else 0.5,
            together="at-first" if number < ORDERED_AT_FIRST else "then",
        )
        for number in range(ORDERED)
    ]


def _failure_in_order(path: Path) -> list[Sending]:
    works: list[Work] = [("answer", {})] * FAILING_IN_ORDER
    works[1] = ("fail-first-item", {"times": 1})
    return [
        Sending(
            "",
            path,
            "",
            work,
            parameters,
            queue=QueueName.FIFO,
            message_group="failure-in-order",
            after=3,
            together="failure-in-order",
        )
        for work, parameters in works
    ]


def _filter(path: Path) -> list[Sending]:
    # The filter of this queue lets jobs pass that ask for an echo.
    queue = QueueName.FILTERED
    return [
        Sending("", path, "", "echo", queue=queue),
        Sending("", path, "", "answer", queue=queue, after=0.3),
        Sending("", path, "", "echo", queue=queue, after=0.6, payload=b"not JSON"),
    ]


QUEUES: tuple[Scenario, ...] = (
    Scenario(
        "all-failed",
        "answers by which a whole batch has failed, each alone in its batch",
        (Path.SQS,),
        _all_failed,
    ),
    Scenario(
        "all-succeeded",
        "answers by which a whole batch has succeeded, each alone in its batch",
        (Path.SQS,),
        _all_succeeded,
    ),
    Scenario("empty-item", "a failure reported without naming an item", (Path.SQS,), _empty_item),
    Scenario("attributes", "a message with attributes", (Path.SQS,), _attributes),
    Scenario("batch-time-out", "a batch that times out", (Path.SQS,), _time_out),
    Scenario("fail-once", "a batch that fails at its first attempt", (Path.SQS,), _fail_once),
    Scenario(
        "ignored-answers",
        "answers that do not matter, because failures are not reported item by item",
        (Path.SQS,),
        _ignored,
    ),
    Scenario(
        "in-order",
        f"{ORDERED} messages of one group in a FIFO queue",
        (Path.SQS,),
        _in_order,
    ),
    Scenario(
        "failure-in-order",
        f"{FAILING_IN_ORDER} messages of one group in a FIFO queue, the second of which fails once",
        (Path.SQS,),
        _failure_in_order,
    ),
    Scenario("filter", "a message that a filter lets pass, and two others", (Path.SQS,), _filter),
)
