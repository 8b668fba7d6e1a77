"""What is left when the emulator is killed: nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from comparison.waiting import eventually
from emulator.engine.watchdog import Watchdog, end_processes
from unit_tests.emulator.running_functions import is_alive, processes_below

EMULATOR = """
import asyncio
from emulator.engine.clock import SystemClock
from emulator.engine.function_runner import FunctionRunner
from unit_tests.emulator.running_functions import function, invocation

HANDLER = '''
import os, subprocess, time
def handler(event, context):
    if event == "work":
        children = [
            subprocess.Popen(["sleep", "60"]).pid,
            subprocess.Popen(["sleep", "60"], start_new_session=True).pid,
            subprocess.Popen(["/bin/sleep", "60"], env={}).pid,
            os.fork(),
        ]
        if children[-1] == 0:
            os.setsid()
            time.sleep(60)
        print("children", *children)
        time.sleep(60)
'''

class Log:
    def put(self, log_group, log_stream, events, role_arn):
        for _, message in events:
            if message.startswith("children"):
                print(message, flush=True)

async def main():
    runner = FunctionRunner(SystemClock(), Log())
    await runner.invoke(function(HANDLER), invocation())  # stays, idle and frozen
    await runner.invoke(function(HANDLER, timeout_seconds=60), invocation("work"))

asyncio.run(main())
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_after_the_emulator_is_killed_nothing_is_left(tmp_path: Path, end: signal.Signals) -> None:
    emulator = subprocess.Popen(
        [sys.executable, "-c", EMULATOR],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    assert emulator.stdout is not None
    children = [int(word) for word in emulator.stdout.readline().split()[1:]]
    (folder,) = tmp_path.iterdir()
    processes = {*processes_below(folder), *children}
    assert len(processes) == 6

    emulator.send_signal(end)
    emulator.wait()
    emulator.stdout.close()

    def nothing_is_left() -> None:
        assert [each for each in processes if is_alive(each)] == []
        assert not folder.exists()

    eventually(nothing_is_left, within=10, every=0.02)


def test_only_processes_of_the_folder_are_ended(tmp_path: Path) -> None:
    def start(folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sleep", "60"], env={"ANY": f"{folder}/file"}, start_new_session=True
        )

    inside, beside = start(tmp_path / "1"), start(tmp_path / "10")
    try:
        end_processes(tmp_path / "1")

        assert inside.wait(5) == -signal.SIGKILL
        assert beside.poll() is None
    finally:
        beside.kill()
        beside.wait()


def test_the_watchdog_waits_and_then_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "functions"
    (folder / "read-only").mkdir(parents=True)
    (folder / "read-only/file").touch()
    (folder / "link").symlink_to(tmp_path)
    (folder / "read-only").chmod(0o555)

    async def scenario() -> None:
        watchdog = Watchdog(folder)
        assert watchdog._process.poll() is None
        assert os.getsid(watchdog._process.pid) != os.getsid(0)
        await watchdog.finish()
        assert watchdog._process.returncode == 0

    asyncio.run(scenario())

    assert not folder.exists()
    assert tmp_path.exists()
