"""Scenarios of SQS: what becomes of messages by what one invocation returns, order, filters."""

from collections.abc import Iterable, Mapping
from typing import Any

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.every_path import EXCEPTION
from comparison.scenarios.scenario import NO_PARAMETERS, Scenario
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

FILTERED: Mapping[str, tuple[str, bytes | None]] = {
    "accepted": ("echo", None),
    "rejected": ("answer", None),
    "not_json": ("echo", b"not JSON"),
}
"""Jobs for a queue whose filter lets those pass that ask for an echo, and a body that is none."""

KEPT_ATTRIBUTE: Mapping[str, Any] = {"kept": {"DataType": "String", "StringValue": "yes"}}
"""The attribute with which a message is sent whose attributes are looked at later."""

TRACE_HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

FAILING_IN_ORDER = 4

_IN_ORDER_CALLS = ((3, 4.5), (2, 5))
"""How many messages leave in one call, and when: the second, while the first are at work."""

# What one invocation returns decides about all messages of its batch, so each message has to be
# alone in its batch. A message that fails comes back 6 s, the visibility timeout, after it was
# received; a cycle of 6 s is shared out among the messages of a queue, so that they never meet.
# Those that do not fail have room in the FIFO queue, each in a message group of its own. The start
# of a run is left to others: until the function is warm, messages pile up.
_ALL_FAILED_AFTER = (4.75, 5.5, 6.25, 7, 7.75, 8.5)
_ALL_SUCCEEDED_AFTER = (9.5, 10.25, 11, 11.75)
_EMPTY_ITEM_AFTER = 12.5
_ATTRIBUTES_AFTER = 2.5
_TIME_OUT_AFTER = 4
_FAIL_ONCE_AFTER = 5
_IGNORED_AFTER = (7.5, 8.5, 9.5)
_FAILURE_IN_ORDER_AFTER = 8
_FILTER_AFTER = 3


def _alone(
    path: Path,
    works: Iterable[Work],
    departures: Iterable[float],
    queue: QueueName = QueueName.PROMPT,
    options: Mapping[str, Any] = NO_PARAMETERS,
) -> list[Sending]:
    """Send works at times that keep each alone in its batch."""
    return [
        Sending(
            "",
            path,
            "",
            work,
            parameters,
            queue=queue,
            message_group=f"alone-{after}" if queue is QueueName.FIFO else None,
            after=after,
            options=options,
        )
        for (work, parameters), after in zip(works, departures, strict=True)
    ]


def _all_failed(path: Path) -> list[Sending]:
    options = {"MessageAttributes": KEPT_ATTRIBUTE}
    return _alone(path, ALL_FAILED.values(), _ALL_FAILED_AFTER, options=options)


def _all_succeeded(path: Path) -> list[Sending]:
    return _alone(path, ALL_SUCCEEDED.values(), _ALL_SUCCEEDED_AFTER, QueueName.FIFO)


def _empty_item(path: Path) -> list[Sending]:
    return _alone(path, [_reporting({})], [_EMPTY_ITEM_AFTER], QueueName.FIFO)


def _attributes(path: Path) -> list[Sending]:
    trace_header = {"DataType": "String", "StringValue": TRACE_HEADER}
    options = {
        "MessageAttributes": KEPT_ATTRIBUTE,
        "MessageSystemAttributes": {"AWSTraceHeader": trace_header},
    }
    return _alone(path, [("echo", {})], [_ATTRIBUTES_AFTER], options=options)


def _time_out(path: Path) -> list[Sending]:
    return _alone(path, [("time-out", {})], [_TIME_OUT_AFTER], QueueName.WHOLE_BATCH)


def _fail_once(path: Path) -> list[Sending]:
    works = [("fail-first", {"times": 1})]
    return _alone(path, works, [_FAIL_ONCE_AFTER], QueueName.WHOLE_BATCH)


def _ignored(path: Path) -> list[Sending]:
    return _alone(path, IGNORED.values(), _IGNORED_AFTER, QueueName.WHOLE_BATCH)


def _in_order(path: Path) -> list[Sending]:
    return [
        Sending(
            "",
            path,
            "",
            "sleep",
            {"seconds": 0.3},
            queue=QueueName.FIFO,
            message_group="in-order",
            after=after,
            together=f"in-order-{after}",
        )
        for count, after in _IN_ORDER_CALLS
        for _ in range(count)
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
            after=_FAILURE_IN_ORDER_AFTER,
            together="failure-in-order",
        )
        for work, parameters in works
    ]


def _filter(path: Path) -> list[Sending]:
    queue = QueueName.FILTERED
    return [
        Sending("", path, "", work, queue=queue, after=_FILTER_AFTER, payload=payload)
        for work, payload in FILTERED.values()
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
        "messages of one group in a FIFO queue, which have to wait for each other",
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
