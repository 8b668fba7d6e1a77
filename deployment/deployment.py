"""Deploying the stacks to a target, and destroying them."""

import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from comparison.clients import Clients
from comparison.targets import Target, check_account
from deployment.cdk import EMULATED_ACCOUNT, Cdk
from deployment.steps import step
from stacks.naming import Stack


@dataclass(frozen=True)
class DeploymentOptions:
    """What to deploy: the stage, who may reach the ALB, which stacks to leave out."""

    stage: str
    allowed_cidr: str | None = None
    without: frozenset[Stack] = frozenset()


def cdk_for(target: Target, options: DeploymentOptions, folder: Path) -> Cdk:
    """Return the CDK for a target, with its cloud assembly and its log in a folder."""
    context = {"stage": options.stage}
    cidr = options.allowed_cidr if target.is_aws else "127.0.0.1/32"
    if cidr is not None:
        context["allowed_cidr"] = cidr
    without = options.without | target.missing_stacks
    if without:
        context["without"] = ",".join(sorted(without))
    return Cdk(target, context, output=folder / "cdk.out", log=folder / "cdk.log")


def guard(target: Target) -> str:
    """Return the account that answers, after checking that it is the one that was named.

    Raises TargetError for another account.
    """
    account = Clients(target).sts.get_caller_identity()["Account"]
    check_account(target, account, os.environ)
    return account


def deploy(cdk: Cdk, console: Console) -> None:
    """Synthesize and deploy all stacks; an emulated account is bootstrapped at the same time.

    A real account is bootstrapped by its owner, once. Raises CdkFailed.
    """
    account = guard(cdk.target)
    if cdk.target.is_aws:
        with step(console, "Synthesizing the stacks"):
            cdk.synthesize()
    else:
        with step(console, "Synthesizing the stacks and bootstrapping the emulated account"):
            bootstrap = cdk.start_bootstrap(account or EMULATED_ACCOUNT)
            cdk.synthesize()
            cdk.finish(bootstrap, "cdk bootstrap")
    with step(console, "Deploying the stacks with the CDK CLI"):
        cdk.deploy()


def destroy(cdk: Cdk, console: Console) -> None:
    """Destroy all stacks. Raises CdkFailed."""
    guard(cdk.target)
    with step(console, "Synthesizing the stacks"):
        cdk.synthesize()
    with step(console, "Destroying the stacks"):
        cdk.destroy()
