"""Asynchronous invocation: the event queue with a clock, functions to invoke and places to send to.

Invoke with InvocationType Event, S3, EventBridge and SNS all come here. The caller only waits until
the event is accepted; everything after that follows the rules of `event_queue`, and what is left in
the end is sent as `destination_record` describes.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol, TypeVar

from emulator.engine.asynchronous_event import (
    SYSTEM_ERROR,
    THROTTLED,
    AsynchronousFunction,
    Condition,
    EndedEvent,
    Event,
    FunctionDirectory,
    Response,
    function_not_found,
    function_responded,
)
from emulator.engine.background_tasks import BackgroundTasks
from emulator.engine.clock import Clock
from emulator.engine.destination_record import dead_letter_message, destination_message
from emulator.engine.event_queue import (
    EventQueue,
    QueuedEvent,
    Wait,
    backoff,
    begin_attempt,
    finish_attempt,
)
from emulator.engine.invocation import Function, Invocation, InvocationResult, Throttled
from emulator.engine.messages import Message
from emulator.engine.pace import Pace
from emulator.engine.runtime_folder import CannotRunFunction

LARGEST_PAYLOAD = 1024 * 1024
DELIVERY_ATTEMPTS = 3

log = logging.getLogger(__name__)

T = TypeVar("T")
Invoke = Callable[[Function, Invocation], Awaitable[InvocationResult]]


class RequestTooLarge(Exception):
    """The payload is larger than an asynchronous invocation may have."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "RequestTooLargeException"


def check_payload_size(payload: bytes) -> None:
    """Raise RequestTooLarge for more than 1 MB (AS-31)."""
    if len(payload) > LARGEST_PAYLOAD:
        raise RequestTooLarge(
            f"{len(payload)} byte payload is too large for the Event invocation type "
            f"(limit {LARGEST_PAYLOAD} bytes)"
        )


class DeliveryRefused(Exception):
    """A destination or dead-letter queue is missing or may not be used: trying again is useless."""


class Deliveries(Protocol):
    """The way to the services that destinations and dead-letter queues belong to."""

    async def send(self, message: Message, role_arn: str) -> None:
        """Send with the permissions of the function's execution role (AS-27).

        Raises DeliveryRefused when the service refuses. After any other exception the message is
        sent again, a few times.
        """


class Metric(StrEnum):
    """CloudWatch metrics of asynchronous invocation (AS-32)."""

    RECEIVED = "AsyncEventsReceived"
    DROPPED = "AsyncEventsDropped"
    DEAD_LETTER_ERRORS = "DeadLetterErrors"
    DESTINATION_DELIVERY_FAILURES = "DestinationDeliveryFailures"


class AsynchronousInvocation:
    """Accepts events and sees each one through to its end.

    Belongs to the event loop in which it is made. One task waits for the next event that is due;
    each attempt and each delivery is a task of its own, so events do not wait for each other.
    """

    def __init__(
        self,
        clock: Clock,
        pace: Pace,
        functions: FunctionDirectory,
        invoke: Invoke,
        deliveries: Deliveries,
    ) -> None:
        self.metrics: Counter[Metric] = Counter()
        self._clock = clock
        self._pace = pace
        self._functions = functions
        self._invoke = invoke
        self._deliveries = deliveries
        self._queue = EventQueue(pace)
        self._lock = threading.Lock()
        self._pending = 0
        self._closed = False
        self._wake_up = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks = BackgroundTasks()
        self._tasks.start(self._attempt_when_due())

    def accept(
        self,
        function_arn: str,
        qualifier: str | None,
        payload: bytes,
        request_id: str,
        trace_header: str | None = None,
    ) -> None:
        """Take an event into the queue; once this returns, the event is not lost.

        May be called from any thread. function_arn is unqualified; payload is a JSON text. There is
        no client context: AWS takes it with an event, but no function ever sees it (SI-18).

        Raises RequestTooLarge; LookupError when there is no such function; RuntimeError after
        close().
        """
        check_payload_size(payload)
        function = self._functions.find(function_arn, qualifier)
        if function is None:
            raise LookupError(f"Function not found: {function_arn}:{qualifier or '$LATEST'}")
        event = Event(request_id, function_arn, qualifier, payload, trace_header)
        with self._lock:
            if self._closed:
                raise RuntimeError("Asynchronous invocation has been closed.")
            self._loop.call_soon_threadsafe(self._enqueue, event, function)
            self._pending += 1

    def pending(self) -> int:
        """How many accepted events are not done yet, deliveries included."""
        with self._lock:
            return self._pending

    async def close(self) -> None:
        """Stop everything; events that are still pending end with the emulator."""
        with self._lock:
            self._closed = True
        await self._tasks.cancel()

    def _enqueue(self, event: Event, function: AsynchronousFunction) -> None:
        self.metrics[Metric.RECEIVED] += 1
        self._queue.accept(event, function, self._clock.now())
        self._wake_up.set()

    async def _attempt_when_due(self) -> None:
        while True:
            self._wake_up.clear()
            for queued in self._queue.take_due(self._clock.now()):
                self._tasks.start(self._attempt(queued))
            await self._wait_until_due_or_woken()

    async def _wait_until_due_or_woken(self) -> None:
        next_due = self._queue.next_due()
        seconds = None if next_due is None else max(0.0, next_due - self._clock.now())
        try:
            async with asyncio.timeout(seconds):
                await self._wake_up.wait()
        except TimeoutError:
            pass

    async def _attempt(self, queued: QueuedEvent) -> None:
        step = await self._next_step(queued)
        if isinstance(step, Wait):
            self._queue.put_back(step, self._clock.now())
            self._wake_up.set()
            return
        await self._deliver(step)
        with self._lock:
            self._pending -= 1

    async def _next_step(self, queued: QueuedEvent) -> Wait | EndedEvent:
        started = self._clock.now()
        try:
            found = self._functions.find(queued.event.function_arn, queued.event.qualifier)
            begun = begin_attempt(queued, found)
            if isinstance(begun, EndedEvent):
                return begun
            queued = begun
            response = await self._respond(queued.event, found)
        except Throttled:
            response = THROTTLED
        except CannotRunFunction as reason:
            log.warning("Request %s: %s", queued.event.request_id, reason)
            response = SYSTEM_ERROR
        except Exception:
            log.exception("Request %s could not be attempted.", queued.event.request_id)
            response = SYSTEM_ERROR
        return finish_attempt(queued, response, self._clock.now() - started)

    async def _respond(self, event: Event, found: AsynchronousFunction | None) -> Response:
        if found is None:
            return function_not_found(event)
        invocation = Invocation(
            event.request_id, event.payload, event.invoked_function_arn, event.trace_header
        )
        result = await self._uncancelled(self._invoke(found.function, invocation))
        return function_responded(result, found.function.version)

    async def _deliver(self, ended: EndedEvent) -> None:
        if ended.condition is not Condition.SUCCESS:
            self.metrics[Metric.DROPPED] += 1
        ended_at = self._clock.now()
        await asyncio.gather(
            self._send(
                ended,
                lambda: destination_message(ended, ended_at),
                Metric.DESTINATION_DELIVERY_FAILURES,
            ),
            self._send(ended, lambda: dead_letter_message(ended), Metric.DEAD_LETTER_ERRORS),
        )

    async def _send(
        self, ended: EndedEvent, make: Callable[[], Message | None], failure: Metric
    ) -> None:
        """Send one message; when that fails for good, it is counted and dropped as on AWS."""
        try:
            message = make()
            if message is not None:
                await self._send_persistently(message, ended.function.function.role_arn)
        except Exception as error:
            self.metrics[failure] += 1
            log.warning("%s: request %s: %s", failure, ended.event.request_id, error)

    async def _send_persistently(self, message: Message, role_arn: str) -> None:
        for attempt in range(1, DELIVERY_ATTEMPTS):
            try:
                return await self._uncancelled(self._deliveries.send(message, role_arn))
            except DeliveryRefused:
                raise
            except Exception as error:
                log.warning("Delivery failed and is tried again: %s", error)
                await asyncio.sleep(self._pace.shorten(backoff(attempt)))
        return await self._uncancelled(self._deliveries.send(message, role_arn))

    async def _uncancelled(self, work: Awaitable[T]) -> T:
        """Await work; an event outlives work that is cancelled by anyone but close()."""
        try:
            return await work
        except asyncio.CancelledError as error:
            if self._closed:
                raise
            raise RuntimeError("The work was cancelled.") from error
