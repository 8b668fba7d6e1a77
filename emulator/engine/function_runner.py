"""Runs functions, each invocation in an execution environment of the function."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from emulator.engine.background_tasks import BackgroundTasks
from emulator.engine.clock import Clock
from emulator.engine.concurrency import Concurrency
from emulator.engine.environment_pool import EnvironmentFactory, EnvironmentPool
from emulator.engine.execution_environment import INIT_LIMIT_SECONDS, Host
from emulator.engine.execution_role import AssumeRole, no_credentials
from emulator.engine.invocation import Function, Invocation, InvocationResult, LogSink
from emulator.engine.runtime_folder import check_runtime
from emulator.engine.watchdog import Watchdog, clean_up

ACCOUNT_CONCURRENCY = 1000
"""The default quota of an AWS account (AWS Lambda quotas, concurrent executions)."""

IDLE_SECONDS = 300.0
"""How long an execution environment waits for another invocation. AWS does not say; minutes."""


class FunctionRunner:
    """Runs functions. Lives in one event loop.

    log_sink gets every log event. extra_variables are added to the environment variables of every
    function. assume_role is asked whenever an execution environment starts. folder is for code and
    temporary files, and close() removes it; the caller has it watched, in case this process is
    killed. Without one the runner makes and watches its own.
    """

    def __init__(
        self,
        clock: Clock,
        log_sink: LogSink,
        extra_variables: Mapping[str, str] | None = None,
        *,
        assume_role: AssumeRole = no_credentials,
        account_concurrency: int = ACCOUNT_CONCURRENCY,
        idle_seconds: float = IDLE_SECONDS,
        init_limit_seconds: float = INIT_LIMIT_SECONDS,
        folder: Path | None = None,
    ) -> None:
        self._folder = folder or Path(tempfile.mkdtemp(prefix="functions-"))
        self._watchdog = Watchdog(self._folder) if folder is None else None
        runtime_folder = self._folder / "runtime"
        host = Host(
            clock, log_sink, runtime_folder, extra_variables or {}, init_limit_seconds, assume_role
        )
        self._factory = EnvironmentFactory(self._folder, host)
        self._concurrency = Concurrency(account_concurrency)
        self._start_slots = asyncio.Semaphore(os.cpu_count() or 1)
        self._idle_seconds = idle_seconds
        self._pools: dict[tuple[str, str], tuple[Function, EnvironmentPool]] = {}
        self._tasks = BackgroundTasks()
        self._is_closed = False

    async def invoke(self, function: Function, invocation: Invocation) -> InvocationResult:
        """Run a function once. Who is cancelled stops waiting; the function goes on, as on AWS.

        Raises Throttled, or CannotRunFunction if code or runtime cannot be used here.
        """
        if self._is_closed:
            raise RuntimeError("the function runner is closed")
        check_runtime(function)
        self._concurrency.enter(function)
        return await asyncio.shield(self._tasks.start(self._run(function, invocation)))

    async def retire(self, function_arn: str) -> None:
        """Use the environments of a function no more; one at work ends after its invocation.

        A changed function need not be retired: its old environments are when the new
        configuration is invoked first.
        """
        keys = [key for key in self._pools if key[0] == function_arn]
        pools = [self._pools.pop(key)[1] for key in keys]
        await asyncio.gather(*(pool.retire() for pool in pools))

    async def close(self) -> None:
        """End every process and remove every file. Invocations under way are cancelled."""
        self._is_closed = True
        await self._tasks.cancel()
        await self._factory.discard_all()
        await asyncio.to_thread(clean_up, self._folder)
        if self._watchdog is not None:
            await self._watchdog.finish()

    async def _run(self, function: Function, invocation: Invocation) -> InvocationResult:
        try:
            pool = self._pool(function)
            environment = await pool.acquire()
            try:
                result = await environment.invoke(invocation)
            except BaseException:
                pool.discard(environment)
                raise
            pool.release(environment)
            return result
        finally:
            self._concurrency.leave(function)

    def _pool(self, function: Function) -> EnvironmentPool:
        """Return the pool of the function as it is configured now."""
        key = (function.arn, function.version)
        # Reserved concurrency is no part of an environment; code_sha256 stands for the code.
        configuration = replace(function, code=b"", reserved_concurrency=None)
        known = self._pools.get(key)
        if known is not None and known[0] == configuration:
            return known[1]
        if known is not None:
            self._tasks.start(known[1].retire())
        pool = EnvironmentPool(
            function, self._factory, self._start_slots, self._tasks, self._idle_seconds
        )
        self._pools[key] = (configuration, pool)
        return pool
