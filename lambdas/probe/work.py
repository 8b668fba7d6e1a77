"""The work: what a job asks for, done the same way whatever path the job came by."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from .job import Job, Work
from .receipt import Outcome


@dataclass(frozen=True)
class Answered:
    """The function answers; characters is the length of the body when the job sets one."""

    outcome: ClassVar[Outcome] = Outcome.ANSWERED
    characters: int | None = None


@dataclass(frozen=True)
class Returned:
    """The handler returns exactly this value."""

    outcome: ClassVar[Outcome] = Outcome.ANSWERED
    value: object


@dataclass(frozen=True)
class Failed:
    """The function reports a failure."""

    outcome: ClassVar[Outcome] = Outcome.FAILED


@dataclass(frozen=True)
class Raised:
    """The handler raises."""

    outcome: ClassVar[Outcome] = Outcome.RAISED
    message: str


@dataclass(frozen=True)
class Exited:
    """The process ends."""

    outcome: ClassVar[Outcome] = Outcome.EXITED
    code: int


Ending = Answered | Returned | Failed | Raised | Exited
"""How the attempt is to end: known before it does, so that the receipt can be completed."""

_ENDINGS: Mapping[Work, Callable[[Mapping[str, Any]], Ending]] = {
    Work.ANSWER: lambda _: Answered(),
    Work.ECHO: lambda _: Answered(),
    Work.SLEEP: lambda _: Answered(),
    Work.RAISE: lambda parameters: Raised(parameters.get("message", "the job asked for an error")),
    Work.FAIL: lambda _: Failed(),
    Work.FAIL_FIRST: lambda _: Raised("the job asked its first attempts to raise"),
    Work.FAIL_FIRST_ITEM: lambda _: Failed(),
    Work.EXIT: lambda parameters: Exited(parameters["code"]),
    Work.RETURN: lambda parameters: Returned(parameters["value"]),
    Work.RETURN_UNSERIALIZABLE: lambda _: Returned(object()),
    Work.LARGE_ANSWER: lambda parameters: Answered(parameters["bytes"]),
}
"""The ending of every work that has one, made from its parameters."""


def perform(job: Job, earlier_attempts: Callable[[], int]) -> Ending:
    """Do what the job says and return how the attempt is to end.

    earlier_attempts counts the attempts at this job that came before.
    """
    if job.work is Work.TIME_OUT:
        _sleep_until_stopped()
    if job.work is Work.SLEEP:
        _sleep(job.parameters["seconds"])
    fails_at_first = job.work in (Work.FAIL_FIRST, Work.FAIL_FIRST_ITEM)
    if fails_at_first and earlier_attempts() >= job.parameters["times"]:
        return Answered()
    return _ENDINGS[job.work](job.parameters)


def _sleep_until_stopped() -> NoReturn:
    while True:
        _sleep(60)


def _sleep(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - sleeping is the work that the job asked for
