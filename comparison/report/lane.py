"""A lane of the picture as data: what happened on one path in one scenario, in seconds.

Times count from the moment the lane's first job was sent; nothing is before it.
"""

from dataclasses import dataclass
from enum import StrEnum

from comparison.path import InvocationType
from comparison.report.model import Job


class Outcome(StrEnum):
    """How a stretch of running ended."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The function never said so: it was stopped, or it died."""


@dataclass(frozen=True)
class Span:
    """A stretch of time."""

    start: float
    end: float


@dataclass(frozen=True)
class Run(Span):
    """The function running; batches has the number of records of each invocation."""

    batches: tuple[int, ...]
    outcome: Outcome


@dataclass(frozen=True)
class Queue(Span):
    """Messages that wait: fresh ones for their first attempt, returned ones for another."""

    fresh: int
    returned: int

    @property
    def messages(self) -> int:
        """All that wait."""
        return self.fresh + self.returned


@dataclass(frozen=True)
class End:
    """A place in which jobs ended, how many of them, and when the last one was seen there.

    succeeded tells whether the last attempt at each of them had done its work.
    """

    at: float
    where: str
    jobs: int
    succeeded: bool


@dataclass(frozen=True)
class Lane:
    """One path in one scenario.

    jobs are all that there were; shown is the one that stands for them, None where the lane shows
    them all. notices say what is missing, or contradicts itself.
    """

    path: str
    invocation_type: InvocationType
    jobs: tuple[Job, ...]
    shown: Job | None
    calls: tuple[Span, ...] = ()
    queue: tuple[Queue, ...] = ()
    runs: tuple[Run, ...] = ()
    ends: tuple[End, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def length(self) -> float:
        """Seconds until the last thing in the lane."""
        spans: tuple[Span, ...] = (*self.calls, *self.queue, *self.runs)
        return max([span.end for span in spans] + [end.at for end in self.ends], default=0.0)


@dataclass(frozen=True)
class Picture:
    """All lanes of one scenario, to be drawn on one time axis."""

    scenario: str
    description: str
    lanes: tuple[Lane, ...]

    @property
    def length(self) -> float:
        """Seconds that the axis has to show; never 0."""
        return max([lane.length for lane in self.lanes], default=0.0) or 1.0


class LaneClock:
    """Converts moments (seconds since 1970) into seconds since the beginning of a lane."""

    def __init__(self, origin: float, end: float) -> None:
        self._origin = origin
        self.end = end
        """The last moment of the lane, since 1970."""

    def since(self, moment: float) -> float:
        """Return the seconds from the beginning to a moment, 0 for one before it."""
        return round(max(0.0, moment - self._origin), 4)

    @property
    def length(self) -> float:
        """Seconds from the beginning to the last moment."""
        return self.since(self.end)
