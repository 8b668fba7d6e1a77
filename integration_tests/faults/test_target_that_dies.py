"""A target that dies, or falls silent, in the middle of a run."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath
from typing import Any

import pytest
from botocore.config import Config

import comparison.clients
from comparison.deployed import read_deployed
from comparison.senders import front_door
from comparison.targets import load_target
from comparison.waiting import eventually
from deployment.cdk import Cdk
from deployment.emulator_process import READY_WITHIN
from deployment.toolchain import PROJECT_FOLDER
from stacks.naming import Output

from .calls import ANSWER, RAISE, on, plain
from .conftest import STAGE, Commands, Ended, observe, processes_with
from .fault_proxy import Delay, FaultProxy, Rule
from .middle_of_a_run import MiddleOfARun, check_cut_short

pytestmark = pytest.mark.usefixtures("impatient")

SOON = 15.0
"""Seconds in which a run is over after its target is gone."""


def check_report(ended: Ended, results: Mapping[str, Any]) -> None:
    """See that what a run observed until its end is reported, and all else as not observed."""
    assert ended.exit_code == 1
    assert "The run ended early: the target stopped answering" in ended.output
    assert ended.errors == ""
    verdicts = Counter(fact["verdict"] for fact in results["facts"])
    assert verdicts["held"] > 0
    assert verdicts["not-observed"] > 0
    assert verdicts["failed"] == 0, [f for f in results["facts"] if f["verdict"] == "failed"]
    over = [job for job in results["jobs"] if job["attempts"] and job["ended"]]
    assert "answer" in {job["scenario"] for job in over}


class Emulator:
    """An emulator in a process that can be killed; folder holds all its temporary files."""

    def __init__(self, folder: FilePath) -> None:
        self._folder = folder
        folder.mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--port", "0", "--parent", str(os.getpid())],
            cwd=PROJECT_FOLDER,
            env={**os.environ, "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def endpoint(self) -> str:
        assert self._process.stdout is not None
        timer = threading.Timer(READY_WITHIN, self._process.kill)
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        return line.split()[1]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def check_gone(self) -> None:
        assert processes_with(self._folder) == []


@pytest.fixture
def emulator_process(tmp_path: FilePath) -> Iterator[Emulator]:
    process = Emulator(tmp_path / "emulator")
    yield process
    process.kill()


def test_an_emulator_that_is_killed_ends_the_run_with_what_was_seen(
    emulator_process: Emulator, commands_for: Callable[[str], Commands]
) -> None:
    endpoint = emulator_process.endpoint()
    commands = commands_for(endpoint)
    assert commands.deployment("deploy", "--stage", STAGE).exit_code == 0
    deployed = read_deployed(load_target("local", endpoint=endpoint), STAGE)

    def check_second_attempt() -> None:
        """Check that one job was tried again: then some are over, and others are not."""
        receipts = deployed.clients.dynamodb.scan(
            TableName=deployed.outputs[Output.RECEIPTS_TABLE_NAME]
        )["Items"]
        attempts = Counter(receipt["job"]["S"] for receipt in receipts)
        assert max(attempts.values(), default=0) > 1, "no second attempt"

    def kill_in_the_middle() -> float:
        eventually(check_second_attempt, within=60, what="a second attempt")
        emulator_process.kill()
        return time.monotonic()

    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill_in_the_middle)
        ended = commands.compare(*scenarios("answer", "slow", "raise"))
        assert time.monotonic() - killed.result() < SOON
    check_report(ended, commands.results())
    eventually(emulator_process.check_gone, within=10, what="no process of the emulator")
    assert f"nothing answers at {endpoint}" in commands.deployment("destroy").refusal


def test_a_target_that_falls_silent_ends_the_run_with_what_was_seen(
    proxy: FaultProxy, deployed_stage: Cdk, hasty: None
) -> None:
    silent = threading.Event()
    middle = MiddleOfARun(silent.set)
    deployed = read_deployed(deployed_stage.target, STAGE)
    paths = ("sdk-sync", "sdk-event", "alb", "sns", "sqs")
    with proxy.injecting(Rule(Delay(3600), since=silent), *middle.rules):
        record = observe(deployed, plain(on(ANSWER, *paths), on(RAISE, *paths)))
        assert middle.came_at is not None
        assert time.monotonic() - middle.came_at < SOON
    check_cut_short(record)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for an answer for longer than a few seconds."""
    for name in ("AS_OBSERVER", "AS_CALLER"):
        config = getattr(comparison.clients, name).merge(Config(read_timeout=3))
        monkeypatch.setattr(comparison.clients, name, config)
    monkeypatch.setattr(front_door, "DEADLINE", 3)


def scenarios(*names: str) -> list[str]:
    return [word for name in names for word in ("--scenario", name)]
