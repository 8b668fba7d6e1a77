"""The steps of getting a target ready, each told to the user with the time it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


def tell(console: Console, line: str) -> None:
    """Print one line as it is; what is to be copied from it is not broken in two."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def step(console: Console, what: str) -> Iterator[None]:
    """Say what is being done, and how long it took once it is done."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(f"{what} ..."):
            yield
    else:
        tell(console, f"{what} ...")
        yield
    tell(console, f"{what}: {time.monotonic() - started:.1f} s")
