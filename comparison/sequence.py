"""The sequence of a run: its phases one after the other, as one record."""

import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from rich.console import Console

from comparison.deployed import Deployed
from comparison.examinations import EXAMINATIONS, examine
from comparison.observation import Sending
from comparison.path import Path
from comparison.phases import Phase
from comparison.progress import LiveProgress
from comparison.run import RunRecord, carry_out, new_run_id


class NothingToRun(Exception):
    """No scenario that was asked for runs on a path that was asked for."""


def run_phases(
    deployed: Deployed, phases: Sequence[Phase], paths: Collection[Path], console: Console
) -> RunRecord:
    """Run phases one after the other, examinations beside the first, and return one record.

    A phase in which the target stops answering is the last. Raises NothingToRun.
    """
    run, started = new_run_id(), time.time()
    planned = [(phase, _sendings(phase, paths, run, deployed)) for phase in phases]
    planned = [(phase, sendings) for phase, sendings in planned if sendings]
    if not planned:
        raise NothingToRun("no scenario that was asked for runs on a path that was asked for")
    examined: dict[str, Any] = {}
    records: list[RunRecord] = []
    with ThreadPoolExecutor(1, thread_name_prefix="examinations") as pool:
        examining = pool.submit(examine, deployed, EXAMINATIONS)
        for phase, sendings in planned:
            progress = LiveProgress(console, phase.name, len(sendings))
            with progress, phase.change(deployed):
                records.append(carry_out(deployed, run, sendings, progress))
            if records[-1].interruption:
                break
        examined = examining.result()
    return RunRecord(
        run=run,
        started=started,
        finished=time.time(),
        jobs=tuple(job for record in records for job in record.jobs),
        examined=examined,
        interruption=records[-1].interruption,
    )


def _sendings(phase: Phase, paths: Collection[Path], run: str, deployed: Deployed) -> list[Sending]:
    """Return what a phase sends; a change must have spread before its jobs leave (H3)."""
    delay = deployed.target.propagation if phase.changes_something else 0
    return [
        replace(sending, after=sending.after + delay)
        for scenario in phase.scenarios
        for sending in scenario.on(paths, run)
    ]
