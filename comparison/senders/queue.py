"""`sqs`: a message is sent to one of the polled queues."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of, timed_call
from comparison.stack_outputs import StackOutputs
from stacks.naming import QueueName

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class QueueSender:
    """Sends the job; several that leave together go in one SendMessageBatch."""

    def __init__(self, client: "SQSClient", outputs: StackOutputs) -> None:
        self._client = client
        self._urls = {queue: outputs.queue(queue, "QueueUrl") for queue in QueueName}

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Send all jobs (of one queue, at most 10) in one call."""
        url = self._urls[sendings[0].queue]
        if len(sendings) == 1:
            message = self._message(sendings[0])
            return [timed_call(lambda: self._client.send_message(QueueUrl=url, **message))]
        entries: Any = [
            {"Id": str(number), **self._message(sending)} for number, sending in enumerate(sendings)
        ]
        saw = timed_call(lambda: self._client.send_message_batch(QueueUrl=url, Entries=entries))
        return [_share(saw, str(number)) for number in range(len(sendings))]

    @staticmethod
    def _message(sending: Sending) -> dict[str, Any]:
        message: dict[str, Any] = {"MessageBody": _body(sending)} | dict(sending.options)
        if sending.message_group is not None:
            message |= {
                "MessageGroupId": sending.message_group,
                "MessageDeduplicationId": sending.options.get(
                    "MessageDeduplicationId", sending.job
                ),
            }
        return message


def _body(sending: Sending) -> str:
    """Return the job; or what replaces it, and the job's id, by which it is known in a sink."""
    if sending.payload is None:
        return body_of(sending)
    return f"{sending.payload.decode()} {sending.job}"


def _share(saw: CallerSaw, entry: str) -> CallerSaw:
    """Return what the caller of a batch saw of one of its entries."""
    for outcome in ("Successful", "Failed"):
        for row in saw.details.get(outcome, []):
            if row["Id"] == entry:
                details = {key: value for key, value in row.items() if key != "Id"}
                return replace(saw, details=details, error=row.get("Code"))
    return saw
