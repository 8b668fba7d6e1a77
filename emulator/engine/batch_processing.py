"""What becomes of one batch: the function is invoked with it, and its messages are settled.

A message is settled in one of two ways. It is deleted, when the function dealt with it. Or it is
left alone: it stays hidden until its visibility timeout is over, and is then received once more,
with a higher receive count, or moved to the dead-letter queue by the queue's redrive policy.
Nothing else retries it: no schedule of Lambda's own, no destination (QS-06, QS-30, QS-32).

- The function returned: the batch is deleted, without the messages that it reported as failed if
  the mapping has ReportBatchItemFailures (QS-34, QS-40).
- The function failed (it raised, timed out, exited): everything is left alone (QS-30).
- The function was throttled: it did not run. Lambda tries again, at growing distances, until the
  visibility timeout is over; then the messages come back although nobody saw them (QS-35). Lambda
  Developer Guide, "Handling errors for an SQS event source in Lambda"; AWS does not say how long
  the distances are.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from emulator.engine.clock import Clock
from emulator.engine.invocation import Invocation, InvocationResult, Throttled
from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.partial_batch_response import failed_message_ids
from emulator.engine.sqs_event import Message, encode_event
from emulator.engine.sqs_queue import Queue

FIRST_THROTTLE_DELAY_SECONDS = 0.1
LONGEST_THROTTLE_DELAY_SECONDS = 1.0

Invoke = Callable[[Invocation], Awaitable[InvocationResult]]
"""Invokes a function synchronously; raises Throttled when it may not run now."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReceivedMessage:
    """A message in the mapping's hands.

    record is its element of the event, as JSON; received_at and hidden_until are times of the
    clock: until then the queue gives the message to nobody else.
    """

    message: Message
    record: bytes
    received_at: float
    hidden_until: float

    @property
    def group(self) -> str | None:
        """The message group it belongs to, if any."""
        return self.message.attributes.get("MessageGroupId")


class BatchProcessor:
    """Invokes the function with a batch and settles the batch's messages."""

    def __init__(self, queue: Queue, invoke: Invoke, clock: Clock, stopping: asyncio.Event) -> None:
        self._queue = queue
        self._invoke = invoke
        self._clock = clock
        self._stopping = stopping

    async def process(
        self, batch: Sequence[ReceivedMessage], configuration: MappingConfiguration
    ) -> list[ReceivedMessage]:
        """Invoke the function once and return the messages that it did not deal with.

        Never raises: whatever goes wrong, the visibility timeout brings the messages back.
        """
        try:
            failed = await self._failed(batch, configuration)
            done = [one for one in batch if one.message.message_id not in failed]
            if done:
                await self._queue.delete([one.message.receipt_handle for one in done])
        except Exception as error:  # the messages must come back, and the mapping go on
            _logger.warning("%s: a batch was not settled: %r", configuration.queue_arn, error)
            return list(batch)
        return [one for one in batch if one.message.message_id in failed]

    async def _failed(
        self, batch: Sequence[ReceivedMessage], configuration: MappingConfiguration
    ) -> frozenset[str]:
        ids = frozenset(one.message.message_id for one in batch)
        invocation = Invocation(
            request_id=str(uuid.uuid4()),
            payload=encode_event(one.record for one in batch),
            invoked_function_arn=configuration.function_arn,
        )
        result = await self._invoke_while_hidden(invocation, batch)
        if result is None or result.function_error is not None:
            return ids
        if configuration.report_batch_item_failures:
            return failed_message_ids(result.payload, ids)
        return frozenset()

    async def _invoke_while_hidden(
        self, invocation: Invocation, batch: Sequence[ReceivedMessage]
    ) -> InvocationResult | None:
        hidden_until = min(one.hidden_until for one in batch)
        for delay in _throttle_delays():
            with suppress(Throttled):
                return await self._invoke(invocation)
            if self._clock.now() + delay >= hidden_until:
                break
            if await self._stopped_within(delay):
                await self._queue.make_visible([one.message.receipt_handle for one in batch])
                break
        return None

    async def _stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()


def _throttle_delays() -> Iterator[float]:
    delay = FIRST_THROTTLE_DELAY_SECONDS
    while True:
        yield delay
        delay = min(2 * delay, LONGEST_THROTTLE_DELAY_SECONDS)
