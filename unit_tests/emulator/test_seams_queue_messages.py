"""The indexed messages of a queue behave like the list that MiniStack would keep."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.ministack.queue_messages import (
    FifoMessages,
    QueueMessages,
    Redrive,
    StandardMessages,
)

Make = Callable[[], QueueMessages]
KINDS = pytest.mark.parametrize("make", [StandardMessages, FifoMessages])


def message(body: str, *, at: float = 0, visible_at: float = 0, group: str = "g") -> dict[str, Any]:
    return {"body": body, "sent_at": at, "visible_at": visible_at, "group_id": group}


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [one["body"] for one in messages]


def receive(
    messages: QueueMessages, now: float, limit: int = 10, seconds: float = 5
) -> list[dict[str, Any]]:
    return messages.receive(now, limit, seconds, None)


@KINDS
def test_a_received_message_is_hidden_until_its_visibility_timeout_is_over(make: Make) -> None:
    messages = make()
    messages.append(message("a"))

    (first,) = receive(messages, 10)
    handle = first["receipt_handle"]
    assert receive(messages, 14.9) == []
    (again,) = receive(messages, 15)

    assert again["receive_count"] == 2
    assert again["receipt_handle"] != handle
    assert not messages.delete(handle)
    assert messages.delete(again["receipt_handle"])
    assert len(messages) == 0


@KINDS
def test_a_delayed_message_is_not_received_before_its_time(make: Make) -> None:
    messages = make()
    messages.append(message("a", visible_at=7))

    assert messages.next_visible_at() == 7
    assert receive(messages, 6.9) == []
    assert bodies(receive(messages, 7)) == ["a"]


@KINDS
def test_visibility_can_be_changed_by_receipt_handle(make: Make) -> None:
    messages = make()
    messages.append(message("a"))
    (received,) = receive(messages, 0)

    assert messages.change_visibility(received["receipt_handle"], 2)
    assert messages.next_visible_at() == 2
    assert not messages.change_visibility("unknown", 2)
    assert bodies(receive(messages, 2)) == ["a"]


@KINDS
def test_a_visibility_timeout_of_zero_hands_a_message_out_once_per_receive(make: Make) -> None:
    messages = make()
    messages.append(message("a"))

    assert bodies(receive(messages, 0, seconds=0)) == ["a"]
    assert bodies(receive(messages, 0, seconds=0)) == ["a"]


@KINDS
def test_a_message_received_too_often_moves_instead_of_being_received(make: Make) -> None:
    messages, moved = make(), list[dict[str, Any]]()
    redrive = Redrive(maximum_receives=2, move=moved.append)
    messages.append(message("a"))
    for now in (0, 5):
        assert bodies(messages.receive(now, 10, 5, redrive)) == ["a"]

    assert messages.receive(9.9, 10, 5, redrive) == []
    assert moved == []
    assert messages.receive(10, 10, 5, redrive) == []

    assert bodies(moved) == ["a"]
    assert (moved[0]["receive_count"], len(messages)) == (2, 0)


@KINDS
def test_messages_older_than_the_retention_period_are_dropped(make: Make) -> None:
    messages = make()
    messages.append(message("old", at=1, group="1"))
    messages.append(message("new", at=2, group="2"))

    messages.expire(1)

    assert bodies(list(messages)) == ["new"]
    assert bodies(receive(messages, 10)) == ["new"]


@KINDS
def test_a_purged_queue_has_nothing_to_receive(make: Make) -> None:
    messages = make()
    messages.append(message("a"))
    messages.clear()

    assert (len(messages), receive(messages, 10), messages.next_visible_at()) == (0, [], None)
    messages.append(message("b"))
    assert bodies(receive(messages, 10)) == ["b"]


@KINDS
def test_whoever_listens_is_told_of_arrival_deletion_and_visibility(make: Make) -> None:
    messages, told = make(), list[int]()
    listener = lambda: told.append(1)  # noqa: E731 - compared by identity
    messages.add_listener(listener)

    messages.append(message("a"))
    (received,) = receive(messages, 0)
    messages.change_visibility(received["receipt_handle"], 0)
    messages.delete(received["receipt_handle"])
    messages.remove_listener(listener)
    messages.append(message("b"))

    assert len(told) == 3


@KINDS
def test_what_a_producer_leaves_out_is_filled_in(make: Make) -> None:
    messages = make()
    messages.append({"body": "a", "sent_at": 0, "visible_at": 0})

    (received,) = receive(messages, 1)

    assert (received["receive_count"], received["first_receive_at"]) == (1, 1)
    assert messages[-1] is received


def test_a_group_of_a_fifo_queue_waits_for_its_message_in_flight() -> None:
    messages = FifoMessages()
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a")):
        messages.append(message(body, group=group))

    (first,) = receive(messages, 0, limit=1)
    assert bodies([first, *receive(messages, 0)]) == ["a1", "b1"]
    messages.delete(first["receipt_handle"])

    assert bodies(receive(messages, 0)) == ["a2"]


def test_a_failed_message_of_a_fifo_queue_comes_again_before_the_next() -> None:
    messages = FifoMessages()
    for body in ("1", "2", "3"):
        messages.append(message(body))

    first, _ = receive(messages, 0, limit=2)
    messages.delete(first["receipt_handle"])

    assert receive(messages, 4) == []
    assert bodies(receive(messages, 5)) == ["2", "3"]


@pytest.mark.parametrize("make", [StandardMessages, FifoMessages])
def test_receiving_costs_the_same_in_a_long_queue(make: Make) -> None:
    messages = make()
    for number in range(20_000):
        messages.append(message(str(number), group=str(number % 50)))
    received = 0
    looked_at = _count_looks(messages)

    while batch := receive(messages, 1, limit=10):
        received += len(batch)
        for one in batch:
            messages.delete(one["receipt_handle"])

    assert received == 20_000
    assert looked_at[0] < 10 * received


def _count_looks(messages: QueueMessages) -> list[int]:
    """Count how often a message is looked up by its number."""
    looks = [0]

    class Counting(type(messages._by_number)):  # type: ignore[misc] # a class made for the test
        def __getitem__(self, number: int) -> Any:
            looks[0] += 1
            return super().__getitem__(number)

    messages._by_number = Counting(messages._by_number)
    return looks


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.just("receive"), st.integers(1, 4), st.integers(0, 3)),
        st.tuples(st.just("delete"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("show"), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.just("pass"), st.integers(1, 3), st.just(0)),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_a_standard_queue_gives_out_exactly_what_is_visible(
    steps: list[tuple[str, int, int]],
) -> None:
    messages = StandardMessages()
    now, handles = 0.0, list[str]()
    for number, (step, first, second) in enumerate(steps):
        if step == "send":
            messages.append(message(str(number), visible_at=now + second))
        elif step == "receive":
            visible = {one["body"] for one in messages if one["visible_at"] <= now}
            received = receive(messages, now, limit=first, seconds=second)
            assert set(bodies(received)) <= visible
            assert len(received) == min(first, len(visible))
            handles += [one["receipt_handle"] for one in received]
        elif step == "delete" and first < len(handles):
            messages.delete(handles.pop(first))
        elif step == "show" and first < len(handles):
            messages.change_visibility(handles[first], now + second)
        elif step == "pass":
            now += first
        hidden = [one["visible_at"] for one in messages]
        assert messages.next_visible_at() == min(hidden, default=None)


@given(STEPS)
def test_whatever_happens_a_fifo_queue_keeps_the_order_of_each_group(
    steps: list[tuple[str, int, int]],
) -> None:
    messages = FifoMessages()
    now, held = 0.0, list[dict[str, Any]]()
    for number, (step, first, second) in enumerate(steps):
        if step == "send":
            messages.append(message(str(number), group=str(first)))
        elif step == "receive":
            in_flight = {
                one["group_id"]
                for one in messages
                if one["receive_count"] and one["visible_at"] > now
            }
            heads: dict[str, list[str]] = {}
            for one in messages:
                heads.setdefault(one["group_id"], []).append(one["body"])
            received = receive(messages, now, limit=first, seconds=second)
            taken: dict[str, list[str]] = {}
            for one in received:
                taken.setdefault(one["group_id"], []).append(one["body"])
            for group, group_bodies in taken.items():
                assert group not in in_flight
                assert heads[group][: len(group_bodies)] == group_bodies
            held += received
        elif step == "delete" and first < len(held):
            messages.delete(held.pop(first)["receipt_handle"])
        elif step == "pass":
            now += first
