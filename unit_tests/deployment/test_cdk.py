"""Running the CDK: with which environment and arguments, and what is told when it fails."""

import fcntl
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from comparison.targets import load_target
from comparison.waiting import eventually
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


def command_is(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(cdk_module, "cdk_command", lambda: [sys.executable, "-c", code])


def recorded(cdk: Cdk) -> Any:
    return json.loads(cdk.log.read_text().splitlines()[-1])


def test_a_local_target_never_sees_the_users_profile(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command_is(monkeypatch, RECORDER)
    local_cdk.synthesize()
    variables = recorded(local_cdk)["variables"]
    assert "AWS_PROFILE" not in variables
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert variables["CDK_S3_FORCE_PATH_STYLE"] == "1"
    assert "stage=anna" in recorded(local_cdk)["arguments"]


def test_a_failure_is_one_line_that_names_the_log(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command_is(
        monkeypatch,
        "print('Synthesizing'); print('Error: no such stack'); raise SystemExit(1)",
    )
    with pytest.raises(CdkFailed) as failure:
        local_cdk.deploy()
    expected = f"cdk deploy failed: Error: no such stack (all of it: {local_cdk.log})"
    assert str(failure.value) == expected


def test_the_details_that_follow_a_failure_are_told_with_it(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command_is(monkeypatch, "print('❌  alb failed\\n‣ AccessDenied: no\\n'); raise SystemExit(1)")
    with pytest.raises(CdkFailed, match="cdk deploy failed: ❌  alb failed ‣ AccessDenied: no "):
        local_cdk.deploy()


def test_what_the_cdk_leaves_in_its_temporary_folder_is_removed(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command_is(monkeypatch, f"import tempfile; tempfile.mkdtemp(){RECORDER}")
    local_cdk.synthesize()
    assert not Path(recorded(local_cdk)["variables"]["TMPDIR"]).exists()


BOUNDARY = "arn:aws:iam::111111111111:policy/teams/boundary"


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        (DeploymentOptions("anna"), []),
        (
            DeploymentOptions("anna", qualifier="abc"),
            ["--qualifier", "abc", "--toolkit-stack-name", "CDKToolkit-abc"],
        ),
        (
            DeploymentOptions("anna", permissions_boundary=BOUNDARY),
            ["--custom-permissions-boundary", "teams/boundary"],
        ),
    ],
    ids=["as usual", "a qualifier has a stack of its own", "a boundary bounds CloudFormation, too"],
)
def test_bootstrap_resources_are_made_as_the_account_needs_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: DeploymentOptions,
    arguments: list[str],
) -> None:
    command_is(monkeypatch, RECORDER)
    cdk = cdk_for(load_target("local"), options, tmp_path)
    with cdk.bootstrapping("000000000000"):
        pass
    expected = ["bootstrap", "aws://000000000000/us-east-1", *arguments]
    assert recorded(cdk)["arguments"] == [*expected, "--no-notices", "--no-color"]


def test_who_interrupts_ends_what_was_started_and_what_that_has_started(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "locked"
    grandchild = (
        f"import fcntl, threading; file = open({str(file)!r}, 'w'); "
        "fcntl.flock(file, fcntl.LOCK_EX); print('locked', flush=True); threading.Event().wait()"
    )
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    command_is(monkeypatch, code)

    def until_locked_and_interrupted() -> None:
        with local_cdk.bootstrapping("000000000000"):
            eventually(lambda: assert_in("locked", local_cdk.log), within=30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        until_locked_and_interrupted()
    eventually(lambda: assert_free(file), within=30)


def test_what_does_not_end_when_it_is_told_to_is_killed(
    local_cdk: Cdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    command_is(monkeypatch, code + "print('deaf', flush=True); threading.Event().wait()")
    monkeypatch.setattr(cdk_module, "ENDS_WITHIN", 0.1)

    def until_deaf_and_interrupted() -> None:
        with local_cdk.bootstrapping("000000000000"):
            eventually(lambda: assert_in("deaf", local_cdk.log), within=30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        until_deaf_and_interrupted()


def assert_in(word: str, file: Path) -> None:
    assert word in file.read_text()


def assert_free(file: Path) -> None:
    """Check that nobody holds the lock of a file: whoever did has ended."""
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AssertionError(f"{file} is locked") from None


def test_an_emulated_load_balancer_is_open_to_this_machine_only(tmp_path: Path) -> None:
    cdk = cdk_for(load_target("local"), DeploymentOptions("anna", "203.0.113.7/32"), tmp_path)
    assert cdk.allowed_cidr == "127.0.0.1/32"


def test_in_a_sandbox_account_only_the_given_network_is_let_in(tmp_path: Path) -> None:
    options = DeploymentOptions("anna", "203.0.113.7/32", frozenset({Stack.ALB}))
    cdk = cdk_for(load_target("aws"), options, tmp_path)
    assert cdk.allowed_cidr == "203.0.113.7/32"
    assert cdk.without == {Stack.ALB}
    assert cdk.context["stage"] == "anna"
