"""Receipts: what the function writes down about one attempt at one job.

A receipt is put before the work and updated after it, so that an attempt that never ends has one
too. A table that cannot be written never stops the work: the log says so, and so does the answer.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from .event_shape import Carrier, EventShape
from .job import Job, Work

TIME_TO_LIVE_SECONDS = 3600
MAXIMUM_EVENT_CHARACTERS = 65_536
"""Longer events are left out, because half a JSON text is none."""

Attribute = str | int | bool
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How an attempt ended, as far as the function can tell."""

    STARTED = "started"
    ANSWERED = "answered"
    RAISED = "raised"
    FAILED = "failed"
    EXITED = "exited"


class TableError(Exception):
    """The receipts table did not do what it was asked; the message says why.

    unanswered tells that no answer came at all, so that asking again would take as long.
    """

    def __init__(self, reason: str, *, unanswered: bool) -> None:
        super().__init__(reason)
        self.unanswered = unanswered


class Table(Protocol):
    """Where receipts are kept; every method raises TableError when the table fails."""

    def put(self, item: Mapping[str, Attribute]) -> None:
        """Write a new receipt; `run` and `receipt` are its key."""

    def complete(self, run: str, receipt: str, outcome: str, finished_at: str) -> None:
        """Set `outcome` and `finished_at` of a receipt."""

    def count(self, run: str, job: str) -> int:
        """Count the receipts of a job."""

    def claim_waiting_job(self, rule_arn: str, event_id: str) -> str | None:
        """Bind the job that waits for a rule to an event; None if another event has it."""


@dataclass(frozen=True)
class Invocation:
    """One invocation: its event, and what all its receipts share.

    cold: the first invocation of this process. environment_id: the same for all invocations of
    one process. trace_header and client_context (JSON text) are None when there is none.
    """

    event: object
    path: EventShape
    batch_size: int
    request_id: str
    cold: bool
    environment_id: str
    log_stream: str
    trace_header: str | None = None
    client_context: str | None = None


@dataclass(frozen=True)
class Receipt:
    """One attempt at one job. started_at is in seconds since 1970."""

    job: Job
    request_id: str
    started_at: float
    written: bool = False

    @property
    def sort_key(self) -> str:
        """`<job>#<started_at>#<request_id>`: the attempts at a job in the order of their start."""
        return f"{self.job.job}#{iso_8601(self.started_at)}#{self.request_id}"


class Receipts:
    """Writes the receipts of one invocation.

    Once the table has left a request unanswered, the rest of the invocation does without it, so
    that the records of a batch do not wait for it one after the other.
    """

    def __init__(self, table: Table, invocation: Invocation) -> None:
        self._table = table
        self.invocation = invocation
        self._silence: TableError | None = None

    def start(self, job: Job, carrier: Carrier) -> Receipt:
        """Write the receipt of an attempt that is about to begin."""
        receipt = Receipt(job, self.invocation.request_id, started_at=time.time())
        item = _item(self.invocation, receipt, carrier)
        written = self._write(receipt, lambda: self._table.put(item))
        return replace(receipt, written=written)

    def complete(self, receipt: Receipt, outcome: Outcome) -> bool:
        """Write how the attempt ended; tell whether the receipt is now whole."""
        finished_at = iso_8601(time.time())
        return receipt.written and self._write(
            receipt,
            lambda: self._table.complete(receipt.job.run, receipt.sort_key, outcome, finished_at),
        )

    def earlier_attempts(self, receipt: Receipt) -> int:
        """Count the attempts at the same job that have a receipt, this one aside.

        0 when the table cannot be read: a job that is to fail at first then fails once more.
        """
        job = receipt.job
        try:
            return self._ask(lambda: self._table.count(job.run, job.job)) - int(receipt.written)
        except TableError as error:
            _log("earlier attempts not counted", job, error)
            return 0

    def _write(self, receipt: Receipt, request: Callable[[], None]) -> bool:
        try:
            self._ask(request)
        except TableError as error:
            _log("receipt not written", receipt.job, error)
            return False
        return True

    def _ask(self, request: Callable[[], Result]) -> Result:
        if self._silence is not None:
            raise self._silence
        try:
            return request()
        except TableError as error:
            if error.unanswered:
                self._silence = error
            raise


def iso_8601(seconds: float) -> str:
    """Format a time in seconds since 1970: UTC with milliseconds, `2026-11-21T22:00:00.123Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _item(invocation: Invocation, receipt: Receipt, carrier: Carrier) -> dict[str, Attribute]:
    item: dict[str, Attribute | None] = {
        "run": receipt.job.run,
        "receipt": receipt.sort_key,
        "job": receipt.job.job,
        "path": invocation.path,
        "request_id": invocation.request_id,
        "started_at": iso_8601(receipt.started_at),
        "outcome": Outcome.STARTED,
        "batch_size": invocation.batch_size,
        "receive_count": carrier.receive_count,
        "message_id": carrier.message_id,
        "cold": invocation.cold,
        "environment_id": invocation.environment_id,
        "log_stream": invocation.log_stream,
        "trace_header": invocation.trace_header,
        "client_context": invocation.client_context,
        "event": _event(invocation.event) if receipt.job.work is Work.ECHO else None,
        "expires_at": int(receipt.started_at) + TIME_TO_LIVE_SECONDS,
    }
    return {name: value for name, value in item.items() if value is not None}


def _event(event: object) -> str | None:
    text = json.dumps(event, separators=(",", ":"))
    return text if len(text) <= MAXIMUM_EVENT_CHARACTERS else None


def _log(what: str, job: Job, error: TableError) -> None:
    logger.warning("%s: run %s, job %s: %s", what, job.run, job.job, error)
