"""Time for the engine, so that its rules can be tested without waiting."""

import time
from typing import Protocol


class Clock(Protocol):
    """The current time."""

    def now(self) -> float:
        """Seconds since 1970."""


class SystemClock:
    """The machine's clock, monotonic from the moment it was made."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970; never goes back."""
        return self._offset + time.monotonic()
