"""One invocation from end to end: envelope, job, receipt, work, answer."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from . import answer
from .environment import ExecutionEnvironment, LambdaContext
from .event_shape import (
    Carrier,
    EventShape,
    S3Object,
    ScheduledEvent,
    carriers,
    has_multi_value_headers,
    is_from_fifo_queue,
)
from .job import Job, JobError, parse
from .receipt import Invocation, Receipts, Table, TableError
from .work import Answered, Exited, Failed, Raised, Returned, perform

logger = logging.getLogger(__name__)


class RequestedError(Exception):
    """The error that a job asked for."""


class NoJobWaiting(JobError):
    """A schedule fired while no job waits for it: nothing to do, and nothing wrong."""


@dataclass(frozen=True)
class Attempt:
    """An attempt that came back, and the body of its answer."""

    ending: Answered | Returned | Failed
    body: answer.Body


class Probe:
    """The one function. read_object returns the text of an S3 object or raises JobError."""

    def __init__(
        self,
        table: Table,
        read_object: Callable[[S3Object], str],
        environment: ExecutionEnvironment,
    ) -> None:
        self._table = table
        self._read_object = read_object
        self._environment = environment

    def handle(self, event: object, context: LambdaContext) -> object:
        """Do the jobs that an event carries and answer in its path's own shape.

        Raises JobError when a job is missing or malformed and the path's caller gets no answer
        that could say so, RequestedError when a job asks for an error.
        """
        receipts = Receipts(self._table, self._environment.invocation(event, context))
        match receipts.invocation.path:
            case EventShape.API_GATEWAY | EventShape.ALB:
                return self._answer_request(receipts)
            case EventShape.SQS:
                return self._answer_batch(receipts)
            case _:
                return self._answer_event(receipts)

    def _answer_request(self, receipts: Receipts) -> object:
        invocation = receipts.invocation
        try:
            [carrier] = carriers(invocation.event)
            job = self._job(carrier)
        except JobError as error:
            return _response(invocation, HTTPStatus.BAD_REQUEST, {"error": str(error)})
        attempt = self._attempt(job, carrier, receipts)
        match attempt.ending:
            case Returned(value):
                return value
            case Failed():
                return _response(invocation, HTTPStatus.INTERNAL_SERVER_ERROR, attempt.body)
            case Answered():
                return _response(invocation, HTTPStatus.OK, attempt.body)

    def _answer_batch(self, receipts: Receipts) -> object:
        """Do the jobs of a batch in order; a bad record fails alone.

        In a batch from a FIFO queue all records after a failed one fail too, undone, because
        they must not overtake it (QS-45).
        """
        event = receipts.invocation.event
        in_order = is_from_fifo_queue(event)
        failed: list[Carrier] = []
        returned: Returned | None = None
        for message in carriers(event):
            if failed and in_order:
                failed.append(message)
                continue
            ending = self._attempt_message(message, receipts)
            if isinstance(ending, Failed):
                failed.append(message)
            elif isinstance(ending, Returned):
                returned = ending
        return answer.sqs(failed) if returned is None else returned.value

    def _attempt_message(
        self, message: Carrier, receipts: Receipts
    ) -> Answered | Returned | Failed:
        try:
            job = self._job(message)
        except JobError as error:
            logger.warning("message %s failed: %s", message.message_id, error)
            return Failed()
        return self._attempt(job, message, receipts).ending

    def _answer_event(self, receipts: Receipts) -> object:
        """Return what the function has to say, in no special shape; most callers discard it."""
        try:
            jobs = [
                (self._job(carrier), carrier) for carrier in carriers(receipts.invocation.event)
            ]
        except NoJobWaiting:
            return {"job": None}
        values = [_value(self._attempt(job, carrier, receipts)) for job, carrier in jobs]
        return values[0] if len(values) == 1 else {"answers": values}

    def _job(self, carrier: Carrier) -> Job:
        match carrier.job:
            case S3Object() as reference:
                return parse(self._read_object(reference))
            case ScheduledEvent(rule_arn, event_id):
                return self._waiting_job(rule_arn, event_id)
            case text:
                return parse(text)

    def _waiting_job(self, rule_arn: str, event_id: str) -> Job:
        try:
            text = self._table.claim_waiting_job(rule_arn, event_id)
        except TableError as error:
            raise JobError(f"the job that waits for {rule_arn} cannot be read: {error}") from error
        if text is None:
            raise NoJobWaiting(f"no job waits for {rule_arn}")
        return parse(text)

    def _attempt(self, job: Job, carrier: Carrier, receipts: Receipts) -> Attempt:
        """Write the receipt, do the work, complete the receipt, and only then end as asked."""
        receipt = receipts.start(job, carrier)
        ending = perform(job, lambda: receipts.earlier_attempts(receipt))
        written = receipts.complete(receipt, ending.outcome)
        match ending:
            case Raised(message):
                raise RequestedError(message)
            case Exited(code):
                os._exit(code)
            case Answered(characters) if characters is not None:
                return Attempt(ending, "x" * characters)
            case _:
                body = answer.body(job, receipts.invocation, receipt_written=written)
                return Attempt(ending, body)


def _response(invocation: Invocation, status: HTTPStatus, body: answer.Body) -> dict[str, object]:
    if invocation.path is EventShape.ALB:
        multi_value_headers = has_multi_value_headers(invocation.event)
        return answer.alb(status, body, multi_value_headers=multi_value_headers)
    return answer.api_gateway(status, body)


def _value(attempt: Attempt) -> object:
    match attempt.ending:
        case Returned(value):
            return value
        case Failed():
            raise RequestedError("the job asked for a failure")
        case Answered():
            return attempt.body
