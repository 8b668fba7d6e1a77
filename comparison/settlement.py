"""When a job is over, and how long that may take: rules, not waits."""

from dataclasses import replace

from comparison.deployed import Deployed
from comparison.observation import Attempt, Ending, JobObservation, Place, Sending
from comparison.path import InvocationType, Path

RETRY_WAITS = (60, 120)
"""Seconds on AWS between the attempts at an asynchronous event (AS-06)."""

LAST_PLACES = frozenset(
    {
        Place.ON_SUCCESS,
        Place.RULE_DEAD_LETTER_QUEUE,
        Place.SUBSCRIPTION_DEAD_LETTER_QUEUE,
        Place.DEAD_LETTER_QUEUE,
        Place.DELETED,
    }
)
"""A job that is seen in one of these is over."""

FAILURE_PLACES = frozenset({Place.ON_FAILURE, Place.FUNCTION_DEAD_LETTER_QUEUE})
"""A failed asynchronous event gets to both, because the stack configures both (AS-25)."""

LONGEST_WORK = 10.0
"""Seconds beyond the function's timeout in which an environment starts and a job is noted."""

SCHEDULE_WAIT = 130.0
"""Seconds until a schedule of one minute has surely fired once after it was enabled (EB-14)."""


def is_over(observation: JobObservation, function_timeout: float, now: float) -> bool:
    """Whether nothing more is expected to happen to a job."""
    if observation.caller is None:
        return False
    places = {ending.where for ending in observation.endings}
    if places & LAST_PLACES or places >= FAILURE_PLACES:
        return True
    limit = observation.sending.watched_for
    if limit is not None and now > observation.caller.sent_at + limit:
        return True
    if observation.sending.path.invocation_type is InvocationType.SYNCHRONOUS:
        return all(is_done(attempt, function_timeout, now) for attempt in observation.attempts)
    return is_refused(observation)


def is_done(attempt: Attempt, function_timeout: float, now: float) -> bool:
    """Whether an attempt has finished, or can no longer be running."""
    return attempt.finished_at is not None or now > attempt.started_at + function_timeout + 1


def is_refused(observation: JobObservation) -> bool:
    """Whether the caller was told that the job was not accepted."""
    caller = observation.caller
    return caller is not None and (caller.error is not None or (caller.status or 0) >= 400)  # noqa: PLR2004 - HTTP


def with_caller_as_end(job: JobObservation) -> JobObservation:
    """Return the job with its end at the caller, when it ends there or gets no further.

    A synchronous job ends with its caller, and so does one that was refused. One that was watched
    for as long as it should be, and of which nothing was seen, was discarded after its acceptance.
    """
    caller = job.caller
    if caller is None:
        return job
    answered_at = caller.sent_at + caller.seconds
    if job.sending.path.invocation_type is InvocationType.SYNCHRONOUS or is_refused(job):
        return replace(job, endings=(Ending(Place.CALLER, answered_at), *job.endings))
    if job.sending.watched_for is not None and not job.endings and not job.attempts:
        return replace(job, endings=(Ending(Place.DISCARDED, answered_at),))
    return job


def patience(sending: Sending, deployed: Deployed) -> float:
    """Seconds after the sending in which its job must be over on this target."""
    if sending.watched_for is not None:
        return sending.watched_for + LONGEST_WORK
    target, work = deployed.target, deployed.function_timeout + LONGEST_WORK
    match sending.path.invocation_type:
        case InvocationType.SYNCHRONOUS:
            return 60 + work
        case InvocationType.ASYNCHRONOUS:
            attempts = len(RETRY_WAITS) + 1
            waits = target.lambda_wait(sum(RETRY_WAITS)) * 1.5
            start = SCHEDULE_WAIT if sending.path is Path.SCHEDULE else 0
            return start + waits + attempts * work + target.settling
        case InvocationType.POLL_BASED:
            queue = deployed.queues[sending.queue]
            return queue.until_dead_letter + queue.max_receive_count * work + target.settling
