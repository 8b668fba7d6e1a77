"""Deploying the stacks to a target; destroying them is in `destruction`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from comparison.guard import guard
from comparison.targets import Target
from comparison.versions import identify
from deployment.cdk import Cdk
from deployment.clients import DeploymentClients
from deployment.destruction import destroy, how_to_destroy
from deployment.readiness import wait_until_usable
from deployment.stages import DeployedStack, expired_stages, list_stacks
from deployment.steps import step, tell
from stacks.naming import Stack

__all__ = ["DeploymentOptions", "bootstrap", "cdk_for", "deploy", "destroy"]

KEPT_FOR = timedelta(days=1)
"""After this time a stage in a sandbox account is listed as expired."""
EMULATED_CIDR = "127.0.0.1/32"


@dataclass(frozen=True)
class DeploymentOptions:
    """What to deploy: the stage, who may reach the ALB, which stacks to leave out.

    permissions_boundary is the ARN of a policy, qualifier that of the CDK's bootstrap resources.
    expires None: a day from now in a sandbox account, never elsewhere.
    """

    stage: str
    allowed_cidr: str | None = None
    without: frozenset[Stack] = frozenset()
    permissions_boundary: str | None = None
    qualifier: str | None = None
    expires: date | None = None


def cdk_for(target: Target, options: DeploymentOptions, folder: Path) -> Cdk:
    """Return the CDK for a target, with its cloud assembly and its log in a folder."""
    cidr, expires = options.allowed_cidr, options.expires
    if not target.is_aws:
        cidr = EMULATED_CIDR
    elif expires is None:
        expires = datetime.now(UTC).date() + KEPT_FOR
    context = {
        "stage": options.stage,
        "allowed_cidr": cidr,
        "without": ",".join(sorted(options.without | target.missing_stacks)) or None,
        "permissions_boundary": options.permissions_boundary,
        "qualifier": options.qualifier,
        "expires": expires.isoformat() if expires else None,
    }
    given = {key: value for key, value in context.items() if value is not None}
    return Cdk(target, given, output=folder / "cdk.out", log=folder / "cdk.log")


def deploy(cdk: Cdk, console: Console) -> None:
    """Synthesize and deploy all stacks, and wait until they can be used.

    An emulated account is bootstrapped at the same time; a real one is bootstrapped once, by its
    owner (`bootstrap`). Raises TargetError, CdkFailed and NotReady.
    """
    account = guard(cdk.target)
    clients = DeploymentClients(cdk.target)
    tell_expired(list_stacks(clients.cloudformation), cdk.target, console)
    cdk = deployable(cdk, console)
    if cdk.target.is_aws:
        tell(console, f"Stage {cdk.stage} in account {account}, region {cdk.target.region}:")
        with step(console, "Synthesizing the stacks"):
            cdk.synthesize()
    else:
        what = "Synthesizing the stacks and bootstrapping the emulated account"
        with step(console, what), cdk.bootstrapping(account):
            cdk.synthesize()
    with step(console, "Deploying the stacks with the CDK CLI"):
        cdk.deploy()
    with step(console, "Waiting until every path can be used"):
        wait_until_usable(clients, cdk.stage)


def bootstrap(cdk: Cdk, console: Console) -> None:
    """Make what the CDK needs in an account and region, once. Raises TargetError and CdkFailed."""
    account = guard(cdk.target)
    what = f"Bootstrapping account {account} in {cdk.target.region}"
    with step(console, what), cdk.bootstrapping(account):
        pass  # nothing else to do meanwhile


def deployable(cdk: Cdk, console: Console) -> Cdk:
    """Return the CDK without the stacks that cannot work on the target, and say which and why."""
    offered = identify(cdk.target)
    for stack in sorted(offered.missing_stacks):
        tell(
            console,
            f"The {stack} stack is left out: {offered.version} does not offer what it needs.",
        )
    missing = set(offered.missing_stacks)
    if cdk.allowed_cidr is None and Stack.ALB not in cdk.without:
        tell(
            console,
            "The alb stack is left out, because nobody could reach it: to include it, give the "
            "network that may, for example ALLOWED_CIDR=203.0.113.7/32. It costs money by the hour "
            "(docs/costs.md).",
        )
        missing.add(Stack.ALB)
    return cdk.leaving_out(missing)


def tell_expired(stacks: Iterable[DeployedStack], target: Target, console: Console) -> None:
    """Print one line for each stage that should be gone by now."""
    today = datetime.now(UTC).date()
    for stage, day in sorted(expired_stages(stacks, today).items()):
        how = how_to_destroy(target, stage)
        tell(console, f"Stage {stage} expired on {day} and is still deployed: {how}")
