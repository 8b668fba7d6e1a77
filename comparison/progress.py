"""Live progress of a run, a line per path."""

import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from comparison.observation import JobObservation


class LiveProgress:
    """Shows how many jobs were sent, attempted and are over, while a run goes on.

    In a terminal the table is redrawn in place; elsewhere one line is written whenever another
    tenth of the jobs is over.
    """

    def __init__(self, console: Console, phase: str, total: int) -> None:
        self._console = console
        self._phase = phase
        self._total = total
        self._started = time.monotonic()
        self._tenths = -1
        self._live = Live(console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> "LiveProgress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, jobs: Sequence[JobObservation], over: frozenset[str]) -> None:
        """Show the state of the jobs."""
        if self._console.is_terminal:
            self._live.update(self._table(jobs, over))
            return
        tenths = 10 * len(over) // max(1, self._total)
        if tenths != self._tenths:
            self._tenths = tenths
            self._console.print(self._state(over))

    def _state(self, over: frozenset[str]) -> str:
        elapsed = time.monotonic() - self._started
        return f"{self._phase}: {elapsed:.0f} s, {len(over)} of {self._total} jobs are over"

    def _table(self, jobs: Sequence[JobObservation], over: frozenset[str]) -> Table:
        table = Table(
            title=self._state(over),
            title_justify="left",
            box=None,
            padding=(0, 2, 0, 0),
        )
        for heading in ("path", "jobs", "answered", "attempts", "over"):
            table.add_column(heading, justify="left" if heading == "path" else "right")
        sent, answered, attempts, done = (
            Counter[str](),
            Counter[str](),
            Counter[str](),
            Counter[str](),
        )
        for job in jobs:
            path = job.sending.path
            sent[path] += 1
            answered[path] += job.caller is not None
            attempts[path] += len(job.attempts)
            done[path] += job.sending.job in over
        for name, count in sent.items():
            style = "dim" if done[name] == count else ""
            table.add_row(
                name, str(count), str(answered[name]), str(attempts[name]), str(done[name]),
                style=style,
            )  # fmt: skip
        return table
