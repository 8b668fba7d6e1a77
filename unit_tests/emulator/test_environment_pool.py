"""Which execution environment is used, started and ended, without any process."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

from emulator.engine.background_tasks import BackgroundTasks
from emulator.engine.environment_pool import EnvironmentFactory, EnvironmentPool
from emulator.engine.execution_environment import ExecutionEnvironment
from emulator.engine.invocation import Function
from unit_tests.emulator.running_functions import function

LONG = 1000.0


class Factory:
    """Makes environments, each when the test says that its start is done."""

    def __init__(self) -> None:
        self.starting: deque[asyncio.Future[ExecutionEnvironment]] = deque()
        self.started = 0
        self.discarded: list[ExecutionEnvironment] = []
        self.changed = asyncio.Event()

    async def create(self, _function: Function) -> ExecutionEnvironment:
        done = asyncio.get_running_loop().create_future()
        self.starting.append(done)
        self.started += 1
        return cast(ExecutionEnvironment, await done)

    async def discard(self, environment: ExecutionEnvironment) -> None:
        self.discarded.append(environment)
        self.changed.set()

    def finish_start(self) -> None:
        self.starting.popleft().set_result(cast(ExecutionEnvironment, object()))


Scenario = Callable[[EnvironmentPool, Factory], Awaitable[None]]


def play(scenario: Scenario, slots: int = 2, idle_seconds: float = LONG) -> None:
    async def run() -> None:
        factory, tasks = Factory(), BackgroundTasks()
        pool = EnvironmentPool(
            function(),
            cast(EnvironmentFactory, factory),
            asyncio.Semaphore(slots),
            tasks,
            idle_seconds,
        )
        await asyncio.wait_for(scenario(pool, factory), 10)
        await tasks.cancel()

    asyncio.run(run())


async def settle() -> None:
    """Let everything run that can run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def acquired(
    pool: EnvironmentPool, factory: Factory, count: int
) -> list[ExecutionEnvironment]:
    """Environments that were started one after the other, all in use."""
    environments = []
    for _ in range(count):
        acquiring = asyncio.create_task(pool.acquire())
        await settle()
        factory.finish_start()
        environments.append(await acquiring)
    return environments


def test_the_environment_that_was_used_last_is_used_next() -> None:
    async def scenario(pool: EnvironmentPool, factory: Factory) -> None:
        first, second = await acquired(pool, factory, 2)
        pool.release(second)
        pool.release(first)

        assert await pool.acquire() is first
        assert await pool.acquire() is second

    play(scenario)


def test_only_a_few_environments_start_at_the_same_time() -> None:
    async def scenario(pool: EnvironmentPool, factory: Factory) -> None:
        waiting = [asyncio.create_task(pool.acquire()) for _ in range(5)]
        await settle()
        assert factory.started == 2

        factory.finish_start()
        await settle()
        assert factory.started == 3
        assert [task.done() for task in waiting] == [True, False, False, False, False]

    play(scenario, slots=2)


def test_no_environment_starts_for_an_invocation_that_found_another() -> None:
    async def scenario(pool: EnvironmentPool, factory: Factory) -> None:
        waiting = [asyncio.create_task(pool.acquire()) for _ in range(3)]
        await settle()
        factory.finish_start()
        environment = await waiting[0]
        pool.release(environment)
        assert await waiting[1] is environment
        pool.release(environment)
        assert await waiting[2] is environment
        await settle()

        assert factory.started == 2  # the second was on its way already
        factory.finish_start()
        await settle()
        assert factory.started == 2

    play(scenario, slots=1)


def test_an_environment_is_discarded_when_it_has_idled_since_its_last_use() -> None:
    async def scenario(pool: EnvironmentPool, factory: Factory) -> None:
        used_again, used_once = await acquired(pool, factory, 2)
        pool.release(used_again)
        assert await pool.acquire() is used_again
        pool.release(used_once)
        pool.release(used_again)

        while len(factory.discarded) < 2:
            factory.changed.clear()
            await factory.changed.wait()

        assert factory.discarded == [used_once, used_again]

    play(scenario, idle_seconds=0.02)


def test_a_retired_pool_keeps_nothing_and_serves_who_waits() -> None:
    async def scenario(pool: EnvironmentPool, factory: Factory) -> None:
        idle, used = await acquired(pool, factory, 2)
        pool.release(idle)
        await pool.retire()
        assert factory.discarded == [idle]

        waiting = asyncio.create_task(pool.acquire())
        await settle()
        pool.release(used)
        assert await waiting is used
        pool.release(used)
        await settle()

        assert factory.discarded == [idle, used]

    play(scenario)


def test_a_failed_start_is_the_failure_of_who_waits() -> None:
    async def scenario(pool: EnvironmentPool, factory: Factory) -> None:
        waiting = asyncio.create_task(pool.acquire())
        await settle()
        factory.starting.popleft().set_exception(OSError("no more processes"))

        (result,) = await asyncio.gather(waiting, return_exceptions=True)
        assert isinstance(result, OSError)
        (environment,) = await acquired(pool, factory, 1)
        assert environment is not None

    play(scenario)
