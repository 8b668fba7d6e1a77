"""What is deployed: the outputs of a stage's stacks, read once per run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from comparison.path import Path
from stacks.naming import Output, QueueName, Stack, queue_output, stack_name

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

READY = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})

STACK_OF_PATH: Mapping[Path, Stack] = {
    Path.SDK_SYNC: Stack.FUNCTION,
    Path.CLI_SYNC: Stack.FUNCTION,
    Path.SDK_EVENT: Stack.FUNCTION,
    Path.CLI_EVENT: Stack.FUNCTION,
    Path.API_GATEWAY: Stack.API_GATEWAY,
    Path.ALB: Stack.ALB,
    Path.S3: Stack.ASYNCHRONOUS,
    Path.EVENTBRIDGE: Stack.ASYNCHRONOUS,
    Path.SCHEDULE: Stack.ASYNCHRONOUS,
    Path.SNS: Stack.ASYNCHRONOUS,
    Path.SQS: Stack.POLLING,
}


class NotDeployed(Exception):
    """The stacks that a run needs are not there; the message is one line."""


@dataclass(frozen=True)
class StackOutputs:
    """Outputs of the stacks that are deployed in a stage."""

    stage: str
    values: Mapping[str, str]
    stacks: frozenset[Stack]

    def __getitem__(self, output: Output) -> str:
        return self.values[output.value]

    def queue(self, queue: QueueName, attribute: str) -> str:
        """Return `QueueUrl`, `DeadLetterQueueUrl` or `MappingId` of a polled queue."""
        return self.values[queue_output(queue, attribute)]

    def has(self, path: Path) -> bool:
        """Whether the stack that a path needs is deployed."""
        return STACK_OF_PATH[path] in self.stacks


def read_outputs(cloudformation: "CloudFormationClient", stage: str) -> StackOutputs:
    """Read the outputs of a stage's stacks.

    Raises NotDeployed when the function's stack is missing or a stack is not in a finished state.
    """
    values: dict[str, str] = {}
    present: set[Stack] = set()
    for stack in Stack:
        name = stack_name(stage, stack)
        try:
            description = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                continue
            raise
        status = description["StackStatus"]
        if status not in READY:
            raise NotDeployed(
                f"stack {name} is in state {status}; wait for it, or destroy and deploy it again"
            )
        present.add(stack)
        values |= {
            output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])
        }
    if Stack.FUNCTION not in present:
        raise NotDeployed(
            f"stack {stack_name(stage, Stack.FUNCTION)} is not deployed; run `make deploy` first "
            f"(or give another stage with --stage)"
        )
    return StackOutputs(stage=stage, values=values, stacks=frozenset(present))
