"""What a batch is: when Lambda hands messages over, and how many together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

from comparison.checks.seen import NotObserved, Seen
from comparison.observation import Attempt, JobObservation
from comparison.path import Path
from comparison.scenarios.batches import LARGE_BATCH
from stacks.configuration import QUEUES
from stacks.naming import QueueName

BATCH_SIZE = QUEUES[QueueName.WINDOWED].batch_size


@dataclass(frozen=True)
class Batch:
    """What one invocation got: attempts at jobs of a run, in the order of their start.

    size is the number of records in the event, which may have others than the run's.
    """

    members: tuple[tuple[JobObservation, Attempt], ...]

    @property
    def size(self) -> int:
        """How many records the event had."""
        return self.members[0][1].batch_size

    @property
    def started_at(self) -> float:
        """When the function started on the first of them, in seconds since 1970."""
        return self.members[0][1].started_at

    @property
    def wait(self) -> float | None:
        """Seconds from the sending of the oldest message to the start of the invocation.

        None when the batch has messages of which that is not known.
        """
        sent = [job.caller.sent_at for job, _ in self.members if job.caller is not None]
        return self.started_at - min(sent) if len(sent) == self.size else None

    def messages_of(self, scenario: str) -> int:
        """Count its messages of a scenario."""
        return sum(job.sending.scenario == scenario for job, _ in self.members)

    @property
    def is_full(self) -> bool:
        """Whether it could have taken no more messages, though its window had not ended."""
        large = self.messages_of("large-messages")
        return self.size >= BATCH_SIZE or large >= LARGE_BATCH


def batches_of(jobs: Iterable[JobObservation]) -> list[Batch]:
    """Return the invocations that got these jobs, in the order of their start."""
    by_request: dict[str, list[tuple[JobObservation, Attempt]]] = {}
    for job in jobs:
        for attempt in job.attempts:
            by_request.setdefault(attempt.request_id, []).append((job, attempt))
    batches = [
        Batch(tuple(sorted(members, key=lambda member: member[1].started_at)))
        for members in by_request.values()
    ]
    return sorted(batches, key=lambda batch: batch.started_at)


def alone(job: JobObservation) -> JobObservation:
    """Return the job itself. Raises NotObserved when it shared a batch at any attempt."""
    if any(attempt.batch_size > 1 for attempt in job.attempts):
        raise NotObserved(f"the message of {job.sending.scenario} shared a batch")
    return job


def division(scenario: str, seen: Seen, path: Path) -> object:
    """Observe how the messages of a scenario were divided into batches (QS-11, QS-23, QS-25)."""
    jobs = seen.of(scenario, path)
    batches = batches_of(jobs)
    return {
        "records": sum(1 for job in jobs if job.attempts),
        "invocations": len(batches),
        "largest_batch": max((batch.size for batch in batches), default=0),
    }


def when_batches_fire(seen: Seen, path: Path) -> object:
    """Observe a batch that is full and one that waits for its window to end (QS-20)."""
    batches = _batches(seen, path, QueueName.WINDOWED)
    full = [batch for batch in batches if batch.size >= BATCH_SIZE]
    waits = _known_waits(full, f"no invocation got {BATCH_SIZE} messages")
    return {
        "full_batch": {"delay": min(waits)},
        "batch_that_is_not_full": {"delay": _window(seen, path)},
    }


def delay_without_window(seen: Seen, path: Path) -> object:
    """Observe how soon messages were handed over (QS-21)."""
    seen.only("answer", path)
    batches = _batches(seen, path, QueueName.PROMPT)
    return {"delay": median(_known_waits(batches, "no message arrived"))}


def window_of_few_messages(seen: Seen, path: Path) -> object:
    """Observe how long a batch waited that a window had to close (QS-22)."""
    return {"delay": _window(seen, path)}


def _window(seen: Seen, path: Path) -> float:
    """Return the wait of the trickle's first batch, if nothing but its window closed it."""
    seen.only("trickle", path)
    batches = _batches(seen, path, QueueName.WINDOWED)
    first = [batch for batch in batches if batch.messages_of("trickle")][:1]
    if any(batch.is_full for batch in first):
        raise NotObserved("the batch of the trickle was full before its window ended")
    return _known_waits(first, "the trickle did not arrive in a batch of its own")[0]


def _known_waits(batches: Iterable[Batch], otherwise: str) -> list[float]:
    """Return how long batches waited. Raises NotObserved when that is known of none."""
    waits = [batch.wait for batch in batches if batch.wait is not None]
    if not waits:
        raise NotObserved(otherwise)
    return waits


def _batches(seen: Seen, path: Path, queue: QueueName) -> list[Batch]:
    """Return the batches of a queue; of messages that came again, the first time counts."""
    jobs = [job for job in seen.jobs if job.sending.path is path and job.sending.queue is queue]
    seen.refuse_cut_short(jobs)
    return batches_of(replace(job, attempts=job.attempts[:1]) for job in jobs)
