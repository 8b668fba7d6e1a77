"""The steps of getting a target ready, each told to the user with the time it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def step(console: Console, what: str) -> Iterator[None]:
    """Say what is being done, and how long it took once it is done."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(f"{what} ..."):
            yield
    else:
        console.print(f"{what} ...")
        yield
    console.print(f"{what}: {time.monotonic() - started:.1f} s")
