"""Checks of SQS."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from comparison.checks.batching import (
    alone,
    delay_without_window,
    division,
    when_batches_fire,
    window_of_few_messages,
)
from comparison.checks.fifo import order_after_failure, order_in_group
from comparison.checks.kinds import examined, one_job, side_by_side
from comparison.checks.observed import describe, inside, key_names
from comparison.checks.partial_batch_responses import (
    empty_item,
    fate,
    ignored_report,
    ignored_values,
    reported_failure,
    total_failures,
    total_successes,
)
from comparison.checks.policies import allowed_on_all
from comparison.checks.seen import Check, NotObserved, Seen
from comparison.observation import JobObservation, Place
from comparison.path import Path
from comparison.scenarios.queues import ALL_FAILED, FILTERED, TRACE_HEADER


def _retried(scenario: str, seen: Seen, path: Path) -> object:
    """Observe when the one job of a scenario was tried, alone in its batches (QS-30, QS-39)."""
    job = alone(seen.only(scenario, path))
    sent_at = job.caller.sent_at if job.caller else 0
    retried_after = [attempt.started_at - sent_at for attempt in job.attempts[1:]]
    return {**describe(job, seen.target), "retried_after": retried_after}


def _record(job: JobObservation) -> Mapping[str, Any]:
    """Return the record that carried a job, as the function received it."""
    events = [attempt.event for attempt in job.attempts]
    records: Sequence[Mapping[str, Any]] = inside(events, 0, "Records") or []
    for record in records:
        if job.sending.job in record.get("body", ""):
            return record
    raise NotObserved(f"the message of {job.sending.scenario} did not arrive")


def _event(seen: Seen, path: Path) -> object:
    """Observe the record of a message (QS-10)."""
    job = seen.only("attributes", path)
    record = _record(job)
    sent = job.caller.details.get("MessageId") if job.caller else None
    return {
        "keys": sorted(set(key_names(record)) - {"md5OfMessageAttributes"}),
        "record": record,
        "message_id_is_the_senders": record.get("messageId") == sent,
    }


def _trace_header(seen: Seen, path: Path) -> object:
    """Observe whether the sender's trace header is in the record (QS-61)."""
    record = _record(seen.only("attributes", path))
    header = inside(record, "attributes", "AWSTraceHeader")
    return {"header_in_record": header == TRACE_HEADER}


def _dead_letter(seen: Seen, path: Path) -> object:
    """Observe a message in the queue's dead-letter queue (QS-33)."""
    job = dict(zip(ALL_FAILED, seen.of("all-failed", path), strict=True))["exception"]
    ending = job.ending(Place.DEAD_LETTER_QUEUE)
    if ending is None or job.caller is None:
        raise NotObserved("the message with attributes did not get into the dead-letter queue")
    return {
        "same_message_id": ending.message_id == job.caller.details.get("MessageId"),
        "same_body": ending.record == job.sending.document(),
        "attribute_names": sorted(ending.attributes),
    }


def _filter(seen: Seen, path: Path) -> object:
    """Observe a message that a filter lets pass and two that it does not (QS-54)."""
    jobs = seen.of("filter", path)
    return {label: fate(job, seen) for label, job in zip(FILTERED, jobs, strict=True)}


def _permissions(seen: Seen, path: Path) -> object:
    """Observe whether the queue may use the function, or the role the queue (QS-60)."""
    del path  # the queue is looked at, not a job
    queue_arn = seen.answer_of("polling-mapping")["EventSourceArn"]
    services = [inside(one, "Principal", "Service") for one in seen.answer_of("function-policy")]
    return {
        "statements_for_service": services.count("sqs.amazonaws.com"),
        "role_allows": allowed_on_all(seen.answer_of("role-policies"), [queue_arn], "sqs"),
    }


QUEUES_CHECKS: Mapping[str, Check] = {
    "QS-01": side_by_side(failed="raise", answered="answer"),
    "QS-02": examined("default-mapping"),
    "QS-03": examined("large-batch-without-window"),
    "QS-04": examined("window-for-fifo"),
    "QS-05": examined("wrong-mappings"),
    "QS-06": side_by_side(failed="raise", answered="answer"),
    "QS-07": examined("short-visibility-timeout"),
    "QS-10": _event,
    "QS-11": partial(division, "burst"),
    "QS-12": one_job("raise"),
    "QS-20": when_batches_fire,
    "QS-21": delay_without_window,
    "QS-22": window_of_few_messages,
    "QS-23": partial(division, "overflow"),
    "QS-25": partial(division, "large-messages"),
    "QS-30": partial(_retried, "fail-once"),
    "QS-31": one_job("raise"),
    "QS-32": one_job("raise"),
    "QS-33": _dead_letter,
    "QS-34": ignored_values,
    "QS-35": one_job("no-concurrency"),
    "QS-36": examined("recommended-queue"),
    "QS-39": partial(_retried, "batch-time-out"),
    "QS-40": reported_failure,
    "QS-41": total_successes,
    "QS-42": total_failures,
    "QS-43": empty_item,
    "QS-44": ignored_report,
    "QS-45": order_after_failure,
    "QS-51": examined("maximum-concurrency-of-1"),
    "QS-53": order_in_group,
    "QS-54": _filter,
    "QS-60": _permissions,
    "QS-61": _trace_header,
    "QS-63": examined("polling-mapping"),
}
