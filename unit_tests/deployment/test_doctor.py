"""What the doctor says of an account and of a target: ok, or what to do."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from comparison.targets import load_target
from deployment import doctor, doctor_account
from deployment.clients import DeploymentClients
from deployment.deployment import DeploymentOptions, cdk_for
from deployment.doctor_account import (
    Account,
    check_allowed_cidr,
    check_bootstrap,
    check_clock,
    check_concurrency,
    check_load_balancers,
    check_vpcs,
    check_zones,
)
from deployment.findings import Finding, ok, to_do
from deployment.stages import DeployedStack
from stacks.naming import Stack, stack_name

CIDR = "203.0.113.7/32"


@pytest.fixture
def account(clients: DeploymentClients, tmp_path: Path) -> Account:
    options = DeploymentOptions("anna", allowed_cidr=CIDR)
    return Account(cdk_for(load_target("aws"), options, tmp_path), clients, ())


def with_options(account: Account, tmp_path: Path, **options: Any) -> Account:
    given = DeploymentOptions("anna", **options)
    return replace(account, cdk=cdk_for(load_target("aws"), given, tmp_path))


def bootstrapped(version: str, qualifier: str = "hnb659fds") -> DeployedStack:
    parameters, outputs = {"Qualifier": qualifier}, {"BootstrapVersion": version}
    return DeployedStack("CDKToolkit", "CREATE_COMPLETE", {}, parameters, outputs)


@pytest.mark.parametrize(("zones", "right"), [(1, False), (2, True), (6, True)])
def test_a_load_balancer_needs_two_zones(
    account: Account, stub: Callable[..., Any], zones: int, right: bool
) -> None:
    answer = {"AvailabilityZones": [{"ZoneName": str(number)} for number in range(zones)]}
    stub(account.clients.ec2, {"describe_availability_zones": [answer]})
    assert check_zones(account).ok is right


def test_an_account_without_bootstrap_resources_is_told_the_command(account: Account) -> None:
    finding = check_bootstrap(account)
    assert not finding.ok
    assert finding.told.endswith("make bootstrap TARGET=aws REGION=us-east-1")


def test_bootstrap_resources_of_another_qualifier_are_not_ours(
    account: Account, tmp_path: Path
) -> None:
    own = with_options(account, tmp_path, qualifier="abc")
    finding = check_bootstrap(replace(own, stacks=(bootstrapped("30"),)))
    assert not finding.ok
    assert finding.told.endswith(" QUALIFIER=abc")
    assert check_bootstrap(replace(own, stacks=(bootstrapped("30", "abc"),))).ok


@pytest.mark.parametrize(("version", "right"), [("5", False), ("6", True), ("33", True)])
def test_bootstrap_resources_must_be_new_enough(
    account: Account, version: str, right: bool
) -> None:
    assert check_bootstrap(replace(account, stacks=(bootstrapped(version),))).ok is right


@pytest.mark.parametrize(
    ("unreserved", "right", "told"),
    [(9, False, "ask for more"), (10, True, "takes longer"), (1000, True, "1000 unreserved")],
)
def test_a_new_account_works_and_is_told_why_it_is_slow(
    account: Account, stub: Callable[..., Any], unreserved: int, right: bool, told: str
) -> None:
    limit = {"AccountLimit": {"UnreservedConcurrentExecutions": unreserved}}
    stub(account.clients.lambda_, {"get_account_settings": [limit]})
    finding = check_concurrency(account)
    assert finding.ok is right
    assert told in finding.told


@pytest.mark.parametrize(("used", "right"), [(4, True), (5, False)])
def test_there_must_be_room_for_a_vpc(
    account: Account, stub: Callable[..., Any], used: int, right: bool
) -> None:
    vpcs = {"Vpcs": [{"VpcId": f"vpc-{number}"} for number in range(used)]}
    stub(account.clients.ec2, {"describe_vpcs": [vpcs]})
    stub(account.clients.quotas, {"get_service_quota": [{"Quota": {"Value": 5.0}}]})
    assert check_vpcs(account).ok is right


def test_network_load_balancers_do_not_count(account: Account, stub: Callable[..., Any]) -> None:
    balancers = [{"Type": "application"}, {"Type": "network"}]
    limits = [{"Name": "application-load-balancers", "Max": "2"}]
    stub(
        account.clients.elbv2,
        {
            "describe_load_balancers": [{"LoadBalancers": balancers}],
            "describe_account_limits": [{"Limits": limits}],
        },
    )
    assert check_load_balancers(account) == ok("load balancers", "1 of 2 are used")


@pytest.mark.parametrize(
    "options",
    [{}, {"allowed_cidr": CIDR, "without": frozenset({Stack.ALB})}],
    ids=["no network given", "left out"],
)
def test_without_a_load_balancer_its_quotas_are_not_asked(
    account: Account, tmp_path: Path, options: dict[str, Any]
) -> None:
    none = with_options(account, tmp_path, **options)
    assert check_vpcs(none).ok
    assert check_load_balancers(none).ok


def test_a_load_balancer_that_is_deployed_already_needs_no_more_room(account: Account) -> None:
    there = DeployedStack(stack_name("anna", Stack.ALB), "CREATE_COMPLETE", {}, {}, {})
    assert check_vpcs(replace(account, stacks=(there,))).told == "none is made"


def test_who_gives_no_network_is_told_what_happens_and_what_it_costs(
    account: Account, tmp_path: Path
) -> None:
    finding = check_allowed_cidr(with_options(account, tmp_path))
    assert finding.ok
    assert "left out" in finding.told
    assert "docs/costs.md" in finding.told
    assert check_allowed_cidr(account).told == f"{CIDR} may reach the load balancer"


@pytest.mark.parametrize(
    ("ahead", "right", "told"),
    [(0, True, "within 5 s"), (60, False, "60 s ahead of AWS"), (-60, False, "60 s behind AWS")],
)
def test_the_clock_is_compared_with_aws(
    account: Account, monkeypatch: pytest.MonkeyPatch, ahead: int, right: bool, told: str
) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    header = format_datetime(now, usegmt=True)

    class Sts:
        def get_caller_identity(self) -> dict[str, Any]:
            return {"ResponseMetadata": {"HTTPHeaders": {"date": header}}}

    monkeypatch.setattr(doctor_account, "sts_client", lambda _: Sts())
    clock = (now + timedelta(seconds=ahead)).timestamp()
    monkeypatch.setattr(time, "time", lambda: clock)
    finding = check_clock(account)
    assert finding.ok is right
    assert told in finding.told


def test_a_finding_is_one_line() -> None:
    assert str(ok("clock", "right")) == "ok     clock              right"
    assert str(to_do("clock", "set\nit")) == "to do  clock              set it"


def test_what_cannot_be_read_does_not_hide_the_other_checks(
    account: Account, console: Console, monkeypatch: pytest.MonkeyPatch, printed: Callable[[], str]
) -> None:
    def refused(_: Account) -> Finding:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeVpcs")

    checks = {"VPCs": refused, "clock": lambda _: ok("clock", "right")}
    monkeypatch.setattr(doctor, "ACCOUNT_CHECKS", checks)
    monkeypatch.setattr(doctor, "guard", lambda _: "111111111111")
    monkeypatch.setattr(doctor, "list_stacks", lambda _: [])
    assert not doctor.examine(account.cdk, console)
    _, _, vpcs, clock = printed().splitlines()
    assert vpcs.startswith("to do  VPCs")
    assert "docs/iam/deploy-policy.json" in vpcs
    assert clock.startswith("ok     clock")


def test_an_outdated_cdk_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "cdk_version", lambda: "2.0.0")
    finding = doctor.check_toolchain()
    assert not finding.ok
    assert finding.told.endswith("run `make setup`")


def test_the_installed_cdk_is_the_one_this_project_is_made_for() -> None:
    assert doctor.check_toolchain().ok
