"""The messages of one queue, indexed so that receiving and deleting cost the same at any length.

A message is MiniStack's dict. What is used of it: `visible_at`, `sent_at`, `enqueued_at` (seconds
since 1970), `receive_count`, `first_receive_at`, `receipt_handle`, `group_id`.
"""

import heapq
import threading
import uuid
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

Message = dict[str, Any]

_NOT_RECEIVED_YET = {
    "receive_count": 0,
    "first_receive_at": None,
    "receipt_handle": None,
    "group_id": None,
}
"""What MiniStack's producers leave out of a message."""


@dataclass(frozen=True)
class Redrive:
    """Where messages go that were received maximum_receives times without being deleted."""

    maximum_receives: int
    move: Callable[[Message], None]


class QueueMessages(ABC):
    """What MiniStack keeps as a list: it can be appended to, iterated and cleared like one.

    Safe to use from any thread.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._by_number: OrderedDict[int, Message] = OrderedDict()
        self._number_of_handle: dict[str, int] = {}
        self._next_number = 0
        self._oldest = float("inf")

    def add_listener(self, listener: Callable[[], None]) -> None:
        """Have listener called whenever a message may have become receivable, in any thread."""
        self._listeners.append(listener)

    def remove_listener(self, listener: Callable[[], None]) -> None:
        """Have listener called no more."""
        self._listeners.remove(listener)

    def append(self, message: Message) -> None:
        """Add a message that was just sent."""
        for name, value in _NOT_RECEIVED_YET.items():
            message.setdefault(name, value)
        with self._lock:
            number = self._next_number
            self._next_number += 1
            self._by_number[number] = message
            self._oldest = min(self._oldest, _enqueued_at(message))
            self._schedule(number, message)
        self._tell()

    def receive(
        self, now: float, limit: int, visibility_timeout: float, redrive: Redrive | None
    ) -> list[Message]:
        """Take up to limit visible messages; each stays invisible for visibility_timeout seconds.

        Messages that were received as often as the redrive policy allows move away instead.
        """
        exhausted: list[Message] = []
        with self._lock:
            received = self._take(now, limit, visibility_timeout, redrive, exhausted)
        for message in exhausted:
            assert redrive is not None  # noqa: S101 - only a redrive policy exhausts a message
            redrive.move(message)
        return received

    def delete(self, receipt_handle: str) -> bool:
        """Delete the message of this receipt handle; False when there is none."""
        with self._lock:
            number = self._number_of_handle.pop(receipt_handle, None)
            if number is None:
                return False
            self._remove(number)
        self._tell()
        return True

    def change_visibility(self, receipt_handle: str, visible_at: float) -> bool:
        """Let the message of this receipt handle become visible then; False when there is none."""
        with self._lock:
            number = self._number_of_handle.get(receipt_handle)
            if number is None:
                return False
            message = self._by_number[number]
            message["visible_at"] = visible_at
            self._schedule(number, message)
        self._tell()
        return True

    def expire(self, cutoff: float) -> None:
        """Drop the messages that were enqueued before cutoff (MessageRetentionPeriod)."""
        with self._lock:
            if self._oldest > cutoff:
                return
            for number, message in list(self._by_number.items()):
                if _enqueued_at(message) <= cutoff:
                    self._number_of_handle.pop(message["receipt_handle"] or "", None)
                    self._remove(number)
            enqueued = map(_enqueued_at, self._by_number.values())
            self._oldest = min(enqueued, default=float("inf"))

    def next_visible_at(self) -> float | None:
        """When the next message can be received, in seconds since 1970; None when there is none."""
        with self._lock:
            return self._next_visible_at()

    def clear(self) -> None:
        """Delete all messages (PurgeQueue)."""
        with self._lock:
            self._by_number.clear()
            self._number_of_handle.clear()
            self._oldest = float("inf")
            self._forget_all()

    def __iter__(self) -> Iterator[Message]:
        with self._lock:
            return iter(list(self._by_number.values()))

    def __len__(self) -> int:
        return len(self._by_number)

    def __getitem__(self, index: int) -> Message:
        with self._lock:
            if index == -1:
                return next(reversed(self._by_number.values()))
            return list(self._by_number.values())[index]

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _hand_out(self, number: int, message: Message, now: float, invisible_until: float) -> None:
        """Mark a message as received once more; its former receipt handle is void."""
        self._number_of_handle.pop(message["receipt_handle"] or "", None)
        message["receipt_handle"] = str(uuid.uuid4())
        message["visible_at"] = invisible_until
        message["receive_count"] += 1
        if message["first_receive_at"] is None:
            message["first_receive_at"] = now
        self._number_of_handle[message["receipt_handle"]] = number

    def _drop(self, number: int) -> Message:
        message = self._by_number.pop(number)
        self._number_of_handle.pop(message["receipt_handle"] or "", None)
        return message

    @abstractmethod
    def _schedule(self, number: int, message: Message) -> None:
        """Note when the message can be received."""

    @abstractmethod
    def _take(
        self,
        now: float,
        limit: int,
        visibility_timeout: float,
        redrive: Redrive | None,
        exhausted: list[Message],
    ) -> list[Message]: ...

    @abstractmethod
    def _remove(self, number: int) -> None: ...

    @abstractmethod
    def _next_visible_at(self) -> float | None: ...

    @abstractmethod
    def _forget_all(self) -> None: ...


class StandardMessages(QueueMessages):
    """A standard queue: any visible message can be received, the longest visible one first."""

    def __init__(self) -> None:
        super().__init__()
        # Entries (visible_at, number); one whose time is not the message's own any more is void.
        self._heap: list[tuple[float, int]] = []

    def _schedule(self, number: int, message: Message) -> None:
        heapq.heappush(self._heap, (message["visible_at"], number))

    def _take(
        self,
        now: float,
        limit: int,
        visibility_timeout: float,
        redrive: Redrive | None,
        exhausted: list[Message],
    ) -> list[Message]:
        received: list[Message] = []
        numbers: list[int] = []
        while len(received) < limit and self._heap and self._heap[0][0] <= now:
            visible_at, number = heapq.heappop(self._heap)
            message = self._by_number.get(number)
            if message is None or message["visible_at"] != visible_at:
                continue
            if redrive is not None and message["receive_count"] >= redrive.maximum_receives:
                exhausted.append(self._drop(number))
                continue
            self._hand_out(number, message, now, now + visibility_timeout)
            numbers.append(number)
            received.append(message)
        # Only now, because a visibility timeout of 0 makes a message visible at once.
        for number, message in zip(numbers, received, strict=True):
            self._schedule(number, message)
        return received

    def _remove(self, number: int) -> None:
        self._by_number.pop(number)

    def _next_visible_at(self) -> float | None:
        while self._heap:
            visible_at, number = self._heap[0]
            message = self._by_number.get(number)
            if message is not None and message["visible_at"] == visible_at:
                return visible_at
            heapq.heappop(self._heap)
        return None

    def _forget_all(self) -> None:
        self._heap.clear()


@dataclass
class _Group:
    """A message group: numbers of its messages in order, and those that are being worked on."""

    numbers: deque[int] = field(default_factory=deque)
    in_flight: set[int] = field(default_factory=set)
    ready_at: float = 0.0


class FifoMessages(QueueMessages):
    """A FIFO queue: messages of a group in order, none while one of the group is in flight."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: dict[str, _Group] = {}
        # Entries (ready_at, number of the group's head, group); void unless ready_at is current.
        self._heap: list[tuple[float, int, str]] = []

    def _schedule(self, number: int, message: Message) -> None:
        name = message["group_id"] or ""
        group = self._groups.setdefault(name, _Group())
        if not group.numbers or number > group.numbers[-1]:
            group.numbers.append(number)
        self._schedule_group(name, group)

    def _schedule_group(self, name: str, group: _Group) -> None:
        blocking = group.in_flight or {group.numbers[0]}
        group.ready_at = max(self._by_number[number]["visible_at"] for number in blocking)
        heapq.heappush(self._heap, (group.ready_at, group.numbers[0], name))

    def _take(
        self,
        now: float,
        limit: int,
        visibility_timeout: float,
        redrive: Redrive | None,
        exhausted: list[Message],
    ) -> list[Message]:
        received: list[Message] = []
        changed: list[str] = []
        while len(received) < limit and self._heap and self._heap[0][0] <= now:
            ready_at, _, name = heapq.heappop(self._heap)
            group = self._groups.get(name)
            if group is None or group.ready_at != ready_at:
                continue
            group.in_flight.clear()
            self._take_exhausted(group, now, redrive, exhausted)
            for number in islice(group.numbers, limit - len(received)):
                message = self._by_number[number]
                if message["visible_at"] > now:
                    break
                self._hand_out(number, message, now, now + visibility_timeout)
                group.in_flight.add(number)
                received.append(message)
            group.ready_at = float("inf")
            changed.append(name)
        for name in changed:
            self._after_change(name, self._groups[name])
        return received

    def _take_exhausted(
        self, group: _Group, now: float, redrive: Redrive | None, exhausted: list[Message]
    ) -> None:
        while redrive is not None and group.numbers:
            head = self._by_number[group.numbers[0]]
            if head["receive_count"] < redrive.maximum_receives or head["visible_at"] > now:
                return
            exhausted.append(self._drop(group.numbers.popleft()))

    def _remove(self, number: int) -> None:
        message = self._by_number.pop(number)
        name = message["group_id"] or ""
        group = self._groups[name]
        group.numbers.remove(number)
        group.in_flight.discard(number)
        self._after_change(name, group)

    def _after_change(self, name: str, group: _Group) -> None:
        if group.numbers:
            self._schedule_group(name, group)
        else:
            del self._groups[name]

    def _next_visible_at(self) -> float | None:
        while self._heap:
            ready_at, _, name = self._heap[0]
            group = self._groups.get(name)
            if group is not None and group.ready_at == ready_at:
                return ready_at
            heapq.heappop(self._heap)
        return None

    def _forget_all(self) -> None:
        self._groups.clear()
        self._heap.clear()


def _enqueued_at(message: Message) -> float:
    return float(message.get("enqueued_at") or message["sent_at"])
