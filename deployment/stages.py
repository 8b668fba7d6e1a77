"""What CloudFormation knows of stages: which stacks are there, in which state, until when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from stacks.naming import PROJECT, Stack, stack_name

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


@dataclass(frozen=True)
class DeployedStack:
    """One stack of an account, as DescribeStacks answers."""

    name: str
    status: str
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def is_changing(self) -> bool:
        """Whether CloudFormation is at work on it; a stack that waits for review is not."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def belongs_to(self, stage: str) -> bool:
        """Whether it is a stack of a stage, by its name or by its tags."""
        names = {stack_name(stage, stack) for stack in Stack}
        tagged = (self.tags.get("project"), self.tags.get("stage")) == (PROJECT, stage)
        return self.name in names or tagged


def list_stacks(cloudformation: "CloudFormationClient") -> list[DeployedStack]:
    """Return all stacks of the account and region that are not deleted."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    return [
        _deployed(stack)
        for page in pages
        for stack in page["Stacks"]
        if stack["StackStatus"] != "DELETE_COMPLETE"
    ]


def _deployed(stack: "StackTypeDef") -> DeployedStack:
    return DeployedStack(
        name=stack["StackName"],
        status=stack["StackStatus"],
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
        parameters={
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in stack.get("Parameters", [])
        },
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
    )


def physical_ids(
    cloudformation: "CloudFormationClient", stacks: Iterable[DeployedStack], resource_type: str
) -> Iterator[str]:
    """Go through the resources of a type in some stacks, half-made stacks included."""
    for stack in stacks:
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
        for page in pages:
            for resource in page["StackResourceSummaries"]:
                if resource["ResourceType"] == resource_type:
                    physical_id = resource.get("PhysicalResourceId")
                    if physical_id and resource["ResourceStatus"] != "DELETE_COMPLETE":
                        yield physical_id


def expired_stages(stacks: Iterable[DeployedStack], today: date) -> dict[str, date]:
    """Return the stages of this project that should be gone, with the day they expired."""
    expired: dict[str, date] = {}
    for stack in stacks:
        if stack.tags.get("project") != PROJECT:
            continue
        day = _day(stack.tags.get("expires", ""))
        if day is not None and day < today:
            expired[stack.tags.get("stage", stack.name)] = day
    return expired


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def left_of_deleted_stack(
    cloudformation: "CloudFormationClient", stack_id: str, logical_id: str
) -> bool:
    """Whether a resource is left although its stack may be deleted.

    CloudFormation remembers a deleted stack under its id for 90 days ("DescribeStackResources" in
    the CloudFormation API reference); a stack it does not remember says nothing.
    """
    try:
        stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
        if stack["StackStatus"] != "DELETE_COMPLETE":
            return True
        resources = cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"]
    except ClientError:
        return True
    return any(
        resource["LogicalResourceId"] == logical_id
        and resource["ResourceStatus"] != "DELETE_COMPLETE"
        for resource in resources
    )
