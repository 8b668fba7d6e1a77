"""One deployed set of stacks and one run of all scenarios, shared by every test."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path as FilePath
from typing import Any

import pytest
from rich.console import Console

from comparison.command_line import Options, Outcome, compare
from comparison.targets import Target, TargetName, load_target
from deployment.command_line import adopt_environment, emulated
from deployment.deployment import DeploymentOptions, cdk_for, deploy, destroy
from deployment.emulator_process import running_emulator
from stacks.context import read_context


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("invocation paths")
    group.addoption("--target", default="local", help=f"one of: {', '.join(TargetName)}")
    group.addoption("--endpoint", default=None, help="address of a target that runs already")
    group.addoption("--region", default=None, help="AWS region")
    group.addoption("--stage", default=None, help="stage of the stacks (default: your user name)")
    group.addoption("--allowed-cidr", default=None, help="who may reach the load balancer")
    group.addoption("--keep", action="store_true", help="leave the stacks deployed")


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The target of the session; `local` and `ministack` are started for it."""
    option = request.config.getoption
    name, endpoint = option("--target"), option("--endpoint")
    with ExitStack() as stack:
        if endpoint is None and emulated(name):
            shipped = name == TargetName.MINISTACK
            endpoint = stack.enter_context(running_emulator(as_shipped=shipped))
        target = load_target(name, endpoint=endpoint, region=option("--region"))
        before = dict(os.environ)
        adopt_environment(target)
        yield target
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def stage(
    request: pytest.FixtureRequest, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The stage with all stacks deployed; destroyed after the session unless --keep is given."""
    option = request.config.getoption
    context = read_context(
        {"stage": option("--stage"), "allowed_cidr": option("--allowed-cidr")}.get
    )
    folder = tmp_path_factory.mktemp("deployment")
    options = DeploymentOptions(context.stage, context.allowed_cidr)
    cdk = cdk_for(target, options, folder)
    console = Console(file=(folder / "progress.txt").open("w"))
    deploy(cdk, console)
    yield context.stage
    if not option("--keep"):
        destroy(cdk, console)


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory: pytest.TempPathFactory) -> FilePath:
    """Where the run's results are written."""
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="session")
def outcome(target: Target, stage: str, report_folder: FilePath) -> Outcome:
    """The outcome of one run of all scenarios on all paths, the schedule included."""
    options = Options(
        target=target.name,
        endpoint=target.endpoint,
        region=target.region,
        stage=stage,
        paths=(),
        scenarios=(),
        slow=True,
        out=report_folder,
    )
    with (report_folder / "progress.txt").open("w") as file:
        return compare(options, Console(file=file))


@pytest.fixture(scope="session")
def results(outcome: Outcome, report_folder: FilePath) -> Mapping[str, Any]:
    """What results.json says of the run."""
    document: Mapping[str, Any] = json.loads((report_folder / "results.json").read_text())
    return document
