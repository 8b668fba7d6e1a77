"""A function's runtime: the process that runs the code and the API it talks to, of equal life."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.engine.invocation import Invocation
from emulator.engine.platform_log import Status
from emulator.engine.runtime_api import (
    RESPONSE_SIZE_TOO_LARGE,
    RuntimeApi,
    RuntimeState,
    error_payload,
)
from emulator.engine.runtime_process import RuntimeProcess


@dataclass(frozen=True)
class Outcome:
    """How a phase ended.

    payload is the response or the error object; is_error says which. status and error_type are
    about the runtime: an exception that it reported is a success of the phase.
    """

    payload: bytes
    is_error: bool
    status: Status
    error_type: str | None = None


class Runtime:
    """One runtime. It is started, waits for work, runs one invocation after the other, and ends."""

    def __init__(self, api: RuntimeApi, process: RuntimeProcess) -> None:
        self._api = api
        self._process = process

    @classmethod
    async def start(
        cls,
        variables: Callable[[str], Mapping[str, str]],
        working_folder: Path,
        on_output: Callable[[bytes], None],
    ) -> "Runtime":
        """Start a process; variables makes its environment from the API's address."""
        api = RuntimeApi()
        try:
            address = await api.listen()
            return cls(api, RuntimeProcess(variables(address), working_folder, on_output))
        except BaseException:
            api.close()
            raise

    @property
    def has_ended(self) -> bool:
        """Whether the process has."""
        return self._process.ended.done()

    @property
    def is_ready(self) -> bool:
        """Whether the runtime waits for work."""
        return self._api.state is RuntimeState.READY and not self.has_ended

    def max_memory_megabytes(self) -> int:
        """Return the most memory that the process has used so far."""
        return self._process.max_memory_megabytes()

    def freeze(self) -> None:
        """Stop everything in the environment until the next invocation."""
        self._process.freeze()

    def start_invocation(self, invocation: Invocation, deadline: float, trace_header: str) -> None:
        """Hand over an event; deadline in seconds since 1970."""
        self._process.thaw()
        self._api.start_invocation(invocation, deadline, trace_header)

    async def phase_end(self, limit_seconds: float) -> None:
        """Wait until the runtime has ended the phase, has ended itself, or time is up."""
        ends: set[asyncio.Future[Any]] = {self._api.phase_ended, self._process.ended}
        await asyncio.wait(ends, timeout=limit_seconds, return_when=asyncio.FIRST_COMPLETED)
        self._process.read_output()

    def outcome(self, request_id: str, limit_seconds: float) -> Outcome:
        """How the phase ended that is over now."""
        answer = self._api.answer
        if self.is_ready and answer is not None:
            return Outcome(answer.payload, answer.error_type is not None, Status.SUCCESS)
        if self._api.state is RuntimeState.INIT_FAILED and answer is not None:
            return Outcome(answer.payload, True, Status.ERROR, answer.error_type)
        if answer is not None:
            # Answered, and then it did not ask for work: what was answered stands.
            too_large = answer.error_type == RESPONSE_SIZE_TOO_LARGE
            status = Status.ERROR if too_large else Status.SUCCESS
            return Outcome(
                answer.payload,
                answer.error_type is not None,
                status,
                answer.error_type if too_large else None,
            )
        if self.has_ended:
            return _exit_error(self._process.ended.result(), request_id)
        return _timeout(request_id, limit_seconds)

    async def end(self) -> None:
        """Kill the process and its group, and wait for its end."""
        self._process.kill()
        await asyncio.wait({self._process.ended})
        self._api.close()


def _exit_error(exit_code: int, request_id: str) -> Outcome:
    """SI-06."""
    if exit_code == 0:
        reason = "Runtime exited without providing a reason"
    elif exit_code > 0:
        reason = f"Runtime exited with error: exit status {exit_code}"
    else:
        name = (signal.strsignal(-exit_code) or f"signal {-exit_code}").lower()
        reason = f"Runtime exited with error: signal: {name}"
    payload = error_payload("Runtime.ExitError", f"RequestId: {request_id} Error: {reason}")
    return Outcome(payload, True, Status.ERROR, "Runtime.ExitError")


def _timeout(request_id: str, seconds: float) -> Outcome:
    """SI-07."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return Outcome(error_payload("Sandbox.Timedout", message), True, Status.TIMEOUT)
