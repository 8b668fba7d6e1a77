import json
import time

import pytest

from lambdas.probe.job import Job, Work
from lambdas.probe.work import Answered, Exited, Failed, Raised, Returned, perform


class StoppedByLambda(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize(
    ("job", "ending"),
    [
        (Job("r1", "r1.1", Work.ANSWER), Answered()),
        (Job("r1", "r1.1", Work.ECHO), Answered()),
        (Job("r1", "r1.1", Work.LARGE_ANSWER, {"bytes": 5}), Answered(5)),
        (Job("r1", "r1.1", Work.RETURN, {"value": None}), Returned(None)),
        (Job("r1", "r1.1", Work.FAIL), Failed()),
        (Job("r1", "r1.1", Work.RAISE, {"message": "no"}), Raised("no")),
        (Job("r1", "r1.1", Work.RAISE), Raised("the job asked for an error")),
        (Job("r1", "r1.1", Work.EXIT, {"code": 3}), Exited(3)),
    ],
)
def test_the_job_says_how_the_attempt_ends(job: Job, ending: object) -> None:
    assert perform(job, earlier_attempts=lambda: 0) == ending


@pytest.mark.parametrize(
    ("work", "at_first"), [(Work.FAIL_FIRST, Raised), (Work.FAIL_FIRST_ITEM, Failed)]
)
def test_a_job_fails_as_many_times_as_it_says(work: Work, at_first: type) -> None:
    job = Job("r1", "r1.1", work, {"times": 2})

    endings = [perform(job, earlier_attempts=iter([earlier]).__next__) for earlier in range(4)]

    assert [type(ending) for ending in endings] == [at_first, at_first, Answered, Answered]


def test_an_unserializable_value_is_none_that_json_knows() -> None:
    ending = perform(Job("r1", "r1.1", Work.RETURN_UNSERIALIZABLE), earlier_attempts=lambda: 0)

    assert isinstance(ending, Returned)
    with pytest.raises(TypeError):
        json.dumps(ending.value)


def test_a_sleeping_job_answers_after_its_sleep() -> None:
    started = time.monotonic()

    ending = perform(Job("r1", "r1.1", Work.SLEEP, {"seconds": 0.05}), earlier_attempts=lambda: 0)

    assert ending == Answered()
    assert time.monotonic() - started >= 0.05


def test_a_job_that_times_out_sleeps_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    naps = iter(range(100))

    def nap(_: float) -> None:
        if next(naps) == 99:
            raise StoppedByLambda

    monkeypatch.setattr("lambdas.probe.work.time.sleep", nap)

    with pytest.raises(StoppedByLambda):
        perform(Job("r1", "r1.1", Work.TIME_OUT), earlier_attempts=lambda: 0)
