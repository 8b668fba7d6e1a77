"""S3 event notifications to functions.

S3 invokes asynchronously (S3-01). It asks the function's resource policy when the notification is
configured (S3-06), and has neither retries nor a dead-letter queue of its own (S3-09).
"""

import json
import logging
from collections.abc import Callable
from itertools import combinations
from typing import Any

from ministack.services import s3

from emulator.ministack import current_request, functions, permissions
from emulator.ministack.deliveries import AcceptEvent
from emulator.ministack.functions import FunctionReference
from emulator.ministack.scope import current
from emulator.ministack.seams import Seam, replace, wrap
from emulator.ministack.service_delivery import deliver

_MODULE = "ministack.services.s3"
_DELIVER = Seam(_MODULE, "_deliver_event_to_lambda", "(arn, event_payload, bucket_region)")
_VALIDATE = Seam(
    _MODULE,
    "_validate_notification_configs",
    "(configs, bucket_region, bucket_name='', skip_destination_validation=False)",
)
SEAMS = (
    _DELIVER,
    _VALIDATE,
    Seam(_MODULE, "_bucket_owner_account", "(name)"),
    Seam(_MODULE, "_error", "(code, message, status, resource='', extra=None, headers=None)"),
)

Config = dict[str, Any]

log = logging.getLogger(__name__)


def install(accept: AcceptEvent) -> None:
    """Let S3 hand its events to accept, and refuse configurations as S3 does."""
    wrap(_VALIDATE, _validating)
    replace(_DELIVER, _delivery(accept))


def _delivery(accept: AcceptEvent) -> Callable[..., None]:
    def deliver_event(arn: str, event: dict[str, Any], _bucket_region: str) -> None:
        function = functions.reference(arn)
        records = [_record(record) for record in event["Records"]]
        bucket = records[0]["s3"]["bucket"]["name"]
        permitted = _may_invoke(function, bucket)
        refused, _ = deliver(accept, function, json.dumps({"Records": records}), permitted)
        if refused is not None:
            log.warning("S3 may not invoke %s for bucket %s", arn, bucket)

    return deliver_event


def _record(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with the version that was recorded on AWS and the request's own id."""
    elements = dict(record["responseElements"])
    elements["x-amz-request-id"] = (
        current_request.current_request_id() or elements["x-amz-request-id"]
    )
    return record | {"eventVersion": "2.1", "responseElements": elements}


def _may_invoke(function: FunctionReference, bucket: str) -> bool:
    owner = s3._bucket_owner_account(bucket) or current().account
    return permissions.may_invoke(function, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}", owner)


def _validating(validate: Callable[..., Any]) -> Callable[..., Any]:
    """Let the validation look for overlaps and ask the functions' resource policies too."""

    def validate_all(
        configs: list[Config],
        bucket_region: str,
        bucket_name: str = "",
        skip_destination_validation: bool = False,
    ) -> Any:
        for one, other in combinations(configs, 2):
            if overlap(one, other):
                return s3._error("InvalidArgument", _reason_for_overlap(one, other), 400)
        refused = validate(configs, bucket_region, bucket_name, skip_destination_validation)
        if refused or skip_destination_validation:
            return refused
        for config in configs:
            arn = config["arn"]
            if config["type"] != "lambda":
                continue
            if not _may_invoke(functions.reference(arn), bucket_name):
                return _not_authorized(arn)
        return None

    return validate_all


def overlap(one: Config, other: Config) -> bool:
    """Say whether an object could be notified of by both (S3-13)."""
    return (
        any(_same_event(a, b) for a in one["events"] for b in other["events"])
        and _one_begins_with_other(one["filter_prefix"] or "", other["filter_prefix"] or "")
        and _one_begins_with_other(
            (one["filter_suffix"] or "")[::-1], (other["filter_suffix"] or "")[::-1]
        )
    )


def _same_event(one: str, other: str) -> bool:
    return _one_begins_with_other(one.rstrip("*"), other.rstrip("*"))


def _one_begins_with_other(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _reason_for_overlap(*configs: Config) -> str:
    if any(config["filter_prefix"] or config["filter_suffix"] for config in configs):
        return (
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules "
            "if the prefixes are overlapping for the same event type."
        )
    return (
        "Configurations overlap. Configurations on the same bucket cannot share a common event "
        "type."
    )


def _not_authorized(arn: str) -> Any:
    return s3._error(
        "InvalidArgument",
        "Unable to validate the following destination configurations",
        400,
        extra={
            "ArgumentName1": arn,
            "ArgumentValue1": f"Not authorized to invoke function [{arn}]",
        },
    )
