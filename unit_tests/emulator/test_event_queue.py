"""The rules of Lambda's event queue, and that whatever happens every event ends exactly once."""

import heapq
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.engine.asynchronous_event import (
    SYSTEM_ERROR,
    THROTTLED,
    AsynchronousConfiguration,
    AsynchronousFunction,
    Condition,
    EndedEvent,
    Event,
    Response,
    function_not_found,
    function_responded,
)
from emulator.engine.event_queue import (
    EventQueue,
    QueuedEvent,
    Wait,
    backoff,
    begin_attempt,
    finish_attempt,
)
from emulator.engine.invocation import Function, InvocationResult
from emulator.engine.pace import Pace

ARN = "arn:aws:lambda:us-east-1:123456789012:function:probe"
EVENT = Event("request-1", ARN, None, b"{}")
SUCCESS = function_responded(InvocationResult(b"null"), "$LATEST")
FAILURE = function_responded(InvocationResult(b'{"errorMessage":"no"}', "Unhandled"), "$LATEST")
NOT_FOUND = function_not_found(EVENT)


def function(
    retries: int = 2, age: int = 21_600, concurrency: int | None = None
) -> AsynchronousFunction:
    return AsynchronousFunction(
        Function(
            arn=ARN,
            name="probe",
            version="$LATEST",
            handler="index.handler",
            runtime="python3.12",
            code=b"",
            code_sha256="",
            timeout_seconds=6,
            memory_megabytes=128,
            reserved_concurrency=concurrency,
        ),
        AsynchronousConfiguration(retries, age),
    )


def attempt(
    queued: QueuedEvent, response: Response, seconds: float = 0.0
) -> tuple[QueuedEvent, float]:
    """An attempt after which the event waits again: as it waits, and how long."""
    step = finish_attempt(queued, response, seconds)
    assert isinstance(step, Wait)
    return step.queued, step.seconds


def last_attempt(queued: QueuedEvent, response: Response, seconds: float = 0.0) -> EndedEvent:
    """An attempt that is the event's last."""
    step = finish_attempt(queued, response, seconds)
    assert isinstance(step, EndedEvent)
    return step


def test_a_success_ends_the_event() -> None:
    ended = last_attempt(QueuedEvent(EVENT, function()), SUCCESS)
    assert ended == EndedEvent(EVENT, function(), Condition.SUCCESS, 1, SUCCESS)


def test_a_failing_function_is_retried_after_one_minute_and_after_two_more() -> None:
    queued, first_wait = attempt(QueuedEvent(EVENT, function()), FAILURE)
    queued, second_wait = attempt(queued, FAILURE)
    ended = last_attempt(queued, FAILURE)
    assert (first_wait, second_wait) == (60, 120)
    assert (ended.condition, ended.attempts) == (Condition.RETRIES_EXHAUSTED, 3)


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_the_maximum_retry_attempts_bound_the_attempts(retries: int) -> None:
    queued = QueuedEvent(EVENT, function(retries))
    for _ in range(retries):
        queued, _ = attempt(queued, FAILURE)
    ended = last_attempt(queued, FAILURE)
    assert (ended.condition, ended.attempts) == (Condition.RETRIES_EXHAUSTED, retries + 1)


def test_a_success_after_failures_is_a_success() -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function()), FAILURE)
    assert last_attempt(queued, SUCCESS).condition is Condition.SUCCESS


def test_an_age_of_60_seconds_leaves_no_time_for_a_retry() -> None:
    ended = last_attempt(QueuedEvent(EVENT, function(age=60)), FAILURE, seconds=0.1)
    assert (ended.condition, ended.attempts) == (Condition.EVENT_AGE_EXCEEDED, 1)
    assert ended.response == FAILURE


def test_an_age_of_90_seconds_leaves_time_for_one_retry() -> None:
    queued, wait = attempt(QueuedEvent(EVENT, function(age=90)), FAILURE, seconds=0.1)
    ended = last_attempt(queued, FAILURE, seconds=0.1)
    assert wait == 60
    assert (ended.condition, ended.attempts) == (Condition.EVENT_AGE_EXCEEDED, 2)


@pytest.mark.parametrize(("age", "retried"), [(179, False), (180, False), (181, True)])
def test_a_retry_due_at_the_maximum_age_is_too_late(age: int, retried: bool) -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function(age=age)), FAILURE)
    assert isinstance(finish_attempt(queued, FAILURE, 0.0), Wait) is retried


def test_the_time_of_an_attempt_adds_to_the_age() -> None:
    just_in_time = finish_attempt(QueuedEvent(EVENT, function(age=66)), FAILURE, 5.9)
    too_late = finish_attempt(QueuedEvent(EVENT, function(age=66)), FAILURE, 6.0)
    assert isinstance(just_in_time, Wait)
    assert isinstance(too_late, EndedEvent)


def test_retries_that_are_used_up_count_before_an_age_that_is_exceeded() -> None:
    ended = last_attempt(QueuedEvent(EVENT, function(retries=0, age=60)), FAILURE, seconds=100)
    assert ended.condition is Condition.RETRIES_EXHAUSTED


def test_a_success_is_a_success_however_old_the_event() -> None:
    ended = last_attempt(QueuedEvent(EVENT, function(age=60)), SUCCESS, seconds=100)
    assert ended.condition is Condition.SUCCESS


@pytest.mark.parametrize("response", [THROTTLED, SYSTEM_ERROR])
def test_the_backoff_doubles_from_1_second_to_5_minutes(response: Response) -> None:
    queued, waits = QueuedEvent(EVENT, function()), []
    for _ in range(11):
        queued, wait = attempt(queued, response)
        waits.append(wait)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert queued.attempts == 0


def test_throttles_and_system_errors_do_not_use_up_attempts() -> None:
    queued = QueuedEvent(EVENT, function())
    for response in (THROTTLED, FAILURE, SYSTEM_ERROR, FAILURE, THROTTLED):
        queued, _ = attempt(queued, response)
    ended = last_attempt(queued, FAILURE)
    assert (ended.condition, ended.attempts) == (Condition.RETRIES_EXHAUSTED, 3)


def test_the_backoff_starts_again_after_an_attempt() -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function()), THROTTLED)
    queued, _ = attempt(queued, THROTTLED)
    queued, wait_after_failure = attempt(queued, FAILURE)
    _, wait_after_throttle = attempt(queued, THROTTLED)
    assert (wait_after_failure, wait_after_throttle) == (60, 1)


def test_a_throttled_event_runs_once_there_is_concurrency() -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function()), THROTTLED)
    ended = last_attempt(queued, SUCCESS)
    assert (ended.condition, ended.response) == (Condition.SUCCESS, SUCCESS)


def test_a_throttled_event_of_age_60_ends_after_31_seconds() -> None:
    queued, waited = QueuedEvent(EVENT, function(age=60)), 0.0
    for _ in range(5):
        queued, wait = attempt(queued, THROTTLED)
        waited += wait
    ended = last_attempt(queued, THROTTLED)
    assert waited == 31
    assert (ended.condition, ended.attempts) == (Condition.EVENT_AGE_EXCEEDED, 0)
    assert ended.response == THROTTLED


def test_an_event_that_expires_throttled_after_a_failure_ends_with_the_throttle() -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function(age=61)), FAILURE)
    ended = last_attempt(queued, THROTTLED)
    assert (ended.condition, ended.attempts) == (Condition.EVENT_AGE_EXCEEDED, 1)
    assert ended.response == THROTTLED


def test_zero_reserved_concurrency_ends_the_event_without_an_attempt() -> None:
    ended = begin_attempt(QueuedEvent(EVENT, function()), function(concurrency=0))
    assert ended == EndedEvent(
        EVENT, function(concurrency=0), Condition.ZERO_RESERVED_CONCURRENCY, 0, None
    )


def test_zero_reserved_concurrency_set_while_waiting_ends_the_event_at_its_next_attempt() -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function()), FAILURE)
    ended = begin_attempt(queued, function(concurrency=0))
    assert isinstance(ended, EndedEvent)
    assert (ended.condition, ended.attempts) == (Condition.ZERO_RESERVED_CONCURRENCY, 1)
    assert ended.response is None


@pytest.mark.parametrize("concurrency", [None, 1])
def test_other_concurrency_lets_the_event_be_attempted(concurrency: int | None) -> None:
    found = function(concurrency=concurrency)
    assert begin_attempt(QueuedEvent(EVENT, function()), found) == QueuedEvent(EVENT, found)


def test_the_configuration_of_the_attempt_counts_not_that_of_the_acceptance() -> None:
    begun = begin_attempt(QueuedEvent(EVENT, function(retries=2)), function(retries=0))
    assert isinstance(begun, QueuedEvent)
    assert last_attempt(begun, FAILURE).attempts == 1


def test_fewer_retries_allowed_while_waiting_end_the_event_when_it_is_due() -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function(retries=2)), FAILURE)
    ended = begin_attempt(queued, function(retries=0))
    assert isinstance(ended, EndedEvent)
    assert (ended.condition, ended.attempts) == (Condition.RETRIES_EXHAUSTED, 1)
    assert ended.response == FAILURE


@pytest.mark.parametrize(("age", "attempted"), [(60, False), (61, True)])
def test_a_lower_age_set_while_waiting_ends_the_event_when_it_is_due(
    age: int, attempted: bool
) -> None:
    queued, _ = attempt(QueuedEvent(EVENT, function()), FAILURE)
    begun = begin_attempt(queued, function(age=age))
    assert isinstance(begun, QueuedEvent) is attempted
    if isinstance(begun, EndedEvent):
        assert (begun.condition, begun.attempts) == (Condition.EVENT_AGE_EXCEEDED, 1)


@pytest.mark.parametrize("retries", [0, 1])
def test_a_deleted_function_uses_up_the_attempts_and_ends_with_404(retries: int) -> None:
    queued = QueuedEvent(EVENT, function(retries))
    for _ in range(retries):
        assert begin_attempt(queued, None) == queued
        queued, wait = attempt(queued, NOT_FOUND)
        assert wait == 60
    ended = last_attempt(queued, NOT_FOUND)
    assert (ended.condition, ended.attempts) == (Condition.RETRIES_EXHAUSTED, retries + 1)
    assert ended.response == Response(404, error_message=f"Function not found: {ARN}:$LATEST")
    assert ended.function == function(retries)


@pytest.mark.parametrize(("retries", "age"), [(-1, 60), (3, 60), (2, 59), (2, 21_601)])
def test_numbers_out_of_range_are_refused(retries: int, age: int) -> None:
    with pytest.raises(ValueError, match="not"):
        AsynchronousConfiguration(retries, age)


def test_events_are_due_at_once_and_come_out_in_the_order_of_their_due_time() -> None:
    queue = EventQueue(Pace.REAL)
    later = QueuedEvent(replace(EVENT, request_id="later"), function())
    queue.put_back(Wait(later, 60), now=940.0)
    for request_id in ("first", "second"):
        queue.accept(replace(EVENT, request_id=request_id), function(), now=999.0)
    assert [queued.event.request_id for queued in queue.take_due(1000.0)] == [
        "first",
        "second",
        "later",
    ]
    assert queue.next_due() is None


@pytest.mark.parametrize(("pace", "due"), [(Pace.REAL, 1060.0), (Pace.FAST, 1006.0)])
def test_a_minute_takes_a_second_at_pace_fast(pace: Pace, due: float) -> None:
    queue = EventQueue(pace)
    queue.put_back(Wait(QueuedEvent(EVENT, function()), 60), now=1000.0)
    assert queue.next_due() == due
    assert queue.take_due(due - 0.001) == []
    assert queue.take_due(due) == [QueuedEvent(EVENT, function())]


# What may happen: how long an attempt takes and how it ends, and a configuration that applies
# from some moment on (None: the function is deleted).
responses = st.sampled_from([SUCCESS, FAILURE, THROTTLED, SYSTEM_ERROR])
attempts = st.tuples(responses, st.floats(0, 900))
configurations = st.none() | st.builds(
    function,
    st.integers(0, 2),
    st.integers(60, 21_600),
    st.sampled_from([None, 0, 1]),
)


@dataclass
class Life:
    """All that the simulation saw of one event."""

    scripted: list[tuple[Response, float]]
    counted: int = 0
    endings: list[EndedEvent] = field(default_factory=list)

    def next_attempt(self) -> tuple[Response, float]:
        """The next scripted attempt; the last one goes on for ever."""
        return self.scripted.pop(0) if len(self.scripted) > 1 else self.scripted[0]


def run_to_the_end(
    pace: Pace,
    arrivals: list[tuple[float, list[tuple[Response, float]]]],
    changes: list[tuple[float, AsynchronousFunction | None]],
) -> dict[str, Life]:
    """Let events arrive, run at the same time and change the configuration, until none is left."""
    queue, lives = EventQueue(pace), {}
    happenings: list[tuple[float, int, object]] = []
    found: AsynchronousFunction | None = function()
    for number, (at, script) in enumerate(arrivals):
        event = replace(EVENT, request_id=str(number))
        lives[event.request_id] = Life(list(script))
        heapq.heappush(happenings, (at, len(happenings), event))
    for at, change in changes:
        heapq.heappush(happenings, (at, len(happenings), (change,)))
    order = len(happenings)
    while happenings or queue.next_due() is not None:
        next_due = queue.next_due()
        if happenings and (next_due is None or happenings[0][0] <= next_due):
            now, _, happening = heapq.heappop(happenings)
            if isinstance(happening, Event):
                queue.accept(happening, function(), now)
            elif isinstance(happening, Wait):
                queue.put_back(happening, now)
            elif isinstance(happening, EndedEvent):
                lives[happening.event.request_id].endings.append(happening)
            elif isinstance(happening, tuple):
                (found,) = happening
            continue
        assert next_due is not None
        for queued in queue.take_due(next_due):
            order += 1
            at, step = run_once(lives[queued.event.request_id], queued, found, next_due)
            heapq.heappush(happenings, (at, order, step))
    return lives


def run_once(
    life: Life, queued: QueuedEvent, found: AsynchronousFunction | None, now: float
) -> tuple[float, Wait | EndedEvent]:
    begun = begin_attempt(queued, found)
    if isinstance(begun, EndedEvent):
        return now, begun
    response, seconds = life.next_attempt() if found else (NOT_FOUND, 0.0)
    life.counted += response.is_attempt
    configuration = begun.function.configuration
    assert life.counted <= 1 + configuration.maximum_retry_attempts
    assert begun.age < configuration.maximum_event_age_seconds
    return now + seconds, finish_attempt(begun, response, seconds)


@settings(deadline=None)
@given(
    st.sampled_from(Pace),
    st.lists(st.tuples(st.floats(0, 100), st.lists(attempts, min_size=1)), max_size=5),
    st.lists(st.tuples(st.floats(0, 1000), configurations), max_size=5),
)
def test_whatever_happens_every_event_ends_exactly_once_and_within_its_limits(
    pace: Pace,
    arrivals: list[tuple[float, list[tuple[Response, float]]]],
    changes: list[tuple[float, AsynchronousFunction | None]],
) -> None:
    lives = run_to_the_end(pace, arrivals, changes)
    assert len(lives) == len(arrivals)
    for request_id, life in lives.items():
        [ended] = life.endings
        assert ended.event == replace(EVENT, request_id=request_id)
        assert ended.attempts == life.counted
        succeeded = ended.response is not None and ended.response.succeeded
        assert (ended.condition is Condition.SUCCESS) == succeeded


@given(st.integers(1, 1000))
def test_a_backoff_never_leaves_its_bounds(times: int) -> None:
    assert 1 <= backoff(times) <= 300
