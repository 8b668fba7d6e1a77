"""What becomes of the messages of a batch by what the function returned for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from comparison.checks.batching import alone, batches_of
from comparison.checks.observed import describe
from comparison.checks.seen import NotObserved, Seen
from comparison.observation import JobObservation
from comparison.path import Path
from comparison.scenarios.batches import BAD_MESSAGE
from comparison.scenarios.queues import ALL_FAILED, ALL_SUCCEEDED, IGNORED


def fate(job: JobObservation, seen: Seen) -> dict[str, Any]:
    """Return how often a message was tried and where it ended."""
    observed = describe(job, seen.target)
    return {"attempts": observed["attempts"], "endings": observed["endings"]}


def reported_failure(seen: Seen, path: Path) -> object:
    """Observe a batch of which the function reports one message as failed (QS-40)."""
    jobs = seen.of("bad-message", path)
    reported = jobs[BAD_MESSAGE]
    if any(len(batch.members) != batch.size for batch in batches_of(jobs)):
        raise NotObserved("the bad message shared its batch with messages of other scenarios")
    if not reported.attempts or reported.attempts[0].batch_size == 1:
        raise NotObserved("the bad message was alone in its batch")
    others = [fate(job, seen) for job in jobs if job is not reported]
    return {"reported": fate(reported, seen), "others": others}


def total_failures(seen: Seen, path: Path) -> object:
    """Observe the answers by which everything has failed (QS-42)."""
    return _fates(seen, ALL_FAILED, seen.of("all-failed", path))


def total_successes(seen: Seen, path: Path) -> object:
    """Observe the answers by which everything has succeeded (QS-41)."""
    return _fates(seen, ALL_SUCCEEDED, seen.of("all-succeeded", path))


def empty_item(seen: Seen, path: Path) -> object:
    """Observe the answer that reports a failure of nothing in particular (QS-43)."""
    return fate(alone(seen.only("empty-item", path)), seen)


def ignored_values(seen: Seen, path: Path) -> object:
    """Observe return values where failures are not reported item by item (QS-34)."""
    return _fates(seen, IGNORED, seen.of("ignored-answers", path))


def ignored_report(seen: Seen, path: Path) -> object:
    """Observe a reported failure where failures are not reported item by item (QS-44)."""
    return _fates(seen, IGNORED, seen.of("ignored-answers", path))["reported"]


def _fates(
    seen: Seen, answers: Mapping[str, object], jobs: Iterable[JobObservation]
) -> dict[str, Any]:
    """Return what became of each message by the answer that the function gave to it alone."""
    return {answer: fate(alone(job), seen) for answer, job in zip(answers, jobs, strict=True)}
