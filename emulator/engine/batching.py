"""When a batch fires.

Lambda gathers messages into a batch and invokes the function on the first of three events: the
batching window ends, the batch holds BatchSize messages, or the event payload reaches the limit
of a synchronous invocation (QS-20, QS-25; Lambda Developer Guide, "Event source mappings",
section "Batching behavior").

The boundaries, where AWS leaves them open:

- The window is closed at its end: a message that arrives exactly then still belongs to the batch,
  one that arrives later starts the next batch.
- Batch full and window end in the same instant is one event, not two: the batch is full.
- Without a window (0 seconds) the batch fires at once with what there is: everything that arrived
  in the same instant as its first message.
- The message that would push the payload over the limit starts the next batch, and closes this one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

PAYLOAD_LIMIT_BYTES = 6_291_556
"""Largest payload of a synchronous invocation, the event's JSON envelope included (SI-10)."""

EVENT_HEAD = b'{"Records":['
EVENT_SEPARATOR = b","
EVENT_TAIL = b"]}"

T = TypeVar("T")


class Trigger(StrEnum):
    """What made a batch fire."""

    BATCH_SIZE = "BatchSize reached"
    PAYLOAD_SIZE = "payload limit reached"
    WINDOW = "batching window ended"


@dataclass(frozen=True)
class BatchLimits:
    """What bounds one batch.

    batch_size is BatchSize, a number of messages; window_seconds is MaximumBatchingWindowInSeconds.
    """

    batch_size: int
    window_seconds: float


class Batch(Generic[T]):
    """One batch being gathered; times are passed in, in seconds, and never go back."""

    def __init__(self, limits: BatchLimits) -> None:
        self._limits = limits
        self._messages: list[T] = []
        self._payload_bytes = len(EVENT_HEAD) + len(EVENT_TAIL)
        self._window_end: float | None = None
        self._closed_by: Trigger | None = None

    @property
    def messages(self) -> tuple[T, ...]:
        """The messages gathered so far, in the order in which they were added."""
        return tuple(self._messages)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was gathered yet."""
        return not self._messages

    @property
    def window_end(self) -> float | None:
        """The latest time at which the batch fires; None while it is empty."""
        return self._window_end

    def room(self, now: float) -> int:
        """Return how many messages that arrive at the time `now` the batch may still take."""
        window_is_over = self._window_end is not None and now > self._window_end
        if self._closed_by or window_is_over:
            return 0
        return self._limits.batch_size - len(self._messages)

    def add(self, message: T, record_bytes: int, arrived_at: float) -> bool:
        """Add a message, unless it belongs to the next batch.

        record_bytes is the length of the message's record as JSON. Returns False, and leaves the
        message out, when the batch is closed, its window ended before the message arrived, or its
        payload would exceed the limit. The first message always fits.
        """
        if self._closed_by:
            return False
        if self._window_end is None:
            self._window_end = arrived_at + self._limits.window_seconds
        elif arrived_at > self._window_end:
            self._closed_by = Trigger.WINDOW
            return False
        else:
            record_bytes += len(EVENT_SEPARATOR)
            if self._payload_bytes + record_bytes > PAYLOAD_LIMIT_BYTES:
                self._closed_by = Trigger.PAYLOAD_SIZE
                return False
        self._messages.append(message)
        self._payload_bytes += record_bytes
        self._close_when_full()
        return True

    def due(self, now: float) -> Trigger | None:
        """Say what makes the batch fire at the time `now`; None when it has to wait."""
        if self._closed_by:
            return self._closed_by
        if self._window_end is not None and now >= self._window_end:
            return Trigger.WINDOW
        return None

    def _close_when_full(self) -> None:
        if len(self._messages) >= self._limits.batch_size:
            self._closed_by = Trigger.BATCH_SIZE
        elif self._payload_bytes >= PAYLOAD_LIMIT_BYTES:
            self._closed_by = Trigger.PAYLOAD_SIZE
