"""Checks of S3, EventBridge, the schedule and SNS."""

from collections.abc import Mapping
from typing import Any

from comparison.checks.direct import same_root
from comparison.checks.kinds import examined, one_job, side_by_side, with_keys
from comparison.checks.observed import inside, key_names
from comparison.checks.policies import for_service
from comparison.checks.seen import Check, NotObserved, Seen
from comparison.path import Path


def object_key(seen: Seen, path: Path) -> object:
    """S3-03: an object's key, as the event has it."""
    event = seen.described("event", path)["event"]
    return {"key": inside(event, "Records", 0, "s3", "object", "key")}


def request_id_of_upload(seen: Seen, path: Path) -> object:
    """S3-05: whose request id the record has."""
    job = seen.only("event", path)
    described = seen.described("event", path)
    recorded = inside(described["event"], "Records", 0, "responseElements", "x-amz-request-id")
    if recorded is None:
        raise NotObserved("the record of the event has no request id")
    return {
        "is_the_uploads": recorded == described["headers"].get("x-amz-request-id"),
        "is_the_functions": recorded in {attempt.request_id for attempt in job.attempts},
    }


def event_of_rule(seen: Seen, path: Path) -> object:
    """EB-02: the event, and whose id it has."""
    job = seen.only("event", path)
    described = seen.described("event", path)
    event = described["event"]
    identifier = inside(event, "id")
    return {
        **described,
        "keys": key_names(event),
        "id_is_the_callers": identifier == inside(described, "details", "Entries", 0, "EventId"),
        "id_is_the_functions": identifier in {attempt.request_id for attempt in job.attempts},
    }


def permission_of_rule(seen: Seen, path: Path) -> object:
    """EB-09: the statement that lets EventBridge in for the path's rule."""
    arn = inside(seen.answer_of("rule-arns"), path)
    return for_service(seen.answer_of("function-policy"), "events.amazonaws.com", arn)


def event_of_schedule(seen: Seen, path: Path) -> object:
    """EB-14: the event of a schedule, as the record of the failed job holds it."""
    event = inside(seen.described("raise", path), "destination", "requestPayload")
    if event is None:
        raise NotObserved("the failed job of the schedule left no record")
    return {"event": event, "keys": key_names(event)}


def one_by_one(seen: Seen, path: Path) -> object:
    """EB-11, SN-03: how jobs that were sent at once are divided into invocations."""
    attempts = [job.attempts[0] for job in seen.of("five-at-once", path) if job.attempts]
    return {
        "request_ids": len({attempt.request_id for attempt in attempts}),
        "batch_sizes": [attempt.batch_size for attempt in attempts],
    }


def event_of_topic(seen: Seen, path: Path) -> object:
    """SN-02: the event, and whose id the message in it has."""
    described = seen.described("event", path)
    record = inside(described["event"], "Records", 0)
    published = inside(described, "details", "MessageId")
    return {
        **described,
        "keys": key_names(record),
        "sns_keys": key_names(inside(record, "Sns")),
        "message_id_is_the_publishers": published is not None
        and inside(record, "Sns", "MessageId") == published,
    }


def version_of_signature(seen: Seen, path: Path) -> object:
    """SN-05: the signature's version, while the topic itself uses another one."""
    event = inside(seen.described("no-concurrency", path), "destination", "requestPayload")
    if event is None:
        raise NotObserved("the message left no record in a destination")
    return {"SignatureVersion": inside(event, "Records", 0, "Sns", "SignatureVersion")}


def dead_letter_of_subscription(seen: Seen, path: Path) -> object:
    """SN-09: a message that SNS could not deliver."""
    job = seen.described("no-permission", path)
    attributes = inside(job, "dead_letter", "attributes")
    return {**job, "attribute_names": key_names(attributes)}


def two_dead_letter_queues(seen: Seen, path: Path) -> object:
    """SN-10: where a failed run ends, and where a failed delivery."""
    return {
        "run_failed": seen.described("raise", path)["endings"],
        "delivery_failed": seen.described("no-permission", path)["endings"],
    }


def permission_of(service: str) -> Check:
    """Return the check that reads the statement that lets a service in."""

    def check(seen: Seen, path: Path) -> Mapping[str, Any]:
        del path  # the service names it
        return for_service(seen.answer_of("function-policy"), service)

    return check


TRIGGERS_CHECKS: Mapping[str, Check] = {
    "S3-01": side_by_side(failed="raise", answered="answer"),
    "S3-02": with_keys("event", "event", "Records", 0),
    "S3-03": object_key,
    "S3-04": one_job("event"),
    "S3-05": request_id_of_upload,
    "S3-06": examined("bucket-notifications", "no_such_function"),
    "S3-10": one_job("no-concurrency"),
    "S3-11": permission_of("s3.amazonaws.com"),
    "S3-12": same_root("traced-trigger"),
    "S3-13": examined("bucket-notifications", "overlapping"),
    "EB-02": event_of_rule,
    "EB-05": one_job("no-permission"),
    "EB-06": with_keys("no-permission", "dead_letter", "body"),
    "EB-07": one_job("unknown-bus"),
    "EB-08": one_job("no-concurrency"),
    "EB-09": permission_of_rule,
    "EB-10": one_job("large-detail"),
    "EB-11": one_by_one,
    "EB-12": same_root("traced-trigger"),
    "EB-13": examined("schedule-on-custom-bus"),
    "EB-14": event_of_schedule,
    "SN-01": side_by_side(failed="raise", answered="answer"),
    "SN-02": event_of_topic,
    "SN-03": one_by_one,
    "SN-04": examined("raw-message-delivery"),
    "SN-05": version_of_signature,
    "SN-06": examined("subscription"),
    "SN-09": dead_letter_of_subscription,
    "SN-10": two_dead_letter_queues,
    "SN-11": one_job("no-concurrency"),
    "SN-12": permission_of("sns.amazonaws.com"),
    "SN-15": side_by_side(below="large-message", above="too-large-message"),
    "SN-16": same_root("traced-trigger"),
}
