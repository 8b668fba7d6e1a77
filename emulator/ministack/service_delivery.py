"""How S3, EventBridge and SNS hand an event to Lambda, and their dead letters to a queue."""

import logging
import uuid

from emulator.engine.asynchronous_invocation import DeliveryRefused
from emulator.engine.failed_delivery import Refusal, refusal
from emulator.engine.messages import SqsMessage
from emulator.ministack import current_request, functions, permissions, queues
from emulator.ministack.deliveries import AcceptEvent, send_to_queue
from emulator.ministack.functions import FunctionReference

log = logging.getLogger(__name__)


def deliver(
    accept: AcceptEvent, function: FunctionReference, event: str, permitted: bool
) -> tuple[Refusal | None, str]:
    """Invoke the function asynchronously; return why Lambda refused, and the request id."""
    request_id = str(uuid.uuid4())
    refused = refusal(function_exists=functions.find(function) is not None, permitted=permitted)
    if refused is None:
        accept(function, event.encode(), request_id, current_request.trace_header())
    return refused, request_id


def send_as_service(message: SqsMessage, service: str, source_arn: str) -> None:
    """Send a dead letter, if the queue's policy lets the service do so."""
    queue = queues.find(message.queue_arn)
    if queue is None or not permissions.service_may_send(queue, service, source_arn):
        log.warning("%s may not send to the dead-letter queue %s", service, message.queue_arn)
        return
    try:
        send_to_queue(message)
    except DeliveryRefused as error:
        log.warning("%s refused a dead letter: %s", message.queue_arn, error)
