"""Which messages of a batch failed, by what the function returned.

A function whose mapping has `ReportBatchItemFailures` names the messages that failed, and Lambda
deletes the others. What it returns is read strictly: an answer that names something which is not
in the batch fails the whole batch, because nothing is known about any of its messages.

Source: Lambda Developer Guide, "Handling errors for an SQS event source in Lambda", section
"Success and failure conditions" (QS-40, QS-41, QS-42). Two answers are not documented: an element
without any key (`[{}]`) counts as no failure, as one third-party capture of AWS shows (QS-43, to
be confirmed), and JSON that is no object is taken for an invalid response (unconfirmed).
"""

import json
from collections.abc import Collection
from typing import Any


class _TotalFailure(Exception):
    """The answer cannot be understood, so every message of the batch failed."""


def failed_message_ids(response_payload: bytes, message_ids: Collection[str]) -> frozenset[str]:
    """Return the ids among message_ids that the function's response payload reports as failed.

    The others are to be deleted. Never raises: an answer that cannot be understood fails all.
    """
    batch = frozenset(message_ids)
    try:
        failures = _batch_item_failures(response_payload)
        return frozenset(_item_identifier(failure, batch) for failure in failures if failure != {})
    except _TotalFailure:
        return batch


def _batch_item_failures(response_payload: bytes) -> list[Any]:
    if not response_payload:
        return []
    try:
        response = json.loads(response_payload)
    except (ValueError, RecursionError) as error:
        raise _TotalFailure from error
    if response is None:
        return []
    if not isinstance(response, dict):
        raise _TotalFailure
    failures = response.get("batchItemFailures")
    if failures is None:
        return []
    if not isinstance(failures, list):
        raise _TotalFailure
    return failures


def _item_identifier(failure: object, batch: frozenset[str]) -> str:
    identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    if not isinstance(identifier, str) or identifier not in batch:
        raise _TotalFailure
    return identifier
