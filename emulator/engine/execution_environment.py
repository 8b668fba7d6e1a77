"""An execution environment: where one function's code runs, one invocation at a time.

Its life, as AWS documents it:

- Init: the runtime starts and imports the function's code, within 10 seconds. If that fails, it is
  tried again within the first invocation, then limited by the function's timeout.
- Invoke: the runtime gets one event and answers. The phase ends when it asks for the next one.
- Between invocations everything in the environment is frozen. A handler that raised an exception
  has ended its invocation in good order, and the process goes on.
- After a timeout or the end of the process the environment is reset: a new process starts within
  the next invocation ("suppressed init"); the log stream and the temporary folder stay.

Source: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".
"""

import asyncio
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from emulator.engine.clock import Clock
from emulator.engine.environment_variables import RuntimeSettings, environment_variables
from emulator.engine.execution_role import AssumeRole, no_credentials
from emulator.engine.function_output import FunctionOutput
from emulator.engine.invocation import Function, Invocation, InvocationResult, LogSink
from emulator.engine.log_stream import LogStream
from emulator.engine.platform_log import (
    InitReport,
    InvocationReport,
    Phase,
    Status,
    logs_dropped,
    platform_log,
)
from emulator.engine.runtime import Outcome, Runtime
from emulator.engine.trace_header import TraceContext, continue_trace
from emulator.engine.watchdog import end_processes, remove_tree

INIT_LIMIT_SECONDS = 10.0


@dataclass(frozen=True)
class Host:
    """What the machine offers to every execution environment."""

    clock: Clock
    log_sink: LogSink
    runtime_folder: Path
    extra_variables: Mapping[str, str]
    init_limit_seconds: float = INIT_LIMIT_SECONDS
    assume_role: AssumeRole = no_credentials


class ExecutionEnvironment:
    """One execution environment of one version of a function.

    task_folder holds the function's code; folder, which need not exist, is the environment's own.
    credentials are those of the execution role, as environment variables.
    """

    def __init__(
        self,
        function: Function,
        task_folder: Path,
        folder: Path,
        host: Host,
        credentials: Mapping[str, str],
    ) -> None:
        self.function = function
        self._credentials = credentials
        self._task_folder = task_folder
        self._folder = folder
        self._temporary_folder = folder / "tmp"
        self._host = host
        self._region = function.arn.split(":")[3]
        self._log = _log_stream(function, host)
        self._platform_log = platform_log(function, self._log.name, self._region, host.clock)
        self._output = FunctionOutput()
        self._runtime: Runtime | None = None
        self._init_milliseconds: float | None = None
        self._max_memory_megabytes = 0

    async def initialize(self) -> None:
        """Run the Init phase. A failure is logged; the first invocation tries again."""
        self._log.write(self._platform_log.init_start())
        begun = _now()
        failure = await self._start_runtime("", self._host.init_limit_seconds)
        if failure is None:
            self._init_milliseconds = _milliseconds_since(begun)
        else:
            await self._log_failed_init(Phase.INIT, begun, failure)
        self._log.flush()

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Run the Invoke phase: the function, once, and the report about it."""
        begun = _now()
        self._log.take_tail()
        trace = self._trace(invocation)
        recorded = trace if self.function.tracing_active and trace.sampled == "1" else None
        failure = None
        if self._runtime is None or self._runtime.has_ended:
            failure = await self._restart_runtime(invocation.request_id)
        self._log.write(self._platform_log.start(invocation.request_id, recorded))
        outcome = failure or await self._run(invocation, trace, begun)
        milliseconds = _milliseconds_since(begun)
        if outcome.status is Status.TIMEOUT:
            milliseconds = self.function.timeout_seconds * 1000
        return self._report(invocation, outcome, milliseconds, recorded)

    async def stop(self) -> None:
        """End everything that runs in the environment."""
        await self._reset()
        self._log.flush()
        await asyncio.to_thread(remove_tree, self._folder)

    async def _restart_runtime(self, request_id: str) -> Outcome | None:
        """Start again after a failure, within an invocation: the suppressed init."""
        await self._reset()
        begun = _now()
        failure = await self._start_runtime(request_id, self.function.timeout_seconds)
        if failure is not None:
            await self._log_failed_init(Phase.INVOKE, begun, failure)
        return failure

    async def _start_runtime(self, request_id: str, limit_seconds: float) -> Outcome | None:
        """Start the runtime; return how that failed, or None once it waits for work."""
        self._temporary_folder.mkdir(parents=True, exist_ok=True)
        self._runtime = await Runtime.start(self._variables, self._task_folder, self._write_output)
        await self._runtime.phase_end(limit_seconds)
        self._max_memory_megabytes = self._runtime.max_memory_megabytes()
        if not self._runtime.is_ready:
            return self._runtime.outcome(request_id, limit_seconds)
        self._runtime.freeze()
        return None

    async def _run(self, invocation: Invocation, trace: TraceContext, begun: float) -> Outcome:
        """Hand the event to the runtime and wait until it asks for the next one."""
        runtime = self._runtime
        assert runtime is not None  # noqa: S101 - invoke() has started it
        limit = self.function.timeout_seconds
        remaining = max(0.0, begun + limit - _now())
        runtime.start_invocation(invocation, self._host.clock.now() + remaining, trace.header())
        await runtime.phase_end(remaining)
        self._max_memory_megabytes = runtime.max_memory_megabytes()
        outcome = runtime.outcome(invocation.request_id, limit)
        if runtime.is_ready:
            runtime.freeze()
        else:
            await self._reset()
        return outcome

    async def _reset(self) -> None:
        """End the runtime and whatever it has started; the temporary folder stays (SI-08)."""
        if self._runtime is not None:
            await self._runtime.end()
            await asyncio.to_thread(end_processes, self._folder)
            self._runtime = None

    async def _log_failed_init(self, phase: Phase, begun: float, failure: Outcome) -> None:
        report = InitReport(phase, _milliseconds_since(begun), failure.status, failure.error_type)
        await self._reset()
        self._log_rest_of_output()
        self._log.write(self._platform_log.init_failed(report))

    def _report(
        self,
        invocation: Invocation,
        outcome: Outcome,
        milliseconds: float,
        trace: TraceContext | None,
    ) -> InvocationResult:
        """Write the end of the invocation to the log and make its result."""
        init_milliseconds, self._init_milliseconds = self._init_milliseconds, None
        report = InvocationReport(
            request_id=invocation.request_id,
            milliseconds=milliseconds,
            billed_milliseconds=math.ceil(milliseconds + (init_milliseconds or 0.0)),
            max_memory_megabytes=self._max_memory_megabytes,
            init_milliseconds=init_milliseconds,
            status=outcome.status,
            error_type=outcome.error_type,
            produced_bytes=len(outcome.payload),
            trace=trace,
        )
        self._log_rest_of_output()
        self._log.write(self._platform_log.end(report))
        self._log.flush()
        return InvocationResult(
            payload=outcome.payload,
            function_error="Unhandled" if outcome.is_error else None,
            log_tail=self._log.take_tail(),
            billed_milliseconds=report.billed_milliseconds,
        )

    def _write_output(self, data: bytes) -> None:
        self._log.write(self._output.feed(data))

    def _log_rest_of_output(self) -> None:
        self._log.write(self._output.end())
        dropped = self._output.take_dropped()
        if dropped is not None:
            self._log.write([logs_dropped(dropped, self._host.clock.now())])

    def _variables(self, runtime_api: str) -> dict[str, str]:
        settings = RuntimeSettings(
            region=self._region,
            log_group=self._log.group,
            log_stream=self._log.name,
            runtime_api=runtime_api,
            runtime_folder=self._host.runtime_folder,
            task_folder=self._task_folder,
            temporary_folder=self._temporary_folder,
            credentials=self._credentials,
        )
        return environment_variables(self.function, settings, self._host.extra_variables)

    def _trace(self, invocation: Invocation) -> TraceContext:
        """Make the trace that the function sees (SI-22); active tracing means sampled."""
        trace = continue_trace(invocation.trace_header, self._host.clock.now())
        if self.function.tracing_active and "Sampled=" not in (invocation.trace_header or ""):
            return replace(trace, sampled="1")
        return trace


def _log_stream(function: Function, host: Host) -> LogStream:
    """Open a log stream, named as AWS names it (H5).

    In a log group of another name than the default, which functions may share, the name of the
    stream holds the name of the function (Developer Guide, "Configuring CloudWatch log groups").
    """
    default_group = f"/aws/lambda/{function.name}"
    group = function.log_group or default_group
    date = datetime.fromtimestamp(host.clock.now(), UTC).strftime("%Y/%m/%d")
    owner = "" if group == default_group else function.name
    name = f"{date}/{owner}[{function.version}]{secrets.token_hex(16)}"
    return LogStream(host.log_sink, host.clock, group, name, function.role_arn)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _milliseconds_since(begun: float) -> float:
    return (_now() - begun) * 1000
