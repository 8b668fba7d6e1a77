"""What a batch is: scenarios of the poll-based path."""

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.scenario import Scenario
from stacks.naming import QueueName

BURST = 10
TRICKLE = 3
BAD_BATCH = 4


def _burst(path: Path) -> list[Sending]:
    return [
        Sending("", path, "", "answer", queue=QueueName.WINDOWED, together="burst")
        for _ in range(BURST)
    ]


def _trickle(path: Path) -> list[Sending]:
    # After the burst's window has certainly closed, so that the first message opens a new one.
    return [
        Sending("", path, "", "answer", queue=QueueName.WINDOWED, after=7 + second)
        for second in range(TRICKLE)
    ]


def _bad_message(path: Path) -> list[Sending]:
    return [
        Sending(
            "",
            path,
            "",
            "fail" if number == 1 else "answer",
            queue=QueueName.PROMPT,
            after=3,
            together="bad-message",
        )
        for number in range(BAD_BATCH)
    ]


BATCHES = (
    Scenario("burst", f"{BURST} messages at once into a batching window", (Path.SQS,), _burst),
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
