"""What an event source mapping needs of an SQS queue."""

from collections.abc import Collection
from typing import Protocol

from emulator.engine.sqs_event import Message


class Queue(Protocol):
    """An SQS queue as its consumer sees it; times are those of the mapping's clock.

    Whoever implements it also calls EventSourceMapping.messages_may_be_there when a message was
    sent, made visible or deleted by anyone.
    """

    @property
    def visibility_timeout_seconds(self) -> int:
        """The queue's VisibilityTimeout."""

    async def receive(self, max_messages: int, visibility_timeout_seconds: int) -> list[Message]:
        """Receive what is visible now, without waiting, and hide it for that long.

        Raises the receive count of each message by one. A FIFO queue gives messages of a group in
        order, and none of a group that has hidden messages.
        """

    async def delete(self, receipt_handles: Collection[str]) -> None:
        """Delete messages; a handle that is no longer valid is passed over."""

    async def make_visible(self, receipt_handles: Collection[str]) -> None:
        """Set the visibility timeout of messages to zero, likewise."""

    def next_visible_at(self) -> float | None:
        """Return when the next hidden or delayed message becomes visible.

        None when there is no such message, or no such queue any more.
        """
