"""Where everything stands in a lane, in seconds."""

from collections.abc import Callable
from typing import Any

import pytest

from comparison.path import InvocationType
from comparison.report.lane import Lane, Outcome, Picture, Queue
from comparison.report.lane_queue import coarsened
from comparison.report.layout import FINEST, lay_out, pictures
from comparison.report.model import Job, Results

Document = dict[str, Any]
MakeJob = Callable[..., Document]
ReadJobs = Callable[..., tuple[Job, ...]]
LaneOf = Callable[..., Lane]

SYNCHRONOUS = InvocationType.SYNCHRONOUS
ASYNCHRONOUS = InvocationType.ASYNCHRONOUS
POLL_BASED = InvocationType.POLL_BASED


@pytest.fixture
def lane_of(read_jobs: ReadJobs) -> LaneOf:
    def of(kind: InvocationType, *jobs: Document) -> Lane:
        return lay_out("path", kind, read_jobs(jobs))

    return of


def test_a_synchronous_caller_waits_as_long_as_the_function_works(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    lane = lane_of(
        SYNCHRONOUS, make_job("alb", sent=3, waited=5.2, attempts=[make_attempt(3.1, 8.1)])
    )
    (call,), (run,) = lane.calls, lane.runs
    assert (call.start, call.end) == (0, 5.2)
    assert (run.start, run.end) == (0.1, 5.1)
    assert lane.queue == ()


def test_an_asynchronous_event_waits_in_the_queue_before_and_between_attempts(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    attempts = [
        make_attempt(start, start + 1, outcome="raised", request_id="same") for start in (2, 10)
    ]
    ended = [("on-failure destination", 12.0)]
    lane = lane_of(ASYNCHRONOUS, make_job("s3", waited=0.5, attempts=attempts, ended=ended))
    assert [(wait.start, wait.end, wait.fresh, wait.returned) for wait in lane.queue] == [
        (0, 2, 1, 0),
        (3, 10, 0, 1),
        (11, 12, 0, 1),
    ]
    assert [run.outcome for run in lane.runs] == [Outcome.FAILED, Outcome.FAILED]
    (end,) = lane.ends
    assert (end.where, end.at, end.succeeded) == ("on-failure destination", 12, False)


def test_messages_pile_up_until_a_batch_takes_them(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    jobs = [
        make_job("sqs", number=number, sent=sent, attempts=[make_attempt(5, 6, batch_size=3)])
        for number, sent in enumerate((0, 1, 3), 1)
    ]
    lane = lane_of(POLL_BASED, *jobs)
    assert [(step.start, step.end, step.messages) for step in lane.queue] == [
        (0, 1, 1),
        (1, 3, 2),
        (3, 5, 3),
    ]
    (run,) = lane.runs
    assert (run.start, run.end, run.batches) == (5, 6, (3,))
    assert lane.shown is None


def test_a_bad_message_goes_back_alone(results: Results) -> None:
    (picture,) = (
        one for one in pictures(results.jobs, results.paths, {}) if one.scenario == "bad-message"
    )
    (lane,) = picture.lanes
    assert [run.batches for run in lane.runs] == [(4,), (1,), (1,)]
    assert max(step.fresh for step in lane.queue) == 4
    assert {step.returned for step in lane.queue} == {0, 1}
    ends = {end.where: (end.jobs, end.succeeded) for end in lane.ends}
    assert ends == {"deleted from the queue": (3, True), "dead-letter queue": (1, False)}


def test_of_several_jobs_on_a_path_without_batches_the_median_one_is_shown(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    jobs = [
        make_job("alb", number=number, waited=waited, attempts=[make_attempt(0, 0.1)])
        for number, waited in enumerate((9, 1, 5), 1)
    ]
    lane = lane_of(SYNCHRONOUS, *jobs)
    assert lane.calls[0].end == 5
    assert len(lane.jobs) == 3


def test_an_invocation_that_never_ended_lasts_until_the_caller_was_answered(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    job = make_job("alb", waited=6, attempts=[make_attempt(1, None)], ended=[("seen", 9)])
    (run,) = lane_of(SYNCHRONOUS, job).runs
    assert (run.start, run.end, run.outcome) == (1, 6, Outcome.UNKNOWN)


def test_an_invocation_that_never_ended_lasts_until_the_next_one(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    attempts = [make_attempt(1, None, request_id="x"), make_attempt(8, 9, request_id="x")]
    first, second = lane_of(ASYNCHRONOUS, make_job("s3", attempts=attempts)).runs
    assert (first.end, second.start) == (8, 8)


def test_clocks_that_disagree_are_noted_and_nothing_is_drawn_before_the_beginning(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    job = make_job("sqs", sent=10, waited=1, attempts=[make_attempt(8, 7.5)])
    lane = lane_of(POLL_BASED, job)
    assert any("an attempt started 2.000 s before its job was sent" in one for one in lane.notices)
    assert "clocks disagree: an attempt finished before it started" in lane.notices
    assert (lane.runs[0].start, lane.runs[0].end) == (0, 0)
    assert lane.queue == ()


def test_a_millisecond_between_clocks_is_no_disagreement(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    job = make_job("alb", sent=1.001, attempts=[make_attempt(1.0, 1.2)])
    assert lane_of(SYNCHRONOUS, job).notices == ()


def test_a_job_without_attempts_still_has_a_lane(lane_of: LaneOf, make_job: MakeJob) -> None:
    lane = lane_of(POLL_BASED, make_job("sqs", ended=[("dead-letter queue", 18)]))
    assert lane.runs == ()
    assert [(step.start, step.end) for step in lane.queue] == [(0, 18)]
    assert [end.succeeded for end in lane.ends] == [False]


def test_a_job_that_nobody_answered_has_an_empty_lane_that_says_so(
    lane_of: LaneOf, make_job: MakeJob
) -> None:
    lane = lane_of(SYNCHRONOUS, make_job("alb", waited=None))
    assert lane.length == 0
    assert lane.notices == ("no answer to its caller was seen for the job",)


def test_a_job_whose_sending_is_not_known_begins_with_its_first_attempt(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    lane = lane_of(ASYNCHRONOUS, make_job("s3", waited=None, attempts=[make_attempt(7, 8)]))
    assert [(run.start, run.end) for run in lane.runs] == [(0, 1)]


def test_jobs_that_the_function_never_saw_are_counted(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    jobs = [make_job("sqs", number=1, attempts=[make_attempt(1, 2)]), make_job("sqs", number=2)]
    assert lane_of(POLL_BASED, *jobs).notices == ("no attempt was seen for 1 of 2 jobs",)


def test_what_no_eye_can_tell_apart_is_drawn_as_one(
    lane_of: LaneOf, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    jobs = [
        make_job(
            "sqs",
            number=number,
            sent=number / 10,
            attempts=[make_attempt(number / 10 + 0.05, number / 10 + 0.06, request_id=str(number))],
        )
        for number in range(3000)
    ]
    lane = lane_of(POLL_BASED, *jobs)
    assert len(lane.calls) <= FINEST + 1
    assert len(lane.queue) <= FINEST + 1
    assert len(lane.runs) <= FINEST + 1
    assert sum(len(run.batches) for run in lane.runs) == 3000


def test_of_steps_drawn_as_one_the_highest_is_seen() -> None:
    steps = [Queue(0, 1, 2, 0), Queue(1, 2, 1, 3), Queue(2, 9, 1, 1)]
    assert coarsened(steps, 3) == (Queue(0, 2, 2, 3), Queue(2, 9, 1, 1))


def test_every_scenario_has_a_picture_with_a_lane_for_each_path_it_used(results: Results) -> None:
    drawn = pictures(results.jobs, results.paths, results.descriptions)
    assert [picture.scenario for picture in drawn][:3] == ["answer", "slow", "raise"]
    lanes = {picture.scenario: [lane.path for lane in picture.lanes] for picture in drawn}
    assert lanes["slow"] == list(results.paths)
    assert lanes["burst"] == ["sqs"]


def test_the_axis_of_an_empty_picture_has_a_length() -> None:
    assert Picture("answer", "", ()).length == 1
