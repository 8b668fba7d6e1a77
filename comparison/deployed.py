"""A deployed stage, ready to be sent jobs: its target, clients, outputs and settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comparison.clients import Clients
from comparison.path import Path
from comparison.stack_outputs import StackOutputs, read_outputs
from comparison.targets import Target
from stacks.naming import Output, QueueName

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class QueueSettings:
    """Settings of a polled queue and its mapping; times in seconds."""

    url: str
    dead_letter_queue_url: str
    visibility_timeout: int
    max_receive_count: int
    batching_window: int

    @property
    def until_dead_letter(self) -> float:
        """Seconds until a message that always fails is in the dead-letter queue."""
        return self.max_receive_count * (self.visibility_timeout + self.batching_window)


@dataclass(frozen=True)
class Deployed:
    """Everything a run needs to know of a stage; function_timeout is in seconds."""

    target: Target
    clients: Clients
    outputs: StackOutputs
    function_timeout: int
    queues: Mapping[QueueName, QueueSettings]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths whose stack is deployed."""
        return tuple(path for path in Path if self.outputs.has(path))


def read_deployed(target: Target, stage: str) -> Deployed:
    """Read a stage from its stacks and their resources. Raises NotDeployed."""
    clients = Clients(target)
    outputs = read_outputs(clients.cloudformation, stage)
    configuration = clients.lambda_.get_function_configuration(
        FunctionName=outputs[Output.FUNCTION_NAME]
    )
    queues = (
        {queue: _queue_settings(clients, outputs, queue) for queue in QueueName}
        if outputs.has(Path.SQS)
        else {}
    )
    return Deployed(target, clients, outputs, configuration["Timeout"], queues)


def _queue_settings(clients: Clients, outputs: StackOutputs, queue: QueueName) -> QueueSettings:
    url = outputs.queue(queue, "QueueUrl")
    attributes = _attributes(clients.sqs, url)
    mapping = clients.lambda_.get_event_source_mapping(UUID=outputs.queue(queue, "MappingId"))
    return QueueSettings(
        url=url,
        dead_letter_queue_url=outputs.queue(queue, "DeadLetterQueueUrl"),
        visibility_timeout=int(attributes["VisibilityTimeout"]),
        max_receive_count=int(json.loads(attributes["RedrivePolicy"])["maxReceiveCount"]),
        batching_window=mapping.get("MaximumBatchingWindowInSeconds", 0),
    )


def _attributes(sqs: "SQSClient", url: str) -> Mapping[str, str]:
    answer = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["VisibilityTimeout", "RedrivePolicy"]
    )
    return {str(name): value for name, value in answer["Attributes"].items()}
