"""`eventbridge`: an event on the custom bus, matched by the rule."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of, timed_call
from comparison.stack_outputs import StackOutputs
from stacks.naming import PROJECT, Output

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class EventBridgeSender:
    """Puts an event whose detail is the job; sending.options go into the entry (TraceHeader)."""

    def __init__(self, client: "EventBridgeClient", outputs: StackOutputs) -> None:
        self._client = client
        self._bus = outputs[Output.EVENT_BUS_NAME]

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Put one event per job."""
        return [self._put(sending) for sending in sendings]

    def _put(self, sending: Sending) -> CallerSaw:
        entry: dict[str, Any] = {
            "EventBusName": self._bus,
            "Source": PROJECT,
            "DetailType": "job",
            "Detail": body_of(sending),
        } | dict(sending.options)
        return timed_call(lambda: self._client.put_events(Entries=[entry]))  # type: ignore[list-item] # options are open
