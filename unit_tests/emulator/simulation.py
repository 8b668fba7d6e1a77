"""A simulated world for the event source mapping: time, an SQS queue and a function.

Time passes only when everything waits, and then at once to the next moment at which something
happens. A test that lasts an hour of simulated time takes milliseconds and always runs alike.
"""

import asyncio
import functools
import hashlib
import heapq
import itertools
import json
import selectors
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from emulator.engine.event_source_mapping import EventSourceMapping
from emulator.engine.invocation import Invocation, InvocationResult
from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.sqs_event import Message

STANDARD_QUEUE_ARN = "arn:aws:sqs:eu-central-1:000000000000:jobs"
FIFO_QUEUE_ARN = "arn:aws:sqs:eu-central-1:000000000000:jobs.fifo"
FUNCTION_ARN = "arn:aws:lambda:eu-central-1:000000000000:function:probe"

Parameters = ParamSpec("Parameters")


class _TimeTravellingSelector(selectors.SelectSelector):
    """Moves time on instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits for something that will never happen"
        self.now += max(0.0, timeout)
        return super().select(0)


class _SimulatedTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._simulated = _TimeTravellingSelector()
        super().__init__(self._simulated)

    def time(self) -> float:
        return self._simulated.now


class SimulatedClock:
    def now(self) -> float:
        return asyncio.get_running_loop().time()


def simulated(
    test: Callable[Parameters, Coroutine[Any, Any, None]],
) -> Callable[Parameters, None]:
    """Run a test that is a coroutine function in simulated time."""

    @functools.wraps(test)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        with asyncio.Runner(loop_factory=_SimulatedTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def until(moment: float) -> None:
    """Let everything happen that happens up to this moment, the moment itself included."""
    await asyncio.sleep(moment - SimulatedClock().now())
    await settled()


async def settled() -> None:
    """Let everything happen that happens without time passing."""
    for _ in range(200):
        await asyncio.sleep(0)


@dataclass
class StoredMessage:
    message_id: str
    body: str
    group: str | None
    visible_at: float = 0.0
    hidden: bool = False
    receive_count: int = 0
    receipt_handle: str = ""
    turn: int = 0


class SimulatedQueue:
    """An SQS queue in memory: visibility timeout, receive counts, redrive and message groups."""

    def __init__(
        self,
        *,
        visibility_timeout_seconds: int = 30,
        fifo: bool = False,
        max_receive_count: int | None = None,
    ) -> None:
        self.visibility_timeout_seconds = visibility_timeout_seconds
        self.dead_letters: list[StoredMessage] = []
        self.deleted: list[str] = []
        self.received_at: list[float] = []
        self.on_change: Callable[[], None] = lambda: None
        self._fifo = fifo
        self._max_receive_count = max_receive_count
        self._clock = SimulatedClock()
        self._numbers = itertools.count(1)
        self._handles = itertools.count(1)
        self._turns = itertools.count(1)
        self._messages: dict[str, StoredMessage] = {}
        self._ready: deque[StoredMessage] = deque()
        self._later: list[tuple[float, int, StoredMessage]] = []
        self._by_handle: dict[str, StoredMessage] = {}

    def send(self, *bodies: str, group: str | None = None, delay: float = 0.0) -> list[str]:
        """Send messages; their ids are `message-1`, `message-2`, ..."""
        for body in bodies:
            message = StoredMessage(f"message-{next(self._numbers)}", body, group)
            self._messages[message.message_id] = message
            self._show(message, self._clock.now() + delay)
        self.on_change()
        return list(self._messages)[-len(bodies) :]

    @property
    def bodies(self) -> list[str]:
        return [message.body for message in self._messages.values()]

    def unsettled(self, group: str) -> list[str]:
        """The bodies of a group's messages that are neither deleted nor dead, in order."""
        return [message.body for message in self._messages.values() if message.group == group]

    def is_hidden(self, receipt_handle: str) -> bool:
        """Whether the message that was received with this handle has not come back yet."""
        message = self._by_handle.get(receipt_handle)
        return message is not None and message.visible_at > self._clock.now()

    def receive_count(self, body: str) -> int:
        [count] = [one.receive_count for one in self._messages.values() if one.body == body]
        return count

    async def receive(self, max_messages: int, visibility_timeout_seconds: int) -> list[Message]:
        now = self._clock.now()
        self.received_at.append(now)
        self._bring_back(now)
        received = []
        for stored in self._receivable(max_messages):
            stored.receive_count += 1
            stored.hidden = True
            self._by_handle.pop(stored.receipt_handle, None)
            stored.receipt_handle = f"handle-{next(self._handles)}"
            self._by_handle[stored.receipt_handle] = stored
            self._show(stored, now + visibility_timeout_seconds)
            received.append(_as_message(stored))
        return received

    async def delete(self, receipt_handles: Collection[str]) -> None:
        self._bring_back(self._clock.now())
        for handle in receipt_handles:
            stored = self._by_handle.get(handle)
            if stored is not None and (stored.hidden or not self._fifo):
                self._remove(stored)
                self.deleted.append(stored.body)
        self.on_change()

    async def make_visible(self, receipt_handles: Collection[str]) -> None:
        for handle in receipt_handles:
            stored = self._by_handle.get(handle)
            if stored is not None and stored.visible_at > self._clock.now():
                self._show(stored, self._clock.now())
        self.on_change()

    def next_visible_at(self) -> float | None:
        self._bring_back(self._clock.now())
        return self._later[0][0] if self._later else None

    def _show(self, message: StoredMessage, moment: float) -> None:
        message.visible_at = moment
        message.turn = next(self._turns)
        heapq.heappush(self._later, (moment, message.turn, message))

    def _remove(self, message: StoredMessage) -> None:
        del self._messages[message.message_id]
        self._by_handle.pop(message.receipt_handle, None)
        message.turn = -1

    def _bring_back(self, now: float) -> None:
        while self._later:
            moment, turn, message = self._later[0]
            if turn == message.turn:
                if moment > now:
                    return
                message.hidden = False
                self._ready.append(message)
            heapq.heappop(self._later)

    def _receivable(self, max_messages: int) -> list[StoredMessage]:
        if self._fifo:
            return self._receivable_in_order(max_messages, self._clock.now())
        messages: list[StoredMessage] = []
        while self._ready and len(messages) < max_messages:
            message = self._ready.popleft()
            if message.turn > 0 and not self._is_dead(message):
                messages.append(message)
        return messages

    def _receivable_in_order(self, max_messages: int, now: float) -> list[StoredMessage]:
        self._ready.clear()
        blocked = {one.group for one in self._messages.values() if one.hidden}
        messages: list[StoredMessage] = []
        for message in list(self._messages.values()):
            if len(messages) == max_messages:
                break
            if message.group in blocked or message.visible_at > now:
                continue
            if not self._is_dead(message):
                messages.append(message)
        return messages

    def _is_dead(self, message: StoredMessage) -> bool:
        """Move the message to the dead-letter queue if it was received too often."""
        if self._max_receive_count is None or message.receive_count < self._max_receive_count:
            return False
        self._remove(message)
        self.dead_letters.append(message)
        return True


def _as_message(stored: StoredMessage) -> Message:
    attributes = {"ApproximateReceiveCount": str(stored.receive_count), "SenderId": "sender"}
    if stored.group is not None:
        attributes["MessageGroupId"] = stored.group
    digest = hashlib.md5(stored.body.encode(), usedforsecurity=False).hexdigest()
    return Message(stored.message_id, stored.receipt_handle, stored.body, digest, attributes)


@dataclass
class SimulatedInvocation:
    """What the function got: the bodies of one batch, and when it began and ended."""

    request_id: str
    function_arn: str
    started_at: float
    records: list[dict[str, Any]]
    ended_at: float | None = None

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for record in self.records]

    @property
    def receive_counts(self) -> list[int]:
        return [int(one["attributes"]["ApproximateReceiveCount"]) for one in self.records]

    @property
    def groups(self) -> set[str]:
        return {one["attributes"]["MessageGroupId"] for one in self.records}


Answer = Callable[[SimulatedInvocation], Awaitable[Any]]


@dataclass
class SimulatedFunction:
    """A function whose answer a test decides: it returns a value, or raises.

    A test's exception becomes an unhandled error of the function, except Throttled, which means
    that the function did not run.
    """

    answer: Answer | None = None
    duration: float = 0.0
    invocations: list[SimulatedInvocation] = field(default_factory=list)
    attempts: list[float] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    @property
    def batches(self) -> list[list[str]]:
        return [invocation.bodies for invocation in self.invocations]

    @property
    def bodies(self) -> list[str]:
        """The bodies of all batches, one after the other."""
        return [body for invocation in self.invocations for body in invocation.bodies]

    @property
    def started_at(self) -> list[float]:
        return [invocation.started_at for invocation in self.invocations]

    @property
    def in_progress(self) -> int:
        return sum(invocation.ended_at is None for invocation in self.invocations)

    async def invoke(self, request: Invocation) -> InvocationResult:
        now = SimulatedClock().now()
        self.attempts.append(now)
        self.before()
        records = json.loads(request.payload)["Records"]
        invocation = SimulatedInvocation(
            request.request_id, request.invoked_function_arn, now, records
        )
        self.invocations.append(invocation)
        await asyncio.sleep(self.duration)
        try:
            value = await self.answer(invocation) if self.answer else None
        except Exception as error:
            return InvocationResult(json.dumps({"errorMessage": str(error)}).encode(), "Unhandled")
        finally:
            invocation.ended_at = SimulatedClock().now()
        return InvocationResult(json.dumps(value).encode())


class World:
    """A queue, a function and the mapping between them, which has been started."""

    def __init__(
        self,
        *,
        queue: SimulatedQueue | None = None,
        function: SimulatedFunction | None = None,
        fifo: bool = False,
        may_poll: Callable[[], bool] = lambda: True,
        **settings: Any,
    ) -> None:
        self.queue = queue or SimulatedQueue(fifo=fifo)
        self.function = function or SimulatedFunction()
        configuration = MappingConfiguration(
            queue_arn=FIFO_QUEUE_ARN if fifo else STANDARD_QUEUE_ARN,
            function_arn=FUNCTION_ARN,
            function_timeout_seconds=settings.pop("function_timeout_seconds", 3),
            **settings,
        )
        self.mapping = EventSourceMapping(
            configuration, self.queue, self.function.invoke, SimulatedClock(), may_poll=may_poll
        )
        self.queue.on_change = self.mapping.messages_may_be_there
        self.mapping.start()


def fail_on(*bodies: str) -> Answer:
    """Answer with an error when one of these messages is in the batch."""

    async def answer(invocation: SimulatedInvocation) -> None:
        if set(bodies) & set(invocation.bodies):
            raise ValueError(f"cannot deal with {bodies}")

    return answer


def report_failed(*bodies: str) -> Answer:
    """Answer that these messages of the batch failed, in a partial batch response."""

    async def answer(invocation: SimulatedInvocation) -> dict[str, Any]:
        failed: Sequence[dict[str, Any]] = [
            record for record in invocation.records if record["body"] in bodies
        ]
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}

    return answer
