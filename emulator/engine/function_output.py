"""What a runtime process writes, taken apart into log messages.

A line of standard output or standard error is one message. The runtime client marks its own
messages with a frame, so that one of several lines stays one:

    type, 4 bytes (0xa55a00..) | length, 4 bytes | microseconds since 1970, 8 bytes | message
"""

import struct
from dataclasses import dataclass

MESSAGE_LIMIT_BYTES = 1024 * 1024
"""CloudWatch Logs takes no event larger than this (CloudWatch Logs quotas, event size)."""

OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024
"""What one invocation may log before further messages are dropped, so that memory stays bounded."""

_FRAME_MARK = b"\xa5\x5a\x00"
_FRAME_HEADER = struct.Struct(">IIQ")
_FRAME_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class DroppedOutput:
    """What was not logged."""

    messages: int
    size: int


class FunctionOutput:
    """Takes bytes as they come and returns the messages that are complete."""

    def __init__(self, limit_bytes: int = OUTPUT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._unread = b""
        self._line = b""
        self._frame: bytes | None = None
        self._frame_bytes_missing = 0
        self._accepted_bytes = 0
        self._dropped_messages = 0
        self._dropped_bytes = 0

    def feed(self, data: bytes) -> list[str]:
        """Return the messages that end in this data; a line keeps its line break."""
        self._unread += data
        messages: list[bytes] = []
        while self._unread and self._take(messages):
            pass
        return [message.decode("utf-8", "replace") for message in messages if self._admit(message)]

    def end(self) -> list[str]:
        """Return the rest: a line without an end, a frame that was cut off."""
        rest = [part for part in (self._line + self._unread, self._frame) if part]
        self._line, self._unread, self._frame = b"", b"", None
        return [message.decode("utf-8", "replace") for message in rest if self._admit(message)]

    def take_dropped(self) -> DroppedOutput | None:
        """Return what was dropped since the last call; the limit counts from here again."""
        dropped = DroppedOutput(self._dropped_messages, self._dropped_bytes)
        self._accepted_bytes = self._dropped_messages = self._dropped_bytes = 0
        return dropped if dropped.messages else None

    def _take(self, messages: list[bytes]) -> bool:
        """Take a part of what is unread; return whether there may be more to take."""
        if self._frame is not None:
            self._take_frame(messages)
            return True
        start = self._unread.find(_FRAME_MARK)
        if start == 0:
            return self._take_frame_header(messages)
        if start < 0:
            start = len(self._unread) - _bytes_that_may_begin_a_frame(self._unread)
        self._take_text(self._unread[:start], messages)
        self._unread = self._unread[start:]
        return start > 0

    def _take_frame_header(self, messages: list[bytes]) -> bool:
        if len(self._unread) < _FRAME_HEADER.size:
            return False
        _type, length, _time = _FRAME_HEADER.unpack_from(self._unread)
        if length > _FRAME_LIMIT_BYTES:  # no frame, but output that looks like one
            self._take_text(self._unread[: len(_FRAME_MARK)], messages)
            self._unread = self._unread[len(_FRAME_MARK) :]
            return True
        self._frame, self._frame_bytes_missing = b"", length
        self._unread = self._unread[_FRAME_HEADER.size :]
        self._take_frame(messages)
        return True

    def _take_frame(self, messages: list[bytes]) -> None:
        part = self._unread[: self._frame_bytes_missing]
        self._unread = self._unread[len(part) :]
        self._frame_bytes_missing -= len(part)
        self._frame = ((self._frame or b"") + part)[:MESSAGE_LIMIT_BYTES]
        if self._frame_bytes_missing == 0:
            messages.append(self._frame)
            self._frame = None

    def _take_text(self, text: bytes, messages: list[bytes]) -> None:
        *lines, self._line = (self._line + text).split(b"\n")
        messages += [line[: MESSAGE_LIMIT_BYTES - 1] + b"\n" for line in lines]
        while len(self._line) >= MESSAGE_LIMIT_BYTES:
            messages.append(self._line[:MESSAGE_LIMIT_BYTES])
            self._line = self._line[MESSAGE_LIMIT_BYTES:]

    def _admit(self, message: bytes) -> bool:
        if self._accepted_bytes + len(message) <= self._limit_bytes:
            self._accepted_bytes += len(message)
            return True
        self._dropped_messages += 1
        self._dropped_bytes += len(message)
        return False


def _bytes_that_may_begin_a_frame(data: bytes) -> int:
    """How many bytes at the end are the beginning of a frame's mark."""
    for count in range(len(_FRAME_MARK) - 1, 0, -1):
        if data.endswith(_FRAME_MARK[:count]):
            return count
    return 0
