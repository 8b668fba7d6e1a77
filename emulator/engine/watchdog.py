"""Ends what a function has started, whatever became of it and of the emulator.

The watchdog is a process that outlives the emulator by a moment: when the emulator is gone, also
if it was killed, the watchdog kills every process that works in the emulator's folder and removes
the folder. A process is recognized by the folder's path in its environment variables, which its
children inherit even when they leave the process group.

It runs with nothing but the standard library, and imports nothing of the emulator.
"""

import asyncio
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_ATTEMPTS = 20
"""How often to look for processes: those that are killed may just have started others."""

_SECONDS_TO_DIE = 1.0


class Watchdog:
    """A watchdog process for one folder."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )

    async def finish(self) -> None:
        """Let it do its work now, and wait for its end."""
        await asyncio.to_thread(self._process.communicate)


def clean_up(folder: Path) -> None:
    """End every process that works in a folder, and remove the folder."""
    end_processes(folder)
    remove_tree(folder)


def end_processes(folder: Path) -> None:
    """Kill every process, and its group, that has the folder's path in its environment."""
    for _attempt in range(_ATTEMPTS):
        found = _processes_of(folder)
        if not found:
            return
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                _kill(process)


def remove_tree(folder: Path) -> None:
    """Remove a folder, also one that was made read-only."""
    if folder.is_dir():
        folder.chmod(0o700)
    for parent, names, _ in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _kill(process: int) -> None:
    handle = os.pidfd_open(process)
    try:
        with suppress(ProcessLookupError):
            os.killpg(os.getpgid(process), signal.SIGKILL)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], _SECONDS_TO_DIE)
    finally:
        os.close(handle)


def _processes_of(folder: Path) -> list[int]:
    """Find living processes with the folder's path in their environment."""
    mark = os.fsencode(folder) + b"/"
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


def main() -> None:
    """Wait until the emulator's end of the pipe is closed, then clean up."""
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    clean_up(folder)


if __name__ == "__main__":
    main()
