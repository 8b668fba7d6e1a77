"""When a job is over."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from comparison.observation import CallerSaw, JobObservation, Place
from comparison.path import Path
from comparison.settlement import is_over, with_caller_as_end

MakeJob = Callable[..., JobObservation]
TIMEOUT = 6
NOW = 1_005.0


def test_a_job_that_nobody_answered_is_not_over(make_job: MakeJob) -> None:
    assert not is_over(make_job(Path.SDK_SYNC, caller=None), TIMEOUT, NOW)


def test_a_synchronous_job_is_over_when_its_caller_and_its_attempt_are_done(
    make_job: MakeJob,
) -> None:
    assert is_over(make_job(Path.ALB, attempts=[(0.1, 0.2)]), TIMEOUT, NOW)


def test_a_504_is_not_the_end_while_the_function_goes_on(make_job: MakeJob) -> None:
    job = make_job(Path.API_GATEWAY, attempts=[(0.1, None)])
    assert not is_over(job, TIMEOUT, NOW)
    assert is_over(job, TIMEOUT, NOW + TIMEOUT)


def test_an_asynchronous_job_is_not_over_when_its_caller_has_202(make_job: MakeJob) -> None:
    assert not is_over(make_job(Path.SDK_EVENT, attempts=[(0.1, 0.2)]), TIMEOUT, NOW)


@pytest.mark.parametrize(
    ("places", "over"),
    [
        ([Place.ON_SUCCESS], True),
        ([Place.ON_FAILURE], False),
        ([Place.FUNCTION_DEAD_LETTER_QUEUE], False),
        ([Place.ON_FAILURE, Place.FUNCTION_DEAD_LETTER_QUEUE], True),
        ([Place.RULE_DEAD_LETTER_QUEUE], True),
        ([Place.SUBSCRIPTION_DEAD_LETTER_QUEUE], True),
    ],
)
def test_an_asynchronous_job_is_over_when_every_sink_has_its_copy(
    make_job: MakeJob, places: list[Place], over: bool
) -> None:
    assert is_over(make_job(Path.S3, ended=places), TIMEOUT, NOW) is over


def test_a_message_is_over_when_it_is_deleted_or_dead(make_job: MakeJob) -> None:
    assert not is_over(make_job(Path.SQS, attempts=[(0.1, 0.2)]), TIMEOUT, NOW)
    assert is_over(make_job(Path.SQS, ended=[Place.DELETED]), TIMEOUT, NOW)
    assert is_over(make_job(Path.SQS, ended=[Place.DEAD_LETTER_QUEUE]), TIMEOUT, NOW)


def test_a_job_that_was_refused_is_over(make_job: MakeJob) -> None:
    refused = CallerSaw(1_000.0, 0.1, 413, error="RequestTooLargeException")
    assert is_over(make_job(Path.SDK_EVENT, caller=refused), TIMEOUT, NOW)


def test_a_synchronous_or_refused_job_ends_with_its_caller(make_job: MakeJob) -> None:
    refused = CallerSaw(1_000.0, 0.1, 413, error="RequestTooLargeException")
    for job in (make_job(Path.ALB), make_job(Path.SDK_EVENT, caller=refused)):
        ended = with_caller_as_end(job).ended
        assert ended is not None
        assert (ended.where, ended.at) == (Place.CALLER, 1_000.1)


def test_an_accepted_job_does_not_end_with_its_caller(make_job: MakeJob) -> None:
    assert with_caller_as_end(make_job(Path.S3)).ended is None


def test_an_accepted_job_of_which_nothing_is_seen_was_discarded(make_job: MakeJob) -> None:
    job = make_job(Path.EVENTBRIDGE)
    job = replace(job, sending=replace(job.sending, watched_for=5))
    ended = with_caller_as_end(job).ended
    assert ended is not None
    assert ended.where is Place.DISCARDED
