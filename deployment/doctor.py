"""What has to be right before anything is deployed, one line each: ok, or what to do."""

from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from comparison.guard import guard
from comparison.targets import TargetError
from comparison.versions import identify
from deployment.cdk import Cdk
from deployment.clients import DeploymentClients
from deployment.doctor_account import ACCOUNT_CHECKS, Account
from deployment.findings import Finding, ok, to_do
from deployment.stages import list_stacks
from deployment.steps import tell
from deployment.toolchain import NotInstalled, cdk_command, cdk_version, pinned_cdk_version


def examine(cdk: Cdk, console: Console) -> bool:
    """Print a line per check; returns whether all is right."""
    findings = []
    for finding in _findings(cdk):
        tell(console, str(finding))
        findings.append(finding)
    return all(finding.ok for finding in findings)


def _findings(cdk: Cdk) -> Iterator[Finding]:
    """Go through the checks; after a refused target there is nothing more to ask it."""
    yield check_toolchain()
    try:
        account = guard(cdk.target)
        target = identify(cdk.target)
    except TargetError as error:
        yield to_do("target", str(error))
        return
    where = target.region if target.is_aws else f"{target.endpoint}, {target.version}"
    yield ok("target", f"account {account} in {where}")
    for stack in sorted(target.missing_stacks):
        yield ok(f"{stack} stack", "left out: the target does not offer what it needs")
    if target.is_aws:
        yield from account_findings(cdk)


def check_toolchain() -> Finding:
    """Check that the CDK CLI is installed in the version that this project is made for."""
    try:
        cdk_command()
        version, pinned = cdk_version(), pinned_cdk_version()
    except NotInstalled as error:
        return to_do("CDK CLI", str(error))
    if version != pinned:
        return to_do("CDK CLI", f"version {version} is installed, not {pinned}; run `make setup`")
    return ok("CDK CLI", f"version {version}")


def account_findings(cdk: Cdk) -> Iterator[Finding]:
    """Go through the checks of a sandbox account."""
    clients = DeploymentClients(cdk.target)
    try:
        account = Account(cdk, clients, tuple(list_stacks(clients.cloudformation)))
    except (BotoCoreError, ClientError) as error:
        yield _not_readable("stacks", error)
        return
    for subject, check in ACCOUNT_CHECKS.items():
        yield _tried(subject, check, account)


def _tried(subject: str, check: Callable[[Account], Finding], account: Account) -> Finding:
    try:
        return check(account)
    except (BotoCoreError, ClientError) as error:
        return _not_readable(subject, error)


def _not_readable(subject: str, error: Exception) -> Finding:
    return to_do(subject, f"cannot be read: {error}; docs/iam/deploy-policy.json allows it")
