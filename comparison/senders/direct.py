"""`sdk-sync` and `sdk-event`: Lambda's Invoke through boto3."""

from collections.abc import Sequence
from typing import Any, Literal

from comparison.clients import Clients
from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of, timed_call
from comparison.stack_outputs import StackOutputs
from stacks.naming import Output


class DirectSender:
    """Invokes the function; sending.options go into the request (LogType, ClientContext)."""

    def __init__(
        self,
        clients: Clients,
        outputs: StackOutputs,
        invocation_type: Literal["RequestResponse", "Event"],
    ) -> None:
        self._clients = clients
        self._function = outputs[Output.FUNCTION_NAME]
        self._invocation_type = invocation_type

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Invoke once per job."""
        return [self._invoke(sending) for sending in sendings]

    def _invoke(self, sending: Sending) -> CallerSaw:
        request: dict[str, Any] = {
            "FunctionName": self._function,
            "InvocationType": self._invocation_type,
            "Payload": body_of(sending).encode(),
        } | dict(sending.options)
        if sending.qualifier is not None:
            request["Qualifier"] = sending.qualifier
        client = self._clients.caller_lambda
        if sending.read_timeout is not None:
            client = self._clients.impatient_lambda(sending.read_timeout)
        return timed_call(lambda: client.invoke(**request), sending.trace_header)
