"""The job: one piece of work, the same JSON object on every path.

`{"run": "<run id>", "job": "<job id>", "do": "<work>", ...parameters of the work}`

Imports the standard library only, so that whoever sends jobs can build them with this module.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAXIMUM_SECONDS = 900
"""The longest timeout of a function (SI-24)."""

MAXIMUM_ANSWER_BYTES = 10_000_000
"""More than any path can answer: 6 MB (SI-10), 10 MB at API Gateway (AG-25), 1 MB (AL-17)."""


class JobError(Exception):
    """There is no job, or it is malformed; the message says what is wrong."""


class Work(StrEnum):
    """What a job asks the function to do: its `do`."""

    ANSWER = "answer"
    """Answer in the path's own shape."""
    ECHO = "echo"
    """Answer with the event as received, and keep it in the receipt."""
    SLEEP = "sleep"
    """Sleep `seconds`, then answer."""
    RAISE = "raise"
    """Raise an exception that nobody handles, with `message` if given."""
    FAIL = "fail"
    """Report a failure in the path's own way."""
    FAIL_FIRST = "fail-first"
    """Raise at the first `times` attempts, then answer."""
    FAIL_FIRST_ITEM = "fail-first-item"
    """Report a failure at the first `times` attempts, then answer."""
    TIME_OUT = "time-out"
    """Sleep until Lambda stops the function."""
    EXIT = "exit"
    """End the process with exit status `code`."""
    RETURN = "return"
    """Return exactly the JSON value `value`, whatever the path expects."""
    RETURN_UNSERIALIZABLE = "return-unserializable"
    """Return an object that JSON cannot express."""
    LARGE_ANSWER = "large-answer"
    """Answer with a body of `bytes` characters."""


@dataclass(frozen=True)
class _Parameter:
    """A parameter of a work: which values it takes, in words and as a rule."""

    values: str
    accepts: Callable[[object], bool]
    required: bool = True


def _is_number(value: object, maximum: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= maximum


def _is_whole_number(value: object, maximum: float = math.inf) -> bool:
    return isinstance(value, int) and _is_number(value, maximum)


_TIMES = _Parameter("a whole number, 0 or more", _is_whole_number)

_PARAMETERS: Mapping[Work, Mapping[str, _Parameter]] = {
    Work.SLEEP: {
        "seconds": _Parameter(
            f"a number from 0 to {MAXIMUM_SECONDS}",
            lambda value: _is_number(value, MAXIMUM_SECONDS),
        )
    },
    Work.RAISE: {
        "message": _Parameter("a string", lambda value: isinstance(value, str), required=False)
    },
    Work.FAIL_FIRST: {"times": _TIMES},
    Work.FAIL_FIRST_ITEM: {"times": _TIMES},
    Work.EXIT: {
        "code": _Parameter(
            "a whole number from 0 to 255", lambda value: _is_whole_number(value, 255)
        )
    },
    Work.RETURN: {"value": _Parameter("any JSON value", lambda _: True)},
    Work.LARGE_ANSWER: {
        "bytes": _Parameter(
            f"a whole number from 0 to {MAXIMUM_ANSWER_BYTES}",
            lambda value: _is_whole_number(value, MAXIMUM_ANSWER_BYTES),
        )
    },
}
"""Parameters of the works that take any."""


@dataclass(frozen=True)
class Job:
    """One piece of work.

    run and job are the ids (`job` is unique in its run and contains no `#`, which separates the
    parts of a receipt's key); parameters are those of the work, as JSON values.
    Raises JobError when a field is not what it must be.
    """

    run: str
    job: str
    work: Work
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_id("run", self.run)
        _check_id("job", self.job)
        if "#" in self.job:
            raise JobError('field "job" must not contain "#"')
        _check_parameters(self.work, self.parameters)

    def to_json(self) -> str:
        """Return the job as it travels: the text of a JSON object."""
        return json.dumps({"run": self.run, "job": self.job, "do": self.work, **self.parameters})


def parse(text: str) -> Job:
    """Read a job from JSON text; raise JobError when it holds no job or a malformed one."""
    if not text:
        raise JobError("there is no job")
    try:
        fields = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise JobError(f"the job is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise JobError("the job must be a JSON object")
    for name in ("run", "job", "do"):
        if name not in fields:
            raise JobError(f'field "{name}" is missing')
    return Job(
        run=fields.pop("run"),
        job=fields.pop("job"),
        work=_work(fields.pop("do")),
        parameters=fields,
    )


def _work(value: object) -> Work:
    for work in Work:
        if work == value:
            return work
    raise JobError(f'field "do" must be one of: {", ".join(Work)}')


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _check_id(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise JobError(f'field "{name}" must be a string and not empty')


def _check_parameters(work: Work, values: Mapping[str, object]) -> None:
    parameters = _PARAMETERS.get(work, {})
    for name in values:
        if name not in parameters:
            raise JobError(f'field "{name}" is not a parameter of "{work}"')
    for name, parameter in parameters.items():
        if name not in values and parameter.required:
            raise JobError(f'field "{name}" is missing: "{work}" needs {parameter.values}')
        if name in values and not parameter.accepts(values[name]):
            raise JobError(f'field "{name}" must be {parameter.values}')
