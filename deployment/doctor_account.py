"""Checks of a sandbox account: what a deployment there needs and may have."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from comparison.guard import sts_client
from deployment.cdk import Cdk
from deployment.clients import DeploymentClients
from deployment.findings import Finding, ok, to_do
from deployment.stages import DeployedStack
from stacks.naming import Stack, stack_name

BOOTSTRAP_VERSION = 6
"""The oldest bootstrap resources that the stacks can be deployed with."""
DEFAULT_QUALIFIER = "hnb659fds"
"""The CDK's own qualifier of bootstrap resources."""
ZONES = 2
"""Availability Zones that a load balancer needs ("Application Load Balancers", ELB guide)."""
NEW_ACCOUNT_CONCURRENCY = 10
"""What Lambda leaves unreserved at least, and all that a new account has."""
VPCS_PER_REGION = "L-F678F1CE"
"""Code of the quota in Service Quotas."""
CLOCK_SKEW = 5.0
"""Seconds that this machine may differ from AWS: durations across both would be wrong by that.

AWS refuses signatures that are more than five minutes old ("Signature Version 4", IAM guide).
"""


@dataclass(frozen=True)
class Account:
    """The account under examination, after the guard, with all its stacks."""

    cdk: Cdk
    clients: DeploymentClients
    stacks: tuple[DeployedStack, ...]

    @property
    def gets_load_balancer(self) -> bool:
        """Whether a deployment would make a load balancer that is not there yet."""
        wanted = self.cdk.allowed_cidr is not None and Stack.ALB not in self.cdk.without
        name = stack_name(self.cdk.stage, Stack.ALB)
        return wanted and all(stack.name != name for stack in self.stacks)


def check_zones(account: Account) -> Finding:
    """Check that the region is usable and has zones enough."""
    region = account.cdk.target.region
    answer = account.clients.ec2.describe_availability_zones(
        Filters=[
            {"Name": "zone-type", "Values": ["availability-zone"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )
    zones = len(answer["AvailabilityZones"])
    if zones < ZONES:
        return to_do("region", f"{region} has {zones} zones and {ZONES} are needed; give REGION=")
    return ok("region", f"{region} has {zones} zones")


def check_bootstrap(account: Account) -> Finding:
    """Check that the CDK's bootstrap resources are there, and not too old."""
    qualifier = account.cdk.qualifier or DEFAULT_QUALIFIER
    versions = [
        int(stack.outputs["BootstrapVersion"])
        for stack in account.stacks
        if "BootstrapVersion" in stack.outputs and stack.parameters.get("Qualifier") == qualifier
    ]
    own = f" QUALIFIER={qualifier}" if account.cdk.qualifier else ""
    how = f"make bootstrap TARGET=aws REGION={account.cdk.target.region}{own}"
    if not versions:
        return to_do("bootstrap", f"there are no bootstrap resources {qualifier}: {how}")
    if versions[0] < BOOTSTRAP_VERSION:
        return to_do("bootstrap", f"version {versions[0]} is below {BOOTSTRAP_VERSION}: {how}")
    return ok("bootstrap", f"version {versions[0]}, qualifier {qualifier}")


def check_concurrency(account: Account) -> Finding:
    """Check how many executions the account may have at once."""
    limit = account.clients.lambda_.get_account_settings()["AccountLimit"]
    unreserved = limit["UnreservedConcurrentExecutions"]
    ask = "ask for more in Service Quotas (Lambda, concurrent executions)"
    if unreserved < NEW_ACCOUNT_CONCURRENCY:
        return to_do("Lambda concurrency", f"{unreserved} are left unreserved: {ask}")
    if unreserved == NEW_ACCOUNT_CONCURRENCY:
        return ok(
            "Lambda concurrency",
            f"{unreserved}, as a new account has: jobs are throttled and tried again, a run takes "
            f"longer, and none can be reserved; to be faster, {ask}",
        )
    return ok("Lambda concurrency", f"{unreserved} unreserved")


def check_vpcs(account: Account) -> Finding:
    """Check that there is room for the load balancer's VPC."""
    if not account.gets_load_balancer:
        return ok("VPCs", "none is made")
    vpcs = account.clients.ec2.get_paginator("describe_vpcs").paginate().build_full_result()
    quota = account.clients.quotas.get_service_quota(ServiceCode="vpc", QuotaCode=VPCS_PER_REGION)
    return _room("VPCs", len(vpcs["Vpcs"]), int(quota["Quota"]["Value"]))


def check_load_balancers(account: Account) -> Finding:
    """Check that there is room for the load balancer."""
    if not account.gets_load_balancer:
        return ok("load balancers", "none is made")
    elbv2 = account.clients.elbv2
    pages = elbv2.get_paginator("describe_load_balancers").paginate().build_full_result()
    used = sum(one["Type"] == "application" for one in pages["LoadBalancers"])
    limits = {one["Name"]: one["Max"] for one in elbv2.describe_account_limits()["Limits"]}
    return _room("load balancers", used, int(limits["application-load-balancers"]))


def _room(what: str, used: int, limit: int) -> Finding:
    if used >= limit:
        return to_do(what, f"{used} of {limit} are used: delete one, or give WITHOUT=alb")
    return ok(what, f"{used} of {limit} are used")


def check_allowed_cidr(account: Account) -> Finding:
    """Say who may reach the load balancer, or that there will be none."""
    cidr = account.cdk.allowed_cidr
    if cidr is None:
        return ok(
            "ALLOWED_CIDR",
            "not given: the alb stack is left out; to include it give your own address, for "
            "example ALLOWED_CIDR=203.0.113.7/32 (it costs by the hour, docs/costs.md)",
        )
    return ok("ALLOWED_CIDR", f"{cidr} may reach the load balancer")


def check_clock(account: Account) -> Finding:
    """Compare this machine's clock with the one of AWS, to the second that HTTP tells."""
    answer = sts_client(account.cdk.target).get_caller_identity()
    told = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    skew = time.time() - told
    if abs(skew) > CLOCK_SKEW:
        way = "ahead of" if skew > 0 else "behind"
        return to_do("clock", f"{abs(skew):.0f} s {way} AWS: set it by NTP")
    return ok("clock", f"within {CLOCK_SKEW:.0f} s of AWS")


ACCOUNT_CHECKS: Mapping[str, Callable[[Account], Finding]] = {
    "region": check_zones,
    "bootstrap": check_bootstrap,
    "Lambda concurrency": check_concurrency,
    "VPCs": check_vpcs,
    "load balancers": check_load_balancers,
    "ALLOWED_CIDR": check_allowed_cidr,
    "clock": check_clock,
}
"""The checks by what they look at, in the order in which they are told."""
