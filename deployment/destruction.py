"""Destroying a stage in whatever state it is, and proving that nothing of it is left."""

from collections.abc import Collection, Iterable

from rich.console import Console

from comparison.guard import guard
from comparison.targets import Target
from comparison.waiting import NotInTime, eventually
from deployment.bucket import NotEmptied, empty_bucket
from deployment.cdk import Cdk, CdkFailed
from deployment.clients import DeploymentClients
from deployment.leftovers import SomethingLeft, prove_nothing_left
from deployment.stages import DeployedStack, list_stacks, physical_ids
from deployment.steps import step, tell

CHANGING_FOR = 1800.0
"""Seconds that CloudFormation may go on with what an interrupted command has begun."""
LOOK_EVERY = 5.0


def how_to_destroy(target: Target, stage: str) -> str:
    """Return the command that destroys a stage."""
    region = f" REGION={target.region}" if target.is_aws else ""
    endpoint = "" if target.endpoint is None else f" ENDPOINT={target.endpoint}"
    return f"make destroy TARGET={target.name}{region}{endpoint} STAGE={stage}"


def destroy(cdk: Cdk, console: Console) -> None:
    """Destroy a stage, or what there is of it, and prove that nothing is left.

    Raises TargetError, CdkFailed, and SomethingLeft with what is left.
    """
    guard(cdk.target)
    clients, cdk = DeploymentClients(cdk.target), cdk.with_every_stack()
    stacks = settled_stacks(clients, cdk.stage, console)
    functions = list(physical_ids(clients.cloudformation, stacks, "AWS::Lambda::Function"))
    failure = _destroy(cdk, clients, stacks, console) if stacks else None
    log_groups = [f"/aws/lambda/{function}" for function in functions]
    try:
        _prove(clients, cdk.stage, log_groups, console)
    except SomethingLeft as left:
        told = [] if failure is None else [failure]
        again = f"To try again: {how_to_destroy(cdk.target, cdk.stage)}"
        told += [f"Of stage {cdk.stage} is left:", str(left), again]
        raise SomethingLeft("\n".join(told)) from None
    gone = "Nothing is left of" if stacks else "Nothing is deployed in"
    tell(console, f"{gone} stage {cdk.stage}.")


def _destroy(
    cdk: Cdk, clients: DeploymentClients, stacks: Iterable[DeployedStack], console: Console
) -> str | None:
    """Destroy the stacks; a failure is returned, because what is left shall be told with it."""
    with step(console, "Synthesizing the stacks"):
        cdk.synthesize()
    try:
        with step(console, "Emptying the bucket"):
            for bucket in physical_ids(clients.cloudformation, stacks, "AWS::S3::Bucket"):
                empty_bucket(clients.s3, bucket)
        with step(console, "Destroying the stacks with the CDK CLI"):
            cdk.destroy()
    except (CdkFailed, NotEmptied) as failure:
        return str(failure)
    return None


def _prove(
    clients: DeploymentClients, stage: str, log_groups: Collection[str], console: Console
) -> None:
    with step(console, "Proving that nothing is left"):
        leftovers = prove_nothing_left(clients, stage, log_groups)
    for line in leftovers.not_listed:
        tell(console, f"Not proven, because the target does not list them: {line}")


def settled_stacks(clients: DeploymentClients, stage: str, console: Console) -> list[DeployedStack]:
    """Return the stacks of a stage once CloudFormation is at work on none of them.

    Whoever interrupts a command does not interrupt CloudFormation. Raises CdkFailed.
    """

    def settled() -> list[DeployedStack]:
        stacks = [one for one in list_stacks(clients.cloudformation) if one.belongs_to(stage)]
        changing = [f"{one.name} ({one.status})" for one in stacks if one.is_changing]
        assert not changing, ", ".join(changing)  # noqa: S101 - what is waited for
        return stacks

    try:
        return settled()
    except AssertionError as error:
        what = f"Waiting for CloudFormation to finish with {error}"
    with step(console, what):
        try:
            return eventually(settled, within=CHANGING_FOR, every=LOOK_EVERY)
        except NotInTime as error:
            raise CdkFailed(f"CloudFormation does not finish: {error}") from None
