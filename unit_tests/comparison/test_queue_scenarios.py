"""Messages that have to be alone in their batches are sent so that they are."""

from collections.abc import Iterator
from itertools import combinations

import pytest

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios import PLAIN
from stacks.configuration import QUEUES
from stacks.naming import QueueName

RECEIVES = {"raise": 3, "bad-message": 3, "all-failed": 3, "batch-time-out": 3, "fail-once": 2}
"""How often the messages of a scenario are received, where that is more than once."""

SENDINGS = [sending for scenario in PLAIN for sending in scenario.on([Path.SQS], "r")]


def received(sending: Sending) -> Iterator[float]:
    """When a message is received, in seconds after the start of the run."""
    for receive in range(RECEIVES.get(sending.scenario, 1)):
        yield sending.after + receive * QUEUES[sending.queue].visibility_timeout_seconds


@pytest.mark.parametrize("queue", [QueueName.PROMPT, QueueName.WHOLE_BATCH])
def test_no_two_messages_come_at_the_same_time(queue: QueueName) -> None:
    calls = {one.together or one.job: one for one in SENDINGS if one.queue is queue}
    times = sorted((time, call) for call, one in calls.items() for time in received(one))
    for (time, call), (other_time, other) in combinations(times, 2):
        assert other_time - time >= 0.5, f"{call} and {other}"


@pytest.mark.parametrize("scenario", ["slow", "overflow", "large-messages", "trickle"])
def test_no_other_message_comes_while_a_window_is_open(scenario: str) -> None:
    queue = QueueName.WINDOWED
    opened = min(one.after for one in SENDINGS if one.scenario == scenario and one.queue is queue)
    closed = opened + (QUEUES[queue].batching_window_seconds or 0)
    for other in SENDINGS:
        if other.queue is queue and other.scenario != scenario:
            assert not opened <= other.after <= closed, other.scenario


def test_no_message_is_waited_for_longer_than_an_event_that_times_out() -> None:
    retries, timeout = 3 + 6, 6
    dead = max(max(received(one)) + 6 for one in SENDINGS if one.scenario in RECEIVES)
    handed_over = max(one.after + 5 for one in SENDINGS)
    assert max(dead, handed_over) <= retries + 3 * timeout


def test_a_call_has_at_most_ten_messages_of_one_queue() -> None:
    calls: dict[str, list[Sending]] = {}
    for sending in SENDINGS:
        calls.setdefault(sending.together or sending.job, []).append(sending)
    for together in calls.values():
        assert len(together) <= 10
        assert len({(one.queue, one.after) for one in together}) == 1
