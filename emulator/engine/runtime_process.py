"""One process that runs a function's code with the official runtime interface client."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")

_READ_BYTES = 64 * 1024
"""What a pipe holds on Linux: one read empties it."""


class RuntimeProcess:
    """A process in a session of its own, from its start to its end.

    ended is done when the process is, with its exit code; negative for a signal, as in subprocess.
    on_output gets what the process writes, as it comes.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        working_folder: Path,
        on_output: Callable[[bytes], None],
    ) -> None:
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._on_output = on_output
        self._max_memory_megabytes = 0
        self._output, write_end = os.pipe()
        try:
            # -P and -S keep the emulator's own folder and packages off the function's path.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-S", str(_BOOTSTRAP)],
                env=variables,
                cwd=working_folder,
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
            )
        except OSError:
            os.close(self._output)
            raise
        finally:
            os.close(write_end)
        os.set_blocking(self._output, False)
        self._end_signal = os.pidfd_open(self._process.pid)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._output, self.read_output)
        loop.add_reader(self._end_signal, self._end)

    def freeze(self) -> None:
        """Stop the process and its children until they are thawed."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and its children; `ended` is done soon after."""
        self._signal(signal.SIGKILL)

    def read_output(self) -> None:
        """Hand over what the process has written so far."""
        if self.ended.done():
            return
        with suppress(BlockingIOError):
            data = os.read(self._output, _READ_BYTES)
            if data:
                self._on_output(data)
            else:
                asyncio.get_running_loop().remove_reader(self._output)

    def max_memory_megabytes(self) -> int:
        """Return the largest resident set (VmHWM), as last seen if the process has ended."""
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{self._process.pid}/status").read_bytes()
            kilobytes = int(status.partition(b"VmHWM:")[2].split(None, 1)[0])
            self._max_memory_megabytes = kilobytes // 1024
        return self._max_memory_megabytes

    def _signal(self, number: int) -> None:
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _end(self) -> None:
        # While the process is not reaped, no other group can have its number.
        self.kill()
        self.read_output()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._end_signal)
        loop.remove_reader(self._output)
        os.close(self._end_signal)
        os.close(self._output)
        self.ended.set_result(self._process.wait())
