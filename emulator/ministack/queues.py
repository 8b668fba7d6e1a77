"""SQS: MiniStack's queues, with their messages kept in an index instead of a list."""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import sqs
from ministack.services.cloudformation import provisioners

from emulator.ministack import current_request
from emulator.ministack.queue_messages import (
    FifoMessages,
    Message,
    QueueMessages,
    Redrive,
    StandardMessages,
)
from emulator.ministack.seams import Seam, replace, wrap

Queue = dict[str, Any]

_MODULE = "ministack.services.sqs"
_SEND = Seam(_MODULE, "_act_send_message", "(data, qurl)")
_COLLECT = Seam(_MODULE, "_collect_msgs", "(q, max_n, vis_timeout)")
_EXPIRE = Seam(_MODULE, "_expire_retained", "(q)")
_SWEEP = Seam(_MODULE, "_dlq_sweep", "(q)")
_DELETE = Seam(_MODULE, "_act_delete_message", "(data, qurl)")
_DELETE_BATCH = Seam(_MODULE, "_act_delete_message_batch", "(data, qurl)")
_CHANGE = Seam(_MODULE, "_act_change_visibility", "(data, qurl)")
_CHANGE_BATCH = Seam(_MODULE, "_act_change_visibility_batch", "(data, qurl)")
_CREATE = Seam(_MODULE, "_act_create_queue", "(data, _u)")
_PROVISION = Seam(
    "ministack.services.cloudformation.provisioners",
    "_sqs_create",
    "(logical_id, props, stack_name)",
)
SEAMS = (
    _SEND,
    _COLLECT,
    _EXPIRE,
    _SWEEP,
    _DELETE,
    _DELETE_BATCH,
    _CHANGE,
    _CHANGE_BATCH,
    _CREATE,
    _PROVISION,
    Seam(_MODULE, "_HANDLERS"),
    Seam(_MODULE, "_queues"),
    Seam(_MODULE, "_Err", "(code, message, status=400)"),
    Seam(_MODULE, "_get_q", "(url, action=None)"),
    Seam(_MODULE, "_queue_by_arn", "(arn)"),
    Seam(_MODULE, "_ensure_msg_fields", "(m)"),
    Seam(_MODULE, "_build_sys_attrs", "(msg, names)"),
    Seam(_MODULE, "_validate_batch_entries", "(entries, entry_name)"),
    Seam("ministack.services.cloudformation.provisioners", "_RESOURCE_HANDLERS"),
)

_SECONDS_KEPT = 345_600
"""MessageRetentionPeriod of a queue that states none: four days."""


def install() -> None:
    """Let every queue that is created from now on keep its messages in an index."""
    replace(_COLLECT, _collect)
    replace(_EXPIRE, _expire)
    replace(_SWEEP, _sweep)
    wrap(_SEND, _tracing)
    sqs._HANDLERS["SendMessage"] = sqs._act_send_message
    _replace_action("DeleteMessage", _DELETE, _delete_message)
    _replace_action("DeleteMessageBatch", _DELETE_BATCH, _delete_message_batch)
    _replace_action("ChangeMessageVisibility", _CHANGE, _change_visibility)
    _replace_action("ChangeMessageVisibilityBatch", _CHANGE_BATCH, _change_visibility_batch)
    _replace_action("CreateQueue", _CREATE, _indexing(sqs._act_create_queue))
    provision = _indexing(provisioners._sqs_create)
    replace(_PROVISION, provision)
    provisioners._RESOURCE_HANDLERS["AWS::SQS::Queue"]["create"] = provision


def find(arn: str) -> Queue | None:
    """Return the queue with this ARN, or None."""
    queue: Queue | None = sqs._queue_by_arn(arn)
    return queue


def messages(queue: Queue) -> QueueMessages:
    """Return the messages of a queue."""
    indexed: QueueMessages = queue["messages"]
    return indexed


def visibility_timeout(queue: Queue) -> int:
    """VisibilityTimeout of a queue, in seconds."""
    return int(queue["attributes"].get("VisibilityTimeout", "30"))


def receive(queue: Queue, limit: int, visibility_seconds: float) -> list[Message]:
    """Take up to limit messages, as many as there are: the limit of 10 is the API's, not ours."""
    _expire(queue)
    return messages(queue).receive(time.time(), limit, visibility_seconds, _redrive(queue))


def system_attributes(message: Message) -> dict[str, str]:
    """Return what SQS adds to a message: ApproximateReceiveCount, SentTimestamp, ..."""
    attributes: dict[str, str] = sqs._build_sys_attrs(message, ["All"])
    return attributes


def _replace_action(action: str, seam: Seam, replacement: Callable[..., Any]) -> None:
    replace(seam, replacement)
    sqs._HANDLERS[action] = replacement


def _indexing(create: Callable[..., Any]) -> Callable[..., Any]:
    """Let the queues that this function creates get an index for their messages."""

    def create_indexed(*arguments: Any) -> Any:
        result = create(*arguments)
        url = result["QueueUrl"] if isinstance(result, dict) else result[0]
        queue = sqs._queues.get(url)
        if isinstance(queue["messages"], list):
            queue["messages"] = FifoMessages() if queue["is_fifo"] else StandardMessages()
        return result

    return create_indexed


def _tracing(send: Callable[..., Any]) -> Callable[..., Any]:
    """SendMessage, which puts the trace header of the request into the message (QS-61)."""

    def send_traced(data: dict[str, Any], url: str) -> Any:
        trace = current_request.trace_header()
        if trace and not data.get("MessageSystemAttributes"):
            attribute = {"DataType": "String", "StringValue": trace}
            data = data | {"MessageSystemAttributes": {"AWSTraceHeader": attribute}}
        return send(data, url)

    return send_traced


def _collect(queue: Queue, limit: int, visibility_seconds: int) -> list[Message]:
    return messages(queue).receive(time.time(), limit, visibility_seconds, _redrive(queue))


def _expire(queue: Queue) -> None:
    kept = int(queue["attributes"].get("MessageRetentionPeriod", _SECONDS_KEPT))
    messages(queue).expire(time.time() - kept)


def _sweep(queue: Queue) -> None:
    """Nothing: a message moves to the dead-letter queue when it would be received once more."""


def _redrive(queue: Queue) -> Redrive | None:
    policy = queue["attributes"].get("RedrivePolicy")
    if not policy:
        return None
    parsed = json.loads(policy)
    target = find(parsed["deadLetterTargetArn"])
    if target is None:
        return None

    def move(message: Message) -> None:
        moved = dict(message, receipt_handle=None, visible_at=time.time())
        if target["is_fifo"]:
            # "For FIFO queues, the enqueue timestamp resets when the message is moved".
            moved["enqueued_at"] = time.time()
        moved["sys"] = {
            "DeadLetterQueueSourceArn": queue["attributes"]["QueueArn"],
            **message["sys"],
        }
        messages(target).append(moved)

    return Redrive(int(parsed["maxReceiveCount"]), move)


def _delete_message(data: dict[str, Any], url: str) -> dict[str, Any]:
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:DeleteMessage")
    handle = data.get("ReceiptHandle", "")
    if not handle:
        raise sqs._Err("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    if not messages(queue).delete(handle):
        raise _invalid_handle()
    return {}


def _delete_message_batch(data: dict[str, Any], url: str) -> dict[str, Any]:
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:DeleteMessage")
    entries = data.get("Entries", [])
    sqs._validate_batch_entries(entries, "DeleteMessageBatchRequestEntry")
    return _batch_result(
        entries, lambda entry: messages(queue).delete(entry.get("ReceiptHandle", ""))
    )


def _change_visibility(data: dict[str, Any], url: str) -> dict[str, Any]:
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
    if not _change(queue, data):
        raise _invalid_handle()
    return {}


def _change_visibility_batch(data: dict[str, Any], url: str) -> dict[str, Any]:
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
    entries = data.get("Entries", [])
    sqs._validate_batch_entries(entries, "ChangeMessageVisibilityBatchRequestEntry")
    return _batch_result(entries, lambda entry: _change(queue, entry))


def _change(queue: Queue, data: dict[str, Any]) -> bool:
    visible_at = time.time() + int(data.get("VisibilityTimeout", 30))
    return messages(queue).change_visibility(data.get("ReceiptHandle", ""), visible_at)


def _batch_result(
    entries: list[dict[str, Any]], act: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    successful = []
    failed = []
    for entry in entries:
        if act(entry):
            successful.append({"Id": entry["Id"]})
        else:
            failed.append(
                {
                    "Id": entry["Id"],
                    "Code": "ReceiptHandleIsInvalid",
                    "Message": "The input receipt handle is invalid.",
                    "SenderFault": True,
                }
            )
    return {"Successful": successful, "Failed": failed}


def _invalid_handle() -> Exception:
    error: Exception = sqs._Err("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
    return error
