"""The account of a soak: what became of all its jobs, as counts, so that memory stays bounded."""

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console

from comparison.observation import JobObservation
from comparison.path import Path
from comparison.run import RunRecord
from soak.books import imbalances

SHOWN = 20
"""Lines of imbalances that are kept to be printed."""


@dataclass
class Account:
    """What runs have shown so far; interruption says why the last one ended early, if it did.

    works and endings count jobs by their path and what they did or where they ended.
    """

    jobs: int = 0
    attempts: int = 0
    works: Counter[str] = field(default_factory=Counter)
    endings: Counter[tuple[Path, str]] = field(default_factory=Counter)
    imbalances: int = 0
    complaints: list[str] = field(default_factory=list)
    interruption: str | None = None

    def enter(self, record: RunRecord) -> None:
        """Add the jobs of one run."""
        self.jobs += len(record.jobs)
        self.attempts += sum(len(job.attempts) for job in record.jobs)
        self.works.update(job.sending.work for job in record.jobs)
        self.endings.update((job.sending.path, _place(job)) for job in record.jobs)
        found = imbalances(record.jobs)
        self.imbalances += len(found)
        self.complaints = (self.complaints + found)[:SHOWN]
        self.interruption = record.interruption

    @property
    def balances(self) -> bool:
        """Whether every job ended as the rules of its path say, and no run ended early."""
        return self.imbalances == 0 and self.interruption is None


def _place(job: JobObservation) -> str:
    return job.ended.where.value if job.ended else "not seen"


def print_account(console: Console, account: Account, minutes: float) -> None:
    """Print what became of the jobs, and whether the books balance."""
    console.print(f"{account.jobs} jobs, {account.attempts} attempts in {minutes:.1f} minutes")
    works = ", ".join(f"{count} {work}" for work, count in account.works.most_common())
    console.print(f"what they did: {works}")
    for (path, place), count in sorted(account.endings.items()):
        console.print(f"  {path}: {count} {place}")
    for line in account.complaints:
        console.print(line, style="red")
    if account.interruption:
        console.print(f"the soak ended early: {account.interruption}", style="red")
    if account.balances:
        console.print("the books balance")
    else:
        console.print(f"the books do not balance: {account.imbalances} complaints", style="red")
