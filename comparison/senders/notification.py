"""`sns`: a message is published to the topic."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of, timed_call
from comparison.stack_outputs import StackOutputs
from stacks.naming import Output

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class NotificationSender:
    """Publishes the job; sending.options go into the request (Subject, MessageAttributes)."""

    def __init__(self, client: "SNSClient", outputs: StackOutputs) -> None:
        self._client = client
        self._topic = outputs[Output.TOPIC_ARN]

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Publish one message per job."""
        return [self._publish(sending) for sending in sendings]

    def _publish(self, sending: Sending) -> CallerSaw:
        return timed_call(
            lambda: self._client.publish(
                TopicArn=self._topic, Message=body_of(sending), **sending.options
            ),
            sending.trace_header,
        )
