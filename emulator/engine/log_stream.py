"""The log stream of one execution environment, on its way to CloudWatch Logs."""

import asyncio

from emulator.engine.clock import Clock
from emulator.engine.invocation import LogSink

TAIL_BYTES = 4096
SECONDS_TO_KEEP = 0.1
"""How long a message may wait for others before they are handed on together."""


class LogStream:
    """Collects messages and hands them to the sink, at the latest after SECONDS_TO_KEEP.

    role_arn is the execution role, with which Lambda writes the log.
    """

    def __init__(self, sink: LogSink, clock: Clock, group: str, name: str, role_arn: str) -> None:
        self.group = group
        self.name = name
        self._sink = sink
        self._clock = clock
        self._role_arn = role_arn
        self._events: list[tuple[int, str]] = []
        self._tail = b""
        self._timer: asyncio.TimerHandle | None = None

    def write(self, messages: list[str]) -> None:
        """Append messages, now."""
        if not messages:
            return
        now = int(self._clock.now() * 1000)
        self._events += [(now, message) for message in messages]
        # Only what can end up in the tail: each message is at least as long in bytes.
        lines = "".join(_with_line_break(message) for message in messages[-TAIL_BYTES:])
        self._tail = (self._tail + lines[-TAIL_BYTES:].encode())[-TAIL_BYTES:]
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS_TO_KEEP, self.flush)

    def flush(self) -> None:
        """Hand on what was collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        events, self._events = self._events, []
        if events:
            self._sink.put(self.group, self.name, events, self._role_arn)

    def take_tail(self) -> bytes:
        """Return the last 4 KB written since the last call (SI-17)."""
        tail, self._tail = self._tail, b""
        return tail


def _with_line_break(message: str) -> str:
    return message if message.endswith("\n") else message + "\n"
