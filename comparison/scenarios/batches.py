"""What a batch is: scenarios of the queue with a batching window, and of a batch with a failure."""

from typing import Any

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.scenario import Scenario
from stacks.naming import QueueName

BURST = 10
OVERFLOW = 15
TRICKLE = 3
LARGE_MESSAGES = 7
LARGE_MESSAGE_BYTES = 1_000_000
LARGE_BATCH = 6
"""How many large messages there is room for in one event, of 6 MB (QS-25)."""

BAD_BATCH = 4
BAD_MESSAGE = 1
"""Index of the message that fails, in its batch."""

MESSAGES_PER_CALL = 10
"""The most that SendMessageBatch takes."""

# A message that no full batch took waits for its window of 5 s. The scenarios of that queue start
# far enough from each other, and from `slow`, that each begins with a window of its own.
# `comparison.scenarios.queues` says when the other queue is free.
_BURST_AFTER = 8.25
_OVERFLOW_AFTER = 9
_LARGE_AFTER = 14.25
_TRICKLE_AFTER = 19.5
_BAD_MESSAGE_AFTER = 4


def _message(path: Path, work: str = "answer", **fields: Any) -> Sending:
    """Return a message for the queue with a window, unless fields name another."""
    return Sending("", path, "", work, **{"queue": QueueName.WINDOWED, **fields})


def _burst(path: Path) -> list[Sending]:
    return [_message(path, after=_BURST_AFTER, together="burst") for _ in range(BURST)]


def _overflow(path: Path) -> list[Sending]:
    return [
        _message(path, after=_OVERFLOW_AFTER, together=f"overflow-{number // MESSAGES_PER_CALL}")
        for number in range(OVERFLOW)
    ]


def _large_messages(path: Path) -> list[Sending]:
    padding = {"DataType": "String", "StringValue": " " * LARGE_MESSAGE_BYTES}
    options = {"MessageAttributes": {"padding": padding}}
    return [_message(path, after=_LARGE_AFTER, options=options) for _ in range(LARGE_MESSAGES)]


def _trickle(path: Path) -> list[Sending]:
    return [_message(path, after=_TRICKLE_AFTER + second) for second in range(TRICKLE)]


def _bad_message(path: Path) -> list[Sending]:
    return [
        _message(
            path,
            "fail" if number == BAD_MESSAGE else "answer",
            queue=QueueName.PROMPT,
            after=_BAD_MESSAGE_AFTER,
            together="bad-message",
        )
        for number in range(BAD_BATCH)
    ]


BATCHES = (
    Scenario("burst", f"{BURST} messages at once into a batching window", (Path.SQS,), _burst),
    Scenario(
        "overflow",
        f"{OVERFLOW} messages at once, more than a batch may have",
        (Path.SQS,),
        _overflow,
    ),
    Scenario(
        "large-messages",
        f"{LARGE_MESSAGES} messages at once, larger together than a batch may be",
        (Path.SQS,),
        _large_messages,
    ),
    Scenario(
        "trickle",
        f"{TRICKLE} messages, a second apart, into a batching window",
        (Path.SQS,),
        _trickle,
    ),
    Scenario(
        "bad-message",
        "a batch in which one message fails and reports it",
        (Path.SQS,),
        _bad_message,
    ),
)
