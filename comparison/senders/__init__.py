"""The paths as senders: each sends a job and returns exactly what its caller saw."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from comparison.clients import Clients
from comparison.observation import CallerSaw, Sending
from comparison.path import Path
from comparison.senders.command_line import CommandLineSender
from comparison.senders.direct import DirectSender
from comparison.senders.event_bridge import EventBridgeSender
from comparison.senders.front_door import api_gateway_sender, load_balancer_sender
from comparison.senders.notification import NotificationSender
from comparison.senders.object_storage import ObjectSender
from comparison.senders.queue import QueueSender
from comparison.senders.schedule import ScheduleSender
from comparison.stack_outputs import StackOutputs


class Sender(Protocol):
    """One path, from its caller's side."""

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Send jobs in one call where the path can, and return what the caller saw of each."""


def senders(clients: Clients, outputs: StackOutputs) -> Mapping[Path, Sender]:
    """Return a sender for every path whose stack is deployed."""
    every: dict[Path, Sender] = {
        Path.SDK_SYNC: DirectSender(clients, outputs, "RequestResponse"),
        Path.SDK_EVENT: DirectSender(clients, outputs, "Event"),
        Path.CLI_SYNC: CommandLineSender(clients.target, outputs, "RequestResponse"),
        Path.CLI_EVENT: CommandLineSender(clients.target, outputs, "Event"),
    }
    if outputs.has(Path.API_GATEWAY):
        every[Path.API_GATEWAY] = api_gateway_sender(clients, outputs)
    if outputs.has(Path.ALB):
        every[Path.ALB] = load_balancer_sender(clients, outputs)
    if outputs.has(Path.S3):
        every[Path.S3] = ObjectSender(clients.caller_s3, outputs)
        every[Path.EVENTBRIDGE] = EventBridgeSender(clients.caller_events, outputs)
        every[Path.SNS] = NotificationSender(clients.caller_sns, outputs)
        every[Path.SCHEDULE] = ScheduleSender(clients.dynamodb, clients.events, outputs)
    if outputs.has(Path.SQS):
        every[Path.SQS] = QueueSender(clients.caller_sqs, outputs)
    return every
