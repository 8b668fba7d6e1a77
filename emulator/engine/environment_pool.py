"""The execution environments of one function: used again while warm, made when there is none."""

import asyncio
import itertools
from collections import deque
from pathlib import Path

from emulator.engine.background_tasks import BackgroundTasks
from emulator.engine.deployment_package import DeploymentPackages
from emulator.engine.execution_environment import ExecutionEnvironment, Host
from emulator.engine.invocation import Function
from emulator.engine.runtime_folder import create_runtime_folder

_SECONDS_TO_START_ALONE = 1.0
"""How long a starting environment may keep others waiting; a slow one must not block them."""


class EnvironmentFactory:
    """Makes execution environments below one folder, and takes them down."""

    def __init__(self, folder: Path, host: Host) -> None:
        self._folder = folder
        self._host = host
        self._packages = DeploymentPackages(folder / "code")
        self._numbers = itertools.count()
        self._environments: set[ExecutionEnvironment] = set()

    async def create(self, function: Function) -> ExecutionEnvironment:
        """Make and initialize an environment. Raises CannotRunFunction."""
        if not self._host.runtime_folder.exists():
            create_runtime_folder(self._host.runtime_folder)
        credentials = self._host.assume_role(function)
        task_folder = await self._packages.acquire(function)
        folder = self._folder / "environments" / str(next(self._numbers))
        environment = ExecutionEnvironment(function, task_folder, folder, self._host, credentials)
        self._environments.add(environment)
        try:
            await environment.initialize()
        except OSError:
            await self.discard(environment)
            raise
        return environment

    async def discard(self, environment: ExecutionEnvironment) -> None:
        """End an environment and remove its files."""
        await environment.stop()
        if environment in self._environments:
            self._environments.remove(environment)
            await self._packages.release(environment.function)

    async def discard_all(self) -> None:
        """End all environments."""
        await asyncio.gather(*(self.discard(one) for one in list(self._environments)))


class EnvironmentPool:
    """The environments of one version of a function in one configuration.

    Only a few environments of all pools start at the same time (start_slots): the machine has few
    processors, and an invocation that waits for its start takes a warm environment if one becomes
    free before. Concurrency is not limited by that.
    """

    def __init__(
        self,
        function: Function,
        factory: EnvironmentFactory,
        start_slots: asyncio.Semaphore,
        tasks: BackgroundTasks,
        idle_seconds: float,
    ) -> None:
        self._function = function
        self._factory = factory
        self._start_slots = start_slots
        self._tasks = tasks
        self._idle_seconds = idle_seconds
        self._idle: dict[ExecutionEnvironment, asyncio.TimerHandle] = {}
        self._waiting: deque[asyncio.Future[ExecutionEnvironment]] = deque()
        self._starting = 0
        self._retired = False

    async def acquire(self) -> ExecutionEnvironment:
        """Take the environment that was used last, or a new one. Raises CannotRunFunction."""
        if self._idle:
            environment, reaper = self._idle.popitem()
            reaper.cancel()
            return environment
        waiting: asyncio.Future[ExecutionEnvironment]
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._tasks.start(self._start())
        return await waiting

    def release(self, environment: ExecutionEnvironment) -> None:
        """Give an environment to whoever waits for one, or keep it until it has idled too long."""
        waiting = self._next_waiting()
        if waiting is not None:
            waiting.set_result(environment)
        elif self._retired:
            self.discard(environment)
        else:
            self._idle[environment] = asyncio.get_running_loop().call_later(
                self._idle_seconds, self._reap, environment
            )

    def discard(self, environment: ExecutionEnvironment) -> None:
        """End an environment that must not be used again."""
        self._tasks.start(self._factory.discard(environment))

    async def retire(self) -> None:
        """End the idle environments now, and every other one after its invocation."""
        self._retired = True
        idle, self._idle = self._idle, {}
        for reaper in idle.values():
            reaper.cancel()
        await asyncio.gather(*(self._factory.discard(environment) for environment in idle))

    async def _start(self) -> None:
        async with self._start_slots:
            if len(self._waiting) <= self._starting:
                return
            self._starting += 1
            creation = self._tasks.start(self._factory.create(self._function))
            await asyncio.wait({creation}, timeout=_SECONDS_TO_START_ALONE)
        try:
            environment = await creation
        except Exception as error:  # it belongs to the invocation that waits
            waiting = self._next_waiting()
            if waiting is not None:
                waiting.set_exception(error)
        else:
            self.release(environment)
        finally:
            self._starting -= 1

    def _next_waiting(self) -> asyncio.Future[ExecutionEnvironment] | None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                return waiting
        return None

    def _reap(self, environment: ExecutionEnvironment) -> None:
        del self._idle[environment]
        self.discard(environment)
