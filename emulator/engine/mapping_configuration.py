"""The settings of one event source mapping between an SQS queue and a function."""

from dataclasses import dataclass

from emulator.engine.batching import BatchLimits
from emulator.engine.event_filter import FilterPattern

CONCURRENT_BATCHES_AT_START = 5
"""Batches of a standard queue that Lambda has in work at once before it scales up (QS-50)."""

_VISIBILITY_RESERVE_SECONDS = 30


@dataclass(frozen=True)
class MappingConfiguration:
    """What a mapping was created or updated with.

    function_arn carries the qualifier that the mapping was given, if any; function_timeout_seconds
    is that function's Timeout. maximum_concurrency None means that it is not limited.
    """

    queue_arn: str
    function_arn: str
    function_timeout_seconds: int
    batch_size: int = 10
    batching_window_seconds: int = 0
    report_batch_item_failures: bool = False
    maximum_concurrency: int | None = None
    filters: tuple[FilterPattern, ...] = ()

    @property
    def is_fifo(self) -> bool:
        """Whether the queue keeps the order of its message groups."""
        return self.queue_arn.endswith(".fifo")

    @property
    def batch_limits(self) -> BatchLimits:
        """What bounds one batch."""
        return BatchLimits(self.batch_size, self.batching_window_seconds)

    @property
    def concurrent_batches(self) -> int | None:
        """How many batches may be in work at once; None for as many as there are message groups.

        A FIFO queue has at most one batch per message group in work (QS-53). A standard queue
        starts with five; Lambda's growth by 300 a minute up to 1,250 (QS-50) is left out, because
        one machine has no use for that many execution environments.
        """
        if self.maximum_concurrency is not None:
            return self.maximum_concurrency
        return None if self.is_fifo else CONCURRENT_BATCHES_AT_START

    def receive_visibility_timeout(self, queue_visibility_timeout: int) -> int:
        """Seconds for which messages are hidden once this mapping has received them.

        That is the queue's own visibility timeout. When the batching window and the function's
        timeout together exceed it, Lambda hides the messages for both plus 30 s (QS-37: Lambda
        Developer Guide, "Creating and configuring an Amazon SQS event source mapping").
        """
        needed = self.batching_window_seconds + self.function_timeout_seconds
        if self.batching_window_seconds > 0 and needed > queue_visibility_timeout:
            return needed + _VISIBILITY_RESERVE_SECONDS
        return queue_visibility_timeout
