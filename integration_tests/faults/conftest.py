"""One emulator and one deployed stage behind a proxy that injects faults, for all tests here."""

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

import pytest
from botocore.config import Config
from botocore.retries.standard import ExponentialBackoff
from rich.console import Console

import comparison.clients
import comparison.command_line
import comparison.run
import deployment.command_line
from comparison import sinks
from comparison.deployed import Deployed, read_deployed
from comparison.path import EVERY_PATH
from comparison.phases import Phase
from comparison.run import RunRecord
from comparison.sequence import run_phases
from comparison.targets import Target, load_target
from comparison.versions import identify
from comparison.waiting import eventually
from deployment.cdk import Cdk
from deployment.command_line import adopt_environment
from deployment.deployment import DeploymentOptions, cdk_for, deploy, destroy
from deployment.emulator_process import running_emulator

from .aws_request import Operation
from .fault_proxy import FaultProxy

STAGE = "faults"
NOT_DEPLOYED = "never"
"""A stage that nobody deploys."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it printed."""

    exit_code: int
    output: str
    errors: str

    @property
    def refusal(self) -> str:
        """The one line on standard error with which a command is refused."""
        assert self.exit_code == 2, self
        (line,) = self.errors.splitlines()
        return line


class Commands:
    """The commands of the project, run in this process against one target."""

    def __init__(
        self, endpoint: str, folder: FilePath, capture: pytest.CaptureFixture[str]
    ) -> None:
        self._endpoint = endpoint
        self._folder = folder
        self._capture = capture

    def compare(self, *arguments: str) -> Ended:
        """Run a comparison of the deployed stage."""
        return self._run(comparison.command_line.main, [*arguments, "--stage", STAGE])

    def deployment(self, command: str, *arguments: str) -> Ended:
        """Run a command of the deployment."""
        return self._run(deployment.command_line.main, [command, *arguments])

    def results(self) -> Mapping[str, Any]:
        """Return what the results of the last comparison say."""
        document: Mapping[str, Any] = json.loads((self._folder / "results.json").read_text())
        return document

    def _run(self, main: Callable[[list[str]], int], arguments: list[str]) -> Ended:
        self._capture.readouterr()
        where = ["--endpoint", self._endpoint, "--out", str(self._folder)]
        exit_code = main([*arguments, *where])
        printed = self._capture.readouterr()
        return Ended(exit_code, printed.out, printed.err)


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The address of an emulator."""
    with running_emulator() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def proxy(emulator: str) -> Iterator[FaultProxy]:
    """A proxy in front of the emulator, without faults until a test injects some."""
    with FaultProxy(emulator) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def proxied(proxy: FaultProxy) -> Target:
    """The emulator, reached through the proxy."""
    return identify(load_target("local", endpoint=proxy.endpoint))


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> FilePath:
    """Where cloud assemblies are kept."""
    return tmp_path_factory.mktemp("assemblies")


@contextmanager
def synthesizing_once(assemblies: FilePath) -> Iterator[None]:
    """Let every stage be synthesized once: that asks no target anything, and takes seconds."""
    synthesize = Cdk.synthesize

    def copy(cdk: Cdk) -> None:
        assembly = assemblies / "-".join(sorted(cdk.context.values())).replace("/", "-")
        if not assembly.exists():
            synthesize(replace(cdk, output=assembly))
        shutil.copytree(assembly, cdk.output, dirs_exist_ok=True)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Cdk, "synthesize", copy)
        yield


@pytest.fixture(scope="module", autouse=True)
def synthesized_once(assemblies: FilePath) -> Iterator[None]:
    """Let every stage be synthesized once."""
    with synthesizing_once(assemblies):
        yield


@pytest.fixture(scope="session")
def deployed_stage(
    proxied: Target, assemblies: FilePath, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cdk]:
    """The stage `faults` with all stacks; destroying it proves that no fault left anything."""
    folder = tmp_path_factory.mktemp("faults")
    cdk = cdk_for(proxied, DeploymentOptions(STAGE), folder)
    with (folder / "progress.txt").open("w") as progress:
        console = Console(file=progress)
        with environment_of(proxied), synthesizing_once(assemblies):
            deploy(cdk, console)
        yield cdk
        with environment_of(proxied), synthesizing_once(assemblies):
            destroy(cdk, console)


@contextmanager
def environment_of(target: Target) -> Iterator[None]:
    """Give this process the environment of a target, as a command does, and its own again."""
    before = dict(os.environ)
    try:
        adopt_environment(target)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def deployed(deployed_stage: Cdk) -> Deployed:
    """The stage as a run reads it."""
    with environment_of(deployed_stage.target):
        return read_deployed(deployed_stage.target, STAGE)


def names(failing: Iterable[Operation]) -> str:
    """Name a test after the calls that fail in it."""
    return ", ".join(map(str, failing))


def observe(deployed: Deployed, *phases: Phase, console: Console | None = None) -> RunRecord:
    """Run phases on every path."""
    return run_phases(deployed, phases, EVERY_PATH, console or Console(quiet=True))


@pytest.fixture
def commands_for(
    tmp_path: FilePath, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Commands]:
    """The commands of the project, for the target at an address."""
    return lambda endpoint: Commands(endpoint, tmp_path / "out", capsys)


@pytest.fixture
def commands(proxy: FaultProxy, commands_for: Callable[[str], Commands]) -> Commands:
    """The commands of the project, for the emulator behind the proxy."""
    return commands_for(proxy.endpoint)


@pytest.fixture(scope="module")
def impatient() -> Iterator[None]:
    """Let observers ask once, and take a target for gone after a second without an answer."""
    observer = comparison.clients.AS_OBSERVER.merge(Config(retries={"total_max_attempts": 1}))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(comparison.clients, "AS_OBSERVER", observer)
        monkeypatch.setattr(comparison.run, "TARGET_GONE_AFTER", 1.0)
        yield


@pytest.fixture(scope="module")
def soon_again() -> Iterator[None]:
    """Let the SDK ask again after a moment, and a message whose receipt was lost come soon."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.05)
        monkeypatch.setattr(sinks, "INVISIBLE_FOR", 2)
        yield


@pytest.fixture(autouse=True)
def nothing_is_left(
    proxied: Target, tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """See that a test leaves no thread, no process and no temporary file behind."""
    threads = set(threading.enumerate())
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    with environment_of(proxied):
        # Every process that is started from here has it in its environment.
        os.environ["TMPDIR"] = str(folder)
        yield

    def check() -> None:
        left = [thread.name for thread in threading.enumerate() if thread not in threads]
        assert left == []
        assert processes_with(folder) == []
        assert list(folder.iterdir()) == []

    eventually(check, within=5, every=0.05, what="nothing is left")


def check_destroyed(commands: Commands, stage: str) -> None:
    """See that a stage can be destroyed, which proves that nothing of it is left."""
    ended = commands.deployment("destroy", "--stage", stage)
    assert (ended.exit_code, ended.errors) == (0, "")
    assert ended.output.splitlines()[-1] == f"Nothing is left of stage {stage}."


def processes_with(folder: FilePath) -> list[str]:
    """Return the command lines of the processes that have a folder in their environment."""
    found = []
    for process in FilePath("/proc").iterdir():
        if process.name.isdecimal() and process.name != str(os.getpid()):
            try:
                if os.fsencode(folder) in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found
