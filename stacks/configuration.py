"""What the stacks configure in seconds and counts, shared with the harness.

Imports nothing of the CDK, so that the harness can read it without starting Node.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stacks.naming import Alias, QueueName

FUNCTION_TIMEOUT_SECONDS = 6
SHORT_INTEGRATION_TIMEOUT_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class AsynchronousInvocation:
    """How Lambda treats an asynchronous event that fails."""

    maximum_retry_attempts: int = 2
    maximum_event_age_seconds: int | None = None
    """None: Lambda's own default, six hours."""


LATEST_VERSION = AsynchronousInvocation()
"""Asynchronous configuration of the function itself (`$LATEST`)."""

ALIASES: Mapping[Alias, AsynchronousInvocation] = MappingProxyType(
    {
        Alias.NO_RETRY: AsynchronousInvocation(maximum_retry_attempts=0),
        Alias.AGE_60: AsynchronousInvocation(maximum_event_age_seconds=60),
        Alias.AGE_90: AsynchronousInvocation(maximum_event_age_seconds=90),
    }
)


@dataclass(frozen=True, kw_only=True)
class PolledQueue:
    """A queue and its event source mapping.

    Lambda refuses a visibility timeout that is shorter than the function's timeout.
    """

    visibility_timeout_seconds: int = FUNCTION_TIMEOUT_SECONDS
    max_receive_count: int = 3
    batch_size: int = 10
    batching_window_seconds: int | None = None
    report_batch_item_failures: bool = True
    maximum_concurrency: int | None = None
    fifo: bool = False
    filter_body: Mapping[str, list[str]] | None = None
    """Event pattern on the JSON body; a message that does not match is deleted unseen."""


_WINDOW_SECONDS = 5

QUEUES: Mapping[QueueName, PolledQueue] = MappingProxyType(
    {
        # The shape AWS recommends for production: visibility timeout at least six times the
        # function's timeout plus the window, and at least five receives (QS-36).
        QueueName.WINDOWED: PolledQueue(
            visibility_timeout_seconds=6 * FUNCTION_TIMEOUT_SECONDS + _WINDOW_SECONDS,
            max_receive_count=5,
            batching_window_seconds=_WINDOW_SECONDS,
            # The smallest AWS accepts: a backlog never takes the ten concurrent executions that
            # are all a new account has.
            maximum_concurrency=2,
        ),
        # Shortest visibility timeout: retries and redrive can be watched within half a minute.
        QueueName.PROMPT: PolledQueue(),
        QueueName.WHOLE_BATCH: PolledQueue(report_batch_item_failures=False),
        QueueName.FIFO: PolledQueue(fifo=True),
        QueueName.FILTERED: PolledQueue(filter_body={"do": ["echo"]}),
    }
)
