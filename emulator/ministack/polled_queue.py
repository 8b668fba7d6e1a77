"""A queue of MiniStack's, as an event source mapping polls it."""

import asyncio
import base64
import time
from collections.abc import Callable, Collection
from typing import Any

from emulator.engine.sqs_event import Message, MessageAttribute
from emulator.ministack import queues
from emulator.ministack.queue_messages import QueueMessages


class PolledQueue:
    """The queue with this ARN, whether or not it exists at the moment."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._on_change: Callable[[], None] = _nothing
        self._loop = asyncio.get_running_loop()
        self._followed: QueueMessages | None = None

    @property
    def visibility_timeout_seconds(self) -> int:
        """The queue's VisibilityTimeout."""
        queue = self._find()
        return queues.visibility_timeout(queue) if queue else 0

    async def receive(self, max_messages: int, visibility_timeout_seconds: int) -> list[Message]:
        """Receive what is visible now, and hide it for that long."""
        queue = self._find()
        if queue is None:
            return []
        received = queues.receive(queue, max_messages, visibility_timeout_seconds)
        return [_message(message) for message in received]

    async def delete(self, receipt_handles: Collection[str]) -> None:
        """Delete messages; a handle that is no longer valid is passed over."""
        if self._find() is not None and self._followed is not None:
            for handle in receipt_handles:
                self._followed.delete(handle)

    async def make_visible(self, receipt_handles: Collection[str]) -> None:
        """Set the visibility timeout of messages to zero, likewise."""
        if self._find() is not None and self._followed is not None:
            for handle in receipt_handles:
                self._followed.change_visibility(handle, time.time())

    def next_visible_at(self) -> float | None:
        """Return when the next hidden or delayed message becomes visible; None without any."""
        return self._followed.next_visible_at() if self._find() and self._followed else None

    def follow(self, on_change: Callable[[], None]) -> None:
        """Call on_change in the event loop when messages may have become receivable."""
        self._on_change = on_change
        self._find()

    def let_go(self) -> None:
        """Follow the queue no more."""
        if self._followed is not None:
            self._followed.remove_listener(self._tell)
            self._followed = None

    def _find(self) -> queues.Queue | None:
        """Return the queue; follow the one that is there now."""
        queue = queues.find(self._arn)
        messages = queues.messages(queue) if queue else None
        if messages is not self._followed:
            self.let_go()
            self._followed = messages
            if messages is not None:
                messages.add_listener(self._tell)
        return queue

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self._on_change)


def _nothing() -> None:
    pass


def _message(message: dict[str, Any]) -> Message:
    attributes = message["message_attributes"]
    return Message(
        message_id=message["id"],
        receipt_handle=message["receipt_handle"],
        body=message["body"],
        md5_of_body=message["md5_body"],
        attributes=queues.system_attributes(message),
        message_attributes={name: _attribute(value) for name, value in attributes.items()},
        md5_of_message_attributes=message.get("md5_attrs") or None,
    )


def _attribute(value: dict[str, str]) -> MessageAttribute:
    binary = value.get("BinaryValue")
    return MessageAttribute(
        data_type=value["DataType"],
        string_value=value.get("StringValue"),
        binary_value=None if binary is None else base64.b64decode(binary),
    )
