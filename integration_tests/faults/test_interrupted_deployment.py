"""A deployment that is interrupted or fails on its way: it can be resumed, and be destroyed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath

import pytest

from deployment.emulator_process import running_emulator
from deployment.toolchain import PROJECT_FOLDER
from stacks.naming import Stack, stack_name

from .aws_request import Refusal
from .calls import BEFORE_DESTRUCTION, IN_DEPLOYMENTS, IN_THE_PROOF, OF_DEPLOYMENTS, operation
from .conftest import Commands, check_destroyed, processes_with
from .fault_proxy import FaultProxy, Refuse, Rule, Tell, once_each

STAGE = "interrupted"
ENDED_WITHIN = 60.0


@pytest.fixture(scope="module")
def empty_account() -> Iterator[FaultProxy]:
    """A proxy in front of an emulator in which nothing was ever deployed."""
    with running_emulator() as endpoint, FaultProxy(endpoint) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Let what is started here be interrupted: what a shell runs in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def commands(empty_account: FaultProxy, commands_for: Callable[[str], Commands]) -> Commands:
    """The commands of the project, for the empty account."""
    return commands_for(empty_account.endpoint)


POINTS = {
    "while the stacks are synthesized": "cloudformation DescribeStacks",
    "when bootstrapping has begun": "cloudformation ExecuteChangeSet",
    "while assets are uploaded": "s3 PutObject",
    "when the creation of the first stack has begun": "cloudformation CreateStack",
}
"""The calls at which a deployment is interrupted, in its order: each one resumes the one before."""


@pytest.mark.parametrize("point", POINTS)
def test_an_interrupt_ends_every_process_and_says_how_to_remove_what_is_there(
    point: str, empty_account: FaultProxy, tmp_path: FilePath
) -> None:
    program = start_deployment(empty_account, tmp_path)

    def interrupt() -> None:
        """Do as Ctrl-C does, and keep the answer until the program has ended."""
        os.killpg(program.pid, signal.SIGINT)
        program.wait(ENDED_WITHIN)

    rule = Rule(Tell(interrupt, forwarded=True), [operation(POINTS[point])], times=1)
    with empty_account.injecting(rule):
        _, errors = program.communicate(timeout=ENDED_WITHIN)
    assert program.returncode == 130
    (line,) = errors.splitlines()
    assert line.startswith("deployment: interrupted; every process that was started has ended")
    assert "to remove what is deployed: make destroy TARGET=local" in line
    assert processes_with(tmp_path / "temporary") == []


def test_a_stack_that_is_refused_is_told(empty_account: FaultProxy, commands: Commands) -> None:
    name = stack_name(STAGE, Stack.ALB)
    refused = Rule(Refuse(Refusal.DENIED), [operation("cloudformation CreateStack")], name.encode())
    with empty_account.injecting(refused):
        half = commands.deployment("deploy", "--stage", STAGE)
    assert f"cdk deploy failed: ❌ {name} failed to deploy ‣ AccessDenied" in half.refusal
    assert "to remove what is deployed: make destroy" in half.refusal


def test_after_all_that_it_is_resumed_and_destroyed_though_every_call_is_throttled_once(
    empty_account: FaultProxy, commands: Commands, soon_again: None
) -> None:
    throttled = once_each(Refusal.THROTTLED, *OF_DEPLOYMENTS)
    with empty_account.injecting(throttled):
        deployed = commands.deployment("deploy", "--stage", STAGE)
        assert empty_account.injected().keys() >= {*IN_DEPLOYMENTS}
    assert (deployed.exit_code, deployed.errors) == (0, "")
    with empty_account.injecting(throttled):
        check_destroyed(commands, STAGE)
        # The bucket is empty.
        made = {*BEFORE_DESTRUCTION, *IN_THE_PROOF} - {operation("s3 DeleteObjects")}
        assert empty_account.injected().keys() >= made


def start_deployment(proxy: FaultProxy, folder: FilePath) -> "subprocess.Popen[str]":
    """Start `python -m deployment deploy` in a process group of its own, as a shell does."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "deployment", "deploy",
            "--endpoint", proxy.endpoint, "--stage", STAGE, "--out", str(folder / "out"),
        ],
        cwd=PROJECT_FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )  # fmt: skip
