"""Running the CDK: with which environment and arguments, and what is told when it fails."""

import sys
from pathlib import Path

import pytest

from comparison.targets import load_target
from deployment import cdk as cdk_module
from deployment.cdk import Cdk, CdkFailed
from deployment.deployment import DeploymentOptions, cdk_for
from stacks.naming import Stack

RECORDER = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "variables": dict(os.environ)}))
"""


@pytest.fixture
def local_cdk(tmp_path: Path) -> Cdk:
    target = load_target("local", endpoint="http://127.0.0.1:4999")
    return Cdk(
        target,
        {"stage": "anna"},
        output=tmp_path / "cdk.out",
        log=tmp_path / "cdk.log",
        variables={"PATH": "/bin", "AWS_PROFILE": "production"},
    )


def test_a_local_target_never_sees_the_users_profile(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdk_module, "cdk_command", lambda: [sys.executable, "-c", RECORDER])
    local_cdk.synthesize()
    log = local_cdk.log.read_text()
    assert "AWS_PROFILE" not in log
    assert '"AWS_ENDPOINT_URL": "http://127.0.0.1:4999"' in log
    assert '"stage=anna"' in log


def test_a_failure_is_one_line_that_names_the_log(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "print('Synthesizing'); print('Error: no such stack'); raise SystemExit(1)"
    monkeypatch.setattr(cdk_module, "cdk_command", lambda: [sys.executable, "-c", code])
    with pytest.raises(CdkFailed) as failure:
        local_cdk.deploy()
    expected = f"cdk deploy failed: Error: no such stack (all of it: {local_cdk.log})"
    assert str(failure.value) == expected


def test_an_emulated_load_balancer_is_open_to_this_machine_only(tmp_path: Path) -> None:
    cdk = cdk_for(load_target("local"), DeploymentOptions("anna", "203.0.113.7/32"), tmp_path)
    assert cdk.context["allowed_cidr"] == "127.0.0.1/32"


def test_in_a_sandbox_account_only_the_given_network_is_let_in(tmp_path: Path) -> None:
    options = DeploymentOptions("anna", "203.0.113.7/32", frozenset({Stack.ALB}))
    cdk = cdk_for(load_target("aws"), options, tmp_path)
    assert cdk.context == {"stage": "anna", "allowed_cidr": "203.0.113.7/32", "without": "alb"}
