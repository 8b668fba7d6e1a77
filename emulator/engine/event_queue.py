"""Lambda's event queue: what becomes of an event between `202 Accepted` and its end.

An event that was invoked asynchronously waits in this queue, and Lambda invokes the function with
it. When the function fails, the event is retried: twice, after 1 and 2 minutes. When the function
could not run at all, for want of concurrency or because of an error in Lambda, that is no attempt:
the event goes back to the queue and comes again after 1 second, 2, 4, ... up to 5 minutes. Both end
when the event would grow older than its maximum age.

This module holds the rules and no input or output: time and the response of each attempt are
passed in. Seconds are Lambda's seconds, as AWS documents them; only `EventQueue` translates them
to the machine's clock, at its pace.

Source: "How Lambda handles errors and retries with asynchronous invocation" in the Lambda
Developer Guide, and the recorded facts AS-05 to AS-14, AS-29 and AS-30.
"""

import heapq
import itertools
from dataclasses import dataclass, replace

from emulator.engine.asynchronous_event import (
    AsynchronousFunction,
    Condition,
    EndedEvent,
    Event,
    Response,
)
from emulator.engine.pace import Pace

WAITS_BETWEEN_ATTEMPTS = (60.0, 120.0)
LONGEST_BACKOFF = 300.0


@dataclass(frozen=True)
class QueuedEvent:
    """An event between two attempts.

    function is as it was found last: once it is deleted, that still says where the event ends
    (AS-30). age is in Lambda's seconds when the next attempt is due: the waits and the durations of
    attempts, without any lateness of this machine. attempts holds those that count; backoffs is
    how often in a row the function could not run; response is that of the last attempt.
    """

    event: Event
    function: AsynchronousFunction
    age: float = 0.0
    attempts: int = 0
    backoffs: int = 0
    response: Response | None = None


@dataclass(frozen=True)
class Wait:
    """The event goes back to the queue and is due after this many of Lambda's seconds."""

    queued: QueuedEvent
    seconds: float


def begin_attempt(
    queued: QueuedEvent, found: AsynchronousFunction | None
) -> QueuedEvent | EndedEvent:
    """Decide whether an event that is due is attempted, by the configuration of now (AS-29).

    A function whose reserved concurrency is 0 will not run however long the event waits, so the
    event ends at once, without a response (AS-13). found is None when the function is gone.
    """
    if found is None:
        return queued
    queued = replace(queued, function=found)
    configuration = found.configuration
    if found.function.reserved_concurrency == 0:
        return _end(replace(queued, response=None), Condition.ZERO_RESERVED_CONCURRENCY)
    if queued.attempts > configuration.maximum_retry_attempts:
        return _end(queued, Condition.RETRIES_EXHAUSTED)
    if queued.age >= configuration.maximum_event_age_seconds:
        return _end(queued, Condition.EVENT_AGE_EXCEEDED)
    return queued


def finish_attempt(queued: QueuedEvent, response: Response, seconds: float) -> Wait | EndedEvent:
    """Decide what an attempt that took so many seconds means for the event.

    The event ends as soon as it is known that its next attempt would be too late, not when it
    reaches its maximum age (AS-10). Recorded on AWS: at a maximum age of 60 seconds, an event that
    was throttled from the start ended after 31, because the next attempt was due at 63. An attempt
    due exactly at the maximum age is taken as too late.
    """
    queued = replace(queued, response=response, age=queued.age + seconds)
    if response.is_attempt:
        queued = replace(queued, attempts=queued.attempts + 1, backoffs=0)
    else:
        queued = replace(queued, backoffs=queued.backoffs + 1)
    if response.succeeded:
        return _end(queued, Condition.SUCCESS)
    configuration = queued.function.configuration
    if queued.attempts > configuration.maximum_retry_attempts:
        return _end(queued, Condition.RETRIES_EXHAUSTED)
    wait = _wait_after(queued)
    if queued.age + wait >= configuration.maximum_event_age_seconds:
        return _end(queued, Condition.EVENT_AGE_EXCEEDED)
    return Wait(replace(queued, age=queued.age + wait), wait)


def backoff(times: int) -> float:
    """Seconds to wait when something could not be done `times` times in a row (AS-11)."""
    return min(2.0 ** (times - 1), LONGEST_BACKOFF)


def _wait_after(queued: QueuedEvent) -> float:
    if queued.backoffs:
        return backoff(queued.backoffs)
    return WAITS_BETWEEN_ATTEMPTS[queued.attempts - 1]


def _end(queued: QueuedEvent, condition: Condition) -> EndedEvent:
    return EndedEvent(
        queued.event, queued.function, condition, queued.attempts, response=queued.response
    )


class EventQueue:
    """The events that wait for an attempt, the one that is due first in front."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, QueuedEvent]] = []

    def accept(self, event: Event, function: AsynchronousFunction, now: float) -> None:
        """Take in a new event, due at once."""
        self._push(QueuedEvent(event, function), now)

    def put_back(self, wait: Wait, now: float) -> None:
        """Take in an event again, due when it has waited."""
        self._push(wait.queued, now + self._pace.shorten(wait.seconds))

    def take_due(self, now: float) -> list[QueuedEvent]:
        """Take out the events that are due, the earliest first."""
        due = []
        while self._waiting and self._waiting[0][0] <= now:
            due.append(heapq.heappop(self._waiting)[-1])
        return due

    def next_due(self) -> float | None:
        """When the next event is due, in seconds since 1970; None when none waits."""
        return self._waiting[0][0] if self._waiting else None

    def _push(self, queued: QueuedEvent, due: float) -> None:
        heapq.heappush(self._waiting, (due, next(self._order), queued))
