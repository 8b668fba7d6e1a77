"""An event source mapping between an SQS queue and a function: what polls the queue.

Nobody sends messages to the function. Lambda polls the queue, gathers messages into a batch,
invokes the function synchronously with it, and deletes what the function dealt with (QS-01). One
mapping here is one loop over four steps:

1. Wait until fewer batches are in work than the mapping may have (five at first for a standard
   queue, or MaximumConcurrency). Until then messages simply stay in the queue (QS-51).
2. Receive what is visible, at most ten messages at a time. What the filters do not let through is
   deleted at once and never seen again (QS-54).
3. Gather until the batch fires (`batching`).
4. Hand the batch over (`batch_processing`) and go on with the next one, without waiting for it.

What differs from AWS: several pollers gather there, each on its own, so that batches are often
smaller than they could be (QS-24), while the one loop here gathers the largest batches that AWS
could have. A quiet queue may wait up to 20 s whatever its window (QS-22), here the window is kept.
And pollers neither multiply under load nor slow down after errors here (QS-38, QS-50).

Order in a FIFO queue: at most one batch with messages of a group is in work at any time. The queue
sees to that as long as the messages are hidden; the loop sees to it for messages that it holds
already. A message of a group that just failed is given back instead of overtaking the failed one.

A message that was taken is never lost: when the mapping is disabled, deleted or updated, what has
been gathered so far is invoked at once. A batch that waits because of throttling is given back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from emulator.engine.batch_processing import BatchProcessor, Invoke, ReceivedMessage
from emulator.engine.batching import Batch
from emulator.engine.clock import Clock
from emulator.engine.event_filter import passes_filters
from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.sqs_event import Message, encode_record, sqs_record
from emulator.engine.sqs_queue import Queue

LONG_POLL_SECONDS = 20.0
"""The longest wait for messages: that of a long poll, WaitTimeSeconds of ReceiveMessage."""

RETRY_POLLING_SECONDS = 1.0
"""The wait before polling again after the role was not allowed to, or receiving failed."""

MESSAGES_PER_RECEIVE = 10
"""The most that SQS gives at once, MaxNumberOfMessages of ReceiveMessage."""

_logger = logging.getLogger(__name__)


class EventSourceMapping:
    """Polls one queue for one function, from `start` until `stop`.

    may_poll says whether the function's execution role may use the queue now (QS-60); it is asked
    before each receive, and a mapping that may not poll stays as it is and asks again (QS-63).
    All methods are called on the event loop's thread.
    """

    def __init__(
        self,
        configuration: MappingConfiguration,
        queue: Queue,
        invoke: Invoke,
        clock: Clock,
        *,
        may_poll: Callable[[], bool] = lambda: True,
        messages_per_receive: int = MESSAGES_PER_RECEIVE,
    ) -> None:
        self._configuration = configuration
        self._queue = queue
        self._clock = clock
        self._may_poll = may_poll
        self._messages_per_receive = messages_per_receive

        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._processor = BatchProcessor(queue, invoke, clock, self._stopping)
        self._poller: asyncio.Task[None] | None = None

        self._in_hand: deque[ReceivedMessage] = deque()
        self._batch: Batch[ReceivedMessage] = Batch(configuration.batch_limits)
        self._in_work: set[asyncio.Task[None]] = set()
        self._groups_in_work: set[str] = set()
        self._poll_again_at = 0.0

    @property
    def configuration(self) -> MappingConfiguration:
        """The settings that the next batch is gathered with."""
        return self._configuration

    def start(self) -> None:
        """Begin to poll. Raises RuntimeError when the mapping polls, or `stop` has not returned."""
        if self._poller is not None:
            raise RuntimeError("The event source mapping was started already: stop it first.")
        self._stopping.clear()
        self._poller = asyncio.create_task(self._poll())

    def messages_may_be_there(self) -> None:
        """Say that messages of the queue may have become receivable."""
        self._changed.set()

    def update(self, configuration: MappingConfiguration) -> None:
        """Poll with new settings from now on; what is gathered is invoked with the old ones."""
        if not self._batch.is_empty:
            self._hand_over()
        self._configuration = configuration
        self._batch = Batch(configuration.batch_limits)
        self._changed.set()

    async def stop(self) -> None:
        """Take no more messages, and return once those that were taken are settled."""
        self._stopping.set()
        self._changed.set()
        if self._poller is not None:
            await asyncio.wait([self._poller])
        self._poller = None

    async def close(self) -> None:
        """Break off everything, as when the emulator ends."""
        tasks = [*self._in_work, *([self._poller] if self._poller else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self) -> None:
        while not self._stopping.is_set() or self._holds_messages():
            self._changed.clear()
            if await self._advance():
                await asyncio.sleep(0)
            else:
                await self._wait_for_change()
                self._let_go_of_visible_messages()

    def _holds_messages(self) -> bool:
        return bool(self._in_hand or self._in_work) or not self._batch.is_empty

    async def _advance(self) -> bool:
        """Take the next step. Returns False when there is nothing to do but wait."""
        if not self._has_free_slot():
            return False
        self._gather()
        room = self._batch.room(self._clock.now())
        if room > 0 and await self._receive(room):
            return True
        if not self._batch_fires():
            return False
        self._hand_over()
        return True

    def _has_free_slot(self) -> bool:
        limit = self._configuration.concurrent_batches
        return limit is None or len(self._in_work) < limit

    async def _receive(self, room: int) -> bool:
        """Receive messages into hand, without those that the filters hold back."""
        now = self._clock.now()
        if self._stopping.is_set() or now < self._poll_again_at:
            return False
        try:
            if not self._may_poll():
                self._poll_again_at = now + RETRY_POLLING_SECONDS
                return False
            hidden_for = self._configuration.receive_visibility_timeout(
                self._queue.visibility_timeout_seconds
            )
            messages = await self._queue.receive(min(room, self._messages_per_receive), hidden_for)
            await self._take(messages, now, now + hidden_for)
        except Exception as error:  # a queue that is gone must not end the mapping
            _logger.warning("%s could not be polled: %r", self._configuration.queue_arn, error)
            self._poll_again_at = now + RETRY_POLLING_SECONDS
            return False
        return bool(messages)

    async def _take(
        self, messages: Iterable[Message], received_at: float, hidden_until: float
    ) -> None:
        filtered_out = []
        for message in messages:
            record = sqs_record(
                message,
                self._configuration.queue_arn,
                with_batching_window=self._configuration.batching_window_seconds > 0,
            )
            if passes_filters(record, self._configuration.filters):
                encoded = encode_record(record)
                self._in_hand.append(ReceivedMessage(message, encoded, received_at, hidden_until))
            else:
                filtered_out.append(message.receipt_handle)
        if filtered_out:
            await self._queue.delete(filtered_out)

    def _gather(self) -> None:
        """Move messages from hand into the batch, in order, as far as they may go there now."""
        waiting: list[ReceivedMessage] = []
        while self._in_hand:
            message = self._in_hand.popleft()
            if self._is_blocked(message):
                waiting.append(message)
            elif not self._batch.add(message, len(message.record), message.received_at):
                waiting.append(message)
                break
        self._in_hand.extendleft(reversed(waiting))

    def _is_blocked(self, message: ReceivedMessage) -> bool:
        return message.group in self._groups_in_work

    def _batch_fires(self) -> bool:
        if self._batch.is_empty:
            return False
        return self._stopping.is_set() or self._batch.due(self._clock.now()) is not None

    def _hand_over(self) -> None:
        """Let the batch be worked on, and begin the next one."""
        batch = self._batch.messages
        groups = self._ordered_groups(batch)
        self._batch = Batch(self._configuration.batch_limits)
        self._groups_in_work |= groups
        task = asyncio.create_task(self._work_on(batch, self._configuration))
        self._in_work.add(task)
        task.add_done_callback(partial(self._work_ended, groups))

    def _ordered_groups(self, messages: Iterable[ReceivedMessage]) -> set[str]:
        if not self._configuration.is_fifo:
            return set()
        return {message.group for message in messages if message.group is not None}

    async def _work_on(
        self, batch: tuple[ReceivedMessage, ...], configuration: MappingConfiguration
    ) -> None:
        failed = await self._processor.process(batch, configuration)
        try:
            await self._give_back_groups(self._ordered_groups(failed))
        except Exception as error:  # they come back by themselves a little later
            _logger.warning("%s: messages were not given back: %r", configuration.queue_arn, error)

    def _work_ended(self, groups: set[str], task: asyncio.Task[None]) -> None:
        self._in_work.discard(task)
        self._groups_in_work -= groups
        self._changed.set()

    async def _give_back_groups(self, groups: set[str]) -> None:
        """Make the messages in hand of these groups visible again, so that none overtakes."""
        given_back = [one for one in self._in_hand if one.group in groups]
        if given_back:
            self._in_hand = deque(one for one in self._in_hand if one.group not in groups)
            await self._queue.make_visible([one.message.receipt_handle for one in given_back])

    def _let_go_of_visible_messages(self) -> None:
        """Forget messages that waited in hand until the queue gives them out again."""
        now = self._clock.now()
        self._in_hand = deque(message for message in self._in_hand if message.hidden_until > now)

    async def _wait_for_change(self) -> None:
        now = self._clock.now()
        seconds = min(time - now for time in self._next_occasions(now))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _next_occasions(self, now: float) -> list[float]:
        """Return the times at which there may be something to do, though nobody says so."""
        occasions = [now + LONG_POLL_SECONDS]
        if self._has_free_slot():
            times = (self._batch.window_end, self._poll_again_at, self._queue.next_visible_at())
            occasions += [time for time in times if time is not None and time > now]
        return occasions
