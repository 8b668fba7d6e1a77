"""The three scenarios that every path runs: an answer, a slow answer, an exception."""

from comparison.observation import Sending
from comparison.path import EVERY_PATH, QUICK_PATHS, Path
from comparison.scenarios.scenario import Scenario
from stacks.naming import QueueName

SLOW_SECONDS = 5
"""The sleep of the classic example; fits into the function's timeout of 6 s."""

EXCEPTION = "on purpose"
"""Message of the exceptions that scenarios ask for."""


def _answer(path: Path) -> list[Sending]:
    # A message goes before the others of its queue; the rest go to environments that are warm.
    return [Sending("", path, "", "answer", after=0 if path is Path.SQS else 2)]


def _slow(path: Path) -> list[Sending]:
    # In the queue whose visibility timeout leaves room for it (QS-36), also when it starts late.
    queue = QueueName.WINDOWED
    return [Sending("", path, "", "sleep", {"seconds": SLOW_SECONDS}, after=3, queue=queue)]


def _raise(path: Path) -> list[Sending]:
    # In a queue of its own: an exception fails every message of the batch it is in (QS-30).
    return [Sending("", path, "", "raise", {"message": EXCEPTION}, queue=QueueName.WHOLE_BATCH)]


# One job at a time can wait for the schedule: the one that shows most.
EVERY_PATH_SCENARIOS = (
    Scenario("answer", "the function answers at once", QUICK_PATHS, _answer),
    Scenario("slow", f"the function works for {SLOW_SECONDS} s, then answers", QUICK_PATHS, _slow),
    Scenario("raise", "the function raises an exception", EVERY_PATH, _raise),
)
