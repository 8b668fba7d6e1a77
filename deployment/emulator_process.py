"""The emulator as a process of its own, for as long as it is needed."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from deployment.toolchain import PROJECT_FOLDER

READY_WITHIN = 20.0
STOPPED_WITHIN = 10.0


class EmulatorFailed(Exception):
    """The emulator did not start; the message is one line."""


@contextmanager
def running_emulator(*, pace: str = "fast", as_shipped: bool = False) -> Iterator[str]:
    """Run the emulator on a free loopback port; yields its address and ends it afterwards.

    It has a session of its own, so that Ctrl-C in a terminal reaches it only through this
    context, and it ends itself when this process does. Raises EmulatorFailed.
    """
    command = [
        sys.executable, "-m", "emulator", "--port", "0", "--pace", pace,
        "--parent", str(os.getpid()), *(["--as-shipped"] if as_shipped else []),
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_FOLDER,
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            yield _address(process, log)
        finally:
            _stop(process)


def _address(process: subprocess.Popen[str], log: IO[str]) -> str:
    """Return the address from the ready line, or raise EmulatorFailed with the emulator's words."""
    stdout = process.stdout
    assert stdout is not None  # noqa: S101 - it was asked for
    timer = threading.Timer(READY_WITHIN, process.kill)
    timer.start()
    try:
        line = stdout.readline()
    finally:
        timer.cancel()
    if line.startswith("ready "):
        return line.split()[1]
    process.wait()
    log.seek(0)
    words = log.read().strip().splitlines()
    raise EmulatorFailed(words[-1] if words else "the emulator ended without a word")


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
