"""The proof that a stage is gone: what CloudFormation, the tags and the log groups still show."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from comparison.waiting import NotInTime, eventually
from deployment.clients import DeploymentClients
from deployment.stages import left_of_deleted_stack, list_stacks
from stacks.naming import PROJECT, Stack, stack_name

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_resourcegroupstaggingapi.type_defs import (
        ResourceTagMappingTypeDef,
        TagFilterTypeDef,
    )

PATIENCE = 5
"""A list may be this many times as late as anything else on a target (its `settling`)."""
LOOK_EVERY = 2.0


class SomethingLeft(Exception):
    """A stage is not gone; the message has one line per thing that is left."""


@dataclass(frozen=True)
class Leftovers:
    """What is left of a stage, and which lists the target could not give (with the reason)."""

    found: tuple[str, ...]
    not_listed: tuple[str, ...] = ()


def prove_nothing_left(
    clients: DeploymentClients, stage: str, log_groups: Collection[str] = ()
) -> Leftovers:
    """Return once nothing of a stage is left, with what the target could not list.

    log_groups are names that the stage may have left beside those with its name in them. Lists are
    eventually consistent, hence a deadline. Raises SomethingLeft.
    """

    def gone() -> Leftovers:
        leftovers = find_leftovers(clients, stage, log_groups)
        assert not leftovers.found, "\n".join(leftovers.found)  # noqa: S101 - what is waited for
        return leftovers

    try:
        return eventually(gone, within=PATIENCE * clients.target.settling, every=LOOK_EVERY)
    except NotInTime as error:
        raise SomethingLeft(str(error.__cause__)) from None


def find_leftovers(
    clients: DeploymentClients, stage: str, log_groups: Collection[str] = ()
) -> Leftovers:
    """List what is left of a stage, in three independent ways."""
    looks: dict[str, Callable[[], Iterator[str]]] = {
        "stacks": lambda: _stacks(clients, stage),
        "resources by tag": lambda: _tagged(clients, stage),
        "log groups": lambda: _log_groups(clients.logs, stage, log_groups),
    }
    found: list[str] = []
    not_listed: list[str] = []
    for what, look in looks.items():
        try:
            found += look()
        except (BotoCoreError, ClientError) as error:
            # An emulator may lack an API; on AWS a list that is refused would prove nothing.
            if clients.target.is_aws or what == "stacks":
                raise
            not_listed.append(f"{what} ({error})")
    return Leftovers(tuple(found), tuple(not_listed))


def _stacks(clients: DeploymentClients, stage: str) -> Iterator[str]:
    for stack in list_stacks(clients.cloudformation):
        if stack.belongs_to(stage):
            yield f"stack {stack.name} ({stack.status})"


def _tagged(clients: DeploymentClients, stage: str) -> Iterator[str]:
    """Go through the resources with the tags of a stage that are not known to be deleted.

    GetResources also returns what was tagged once and is deleted, for a while.
    """
    filters: list[TagFilterTypeDef] = [
        {"Key": "project", "Values": [PROJECT]},
        {"Key": "stage", "Values": [stage]},
    ]
    pages = clients.tagging.get_paginator("get_resources").paginate(TagFilters=filters)
    for page in pages:
        for resource in page["ResourceTagMappingList"]:
            if _is_left(clients, resource):
                yield f"resource {resource['ResourceARN']}"


def _is_left(clients: DeploymentClients, resource: "ResourceTagMappingTypeDef") -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
    try:
        stack_id = tags["aws:cloudformation:stack-id"]
        logical_id = tags["aws:cloudformation:logical-id"]
    except KeyError:
        return True
    return left_of_deleted_stack(clients.cloudformation, stack_id, logical_id)


def _log_groups(logs: "CloudWatchLogsClient", stage: str, also: Collection[str]) -> Iterator[str]:
    """Go through log groups named after a stack of a stage, and others by their exact name."""
    paginator = logs.get_paginator("describe_log_groups")
    for page in paginator.paginate(logGroupNamePattern=f"{PROJECT}-{stage}-"):
        for group in page["logGroups"]:
            if _is_named_after(group["logGroupName"], stage):
                yield f"log group {group['logGroupName']}"
    for name in also:
        for page in paginator.paginate(logGroupNamePrefix=name):
            if any(group["logGroupName"] == name for group in page["logGroups"]):
                yield f"log group {name}"


def _is_named_after(name: str, stage: str) -> bool:
    """Whether a name is one that CloudFormation makes up in a stack of a stage.

    `<stack>-<logical id>-<random>`: a logical id begins with a capital letter, which no stage
    has, so that stage `anna` is not taken for stage `anna-function`.
    """
    own = "|".join(re.escape(stack_name(stage, stack)) for stack in Stack)
    return re.search(rf"(^|/)({own})[-/][A-Z]", name) is not None
