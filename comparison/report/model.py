"""What `results.json` says of a run, as plain data. Times are in seconds since 1970."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from comparison.path import InvocationType


class Verdict(StrEnum):
    """What an observation says about a fact."""

    HELD = "held"
    FAILED = "failed"
    DIVERGED = "diverged"
    NOT_OBSERVED = "not-observed"


WORST_FIRST: Final = (Verdict.FAILED, Verdict.DIVERGED, Verdict.NOT_OBSERVED, Verdict.HELD)


class CellVerdict(StrEnum):
    """What came of a behaviour on a path."""

    HELD = "held"
    FAILED = "failed"
    DIVERGED = "diverged"
    NOT_OBSERVED = "not-observed"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Attempt:
    """One attempt of the function at a job; finished_at is None when it never said so."""

    request_id: str
    started_at: float
    finished_at: float | None
    batch_size: int
    receive_count: int | None
    cold: bool
    log_stream: str
    outcome: str

    @property
    def succeeded(self) -> bool:
        """Whether the function said that it had done its work."""
        return self.outcome == "answered"


@dataclass(frozen=True)
class Caller:
    """What the caller saw, and the seconds it waited for it; status is None without a response."""

    status: int | None
    seconds: float
    body: str
    error: str | None
    function_error: str | None


@dataclass(frozen=True)
class Ending:
    """A place where a job was found, and when."""

    where: str
    at: float


@dataclass(frozen=True)
class Job:
    """One job; sent_at and caller are None when its caller was never answered."""

    job: str
    path: str
    scenario: str
    sent_at: float | None
    caller: Caller | None
    attempts: tuple[Attempt, ...]
    endings: tuple[Ending, ...]


@dataclass(frozen=True)
class Fact:
    """A fact on one path: what was expected, what was observed, and the verdict."""

    id: str
    path: str
    statement: str
    source: str
    evidence: str
    expected: Any
    observed: Any
    verdict: Verdict
    explanation: str
    jobs: tuple[str, ...]
    """Ids of the jobs that show it, where the run says so."""


@dataclass(frozen=True)
class Cell:
    """What AWS documents for one behaviour on one path, and what the run says of it.

    reason says why it is not simply held; facts are the ids of those that the cell rests on, and
    sources where they are documented.
    """

    path: str
    documented: str | None
    observed: str | None
    verdict: CellVerdict
    reason: str
    facts: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Behaviour:
    """One row of the matrix: a question, and its answer by path."""

    id: str
    question: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Evidence:
    """What one fact on one path says about a claim."""

    fact: str
    path: str
    verdict: Verdict
    observed: str | None


@dataclass(frozen=True)
class Claim:
    """A sentence that people repeat, how it is tested, and what the run says of it."""

    id: str
    text: str
    verdict: str
    how: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Target:
    """What was measured on; factor divides Lambda's own waits, None where the run is silent."""

    name: str
    version: str
    pace: str
    region: str
    factor: int | None

    @property
    def is_aws(self) -> bool:
        """Whether this was AWS itself, and not an emulator."""
        return self.name == "aws"


@dataclass(frozen=True)
class Results:
    """One run. paths maps each path to its invocation type, in the order of the run."""

    version: str
    commit: str | None
    started: float
    finished: float
    target: Target
    interruption: str | None
    paths: Mapping[str, InvocationType]
    descriptions: Mapping[str, str]
    """What each scenario does, by its name, where the run says so."""
    jobs: tuple[Job, ...]
    facts: tuple[Fact, ...]
    matrix: tuple[Behaviour, ...]
    claims: tuple[Claim, ...]
