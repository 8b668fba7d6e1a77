"""The sequence of a run: its phases one after the other, as one record."""

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from comparison.deployed import Deployed
from comparison.examinations import Examination, examine
from comparison.observation import JobObservation, Sending
from comparison.path import Path
from comparison.phases import Phase
from comparison.progress import LiveProgress
from comparison.run import RunRecord, carry_out, new_run_id
from comparison.waiting import NotInTime

FAILURES = (BotoCoreError, ClientError, NotInTime)
"""How a request to a target fails: unanswered, refused, or not in force in time."""


class NothingToRun(Exception):
    """No scenario that was asked for runs on a path that was asked for."""


def run_phases(
    deployed: Deployed, phases: Sequence[Phase], paths: Collection[Path], console: Console
) -> RunRecord:
    """Run phases one after the other and return one record.

    A phase in which the target stops answering is the last, and so is one whose changes cannot be
    undone. A phase whose changes are refused is left out. Raises NothingToRun.
    """
    run, started = new_run_id(), time.time()
    planned = [(phase, _sendings(phase, paths, run, deployed)) for phase in phases]
    planned = [(phase, sendings) for phase, sendings in planned if sendings]
    if not planned:
        raise NothingToRun("no scenario that was asked for runs on a path that was asked for")
    with ThreadPoolExecutor(thread_name_prefix="examinations") as pool:
        sequence = _Sequence(run, deployed, pool, console)
        for phase, sendings in planned:
            sequence.carry_out(phase, sendings)
            if sequence.interruption:
                break
        examined = sequence.examined()
    return RunRecord(
        run=run,
        started=started,
        finished=time.time(),
        jobs=tuple(sequence.jobs),
        examined=examined,
        interruption=sequence.interruption,
        cut_short=sequence.cut_short,
    )


class _Sequence:
    """What the phases of a run have shown so far; interruption says why no other one follows."""

    def __init__(self, run: str, deployed: Deployed, pool: Executor, console: Console) -> None:
        self.jobs: list[JobObservation] = []
        self.interruption: str | None = None
        self.cut_short: frozenset[str] = frozenset()
        self._run = run
        self._deployed = deployed
        self._pool = pool
        self._console = console
        self._examinations: list[Future[dict[str, Any]]] = []

    def carry_out(self, phase: Phase, sendings: Sequence[Sending]) -> None:
        """Run one phase under its changes; its inspections go on beside what follows."""
        changed = False
        try:
            with phase.changed(self._deployed):
                changed = True
                examining = self._examine(phase.examinations)
                with LiveProgress(self._console, phase.name, len(sendings)) as progress:
                    record = carry_out(self._deployed, self._run, sendings, progress)
                self.jobs += record.jobs
                self.interruption, self.cut_short = record.interruption, record.cut_short
                examining.result()
        except FAILURES as error:
            if changed:
                reasons = [self.interruption, _ended_early(phase, _first_of(error))]
                self.interruption = "; ".join(filter(None, reasons))
            else:
                self._console.print(f"The phase {phase.name} is left out: {error}", style="yellow")
            return
        if not self.interruption:
            self._examine(
                {name: partial(inspect, record.jobs) for name, inspect in phase.inspections.items()}
            )

    def _examine(self, examinations: Mapping[str, Examination]) -> Future[dict[str, Any]]:
        examining = self._pool.submit(examine, self._deployed, examinations)
        self._examinations.append(examining)
        return examining

    def examined(self) -> dict[str, Any]:
        """Return what all examinations and inspections answered, when the last has."""
        answers: dict[str, Any] = {}
        for examining in self._examinations:
            answers |= examining.result()
        return answers


def _first_of(error: BaseException) -> BaseException:
    """Return the error that came first: what follows while changes are undone may be due to it."""
    first, earlier = error, error.__context__
    while earlier is not None:
        if isinstance(earlier, FAILURES):
            first = earlier
        earlier = earlier.__context__
    return first


def _ended_early(phase: Phase, error: BaseException) -> str:
    remains = "; what it changed may still be in force: destroy the stage and deploy it again"
    return f"the phase {phase.name} ended early: {error}{remains if phase.changes else ''}"


def _sendings(phase: Phase, paths: Collection[Path], run: str, deployed: Deployed) -> list[Sending]:
    """Return what a phase sends; a change must have spread before its jobs leave (H3)."""
    delay = deployed.target.propagation if phase.changes else 0
    return [
        replace(sending, after=sending.after + delay)
        for scenario in phase.scenarios
        for sending in scenario.on(paths, run)
    ]
