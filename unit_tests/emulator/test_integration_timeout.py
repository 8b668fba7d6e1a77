"""How long API Gateway waits, and what becomes of the function when it no longer does."""

import asyncio

import pytest

from emulator.engine.integration_timeout import (
    IntegrationTimeoutError,
    integration_timeout_seconds,
    respond_within,
)

SOON = 0.01
LATE = 60


@pytest.mark.parametrize(
    ("timeout_in_millis", "seconds"), [(None, 29), (29_000, 29), (50, 0.05), (2_000, 2)]
)
def test_the_integration_timeout_is_29_seconds_or_shorter(
    timeout_in_millis: int | None, seconds: float
) -> None:
    assert integration_timeout_seconds(timeout_in_millis) == seconds


@pytest.mark.parametrize("timeout_in_millis", [-1, 0, 49, 29_001])
def test_other_integration_timeouts_are_refused(timeout_in_millis: int) -> None:
    with pytest.raises(ValueError, match="Timeout should be between 50 ms and 29000 ms"):
        integration_timeout_seconds(timeout_in_millis)


def test_an_answer_in_time_is_passed_on() -> None:
    async def scenario() -> str:
        async def function() -> str:
            return "answer"

        return await respond_within(LATE, asyncio.create_task(function()))

    assert asyncio.run(scenario()) == "answer"


def test_an_error_in_time_is_passed_on() -> None:
    async def scenario() -> None:
        async def function() -> None:
            raise LookupError

        await respond_within(LATE, asyncio.create_task(function()))

    with pytest.raises(LookupError):
        asyncio.run(scenario())


def test_after_the_timeout_the_function_runs_to_its_end() -> None:
    async def scenario() -> str:
        client_is_gone = asyncio.Event()

        async def function() -> str:
            await client_is_gone.wait()
            return "done"

        invocation = asyncio.create_task(function())
        with pytest.raises(IntegrationTimeoutError):
            await respond_within(SOON, invocation)
        assert not invocation.done()
        client_is_gone.set()
        return await invocation

    assert asyncio.run(scenario()) == "done"


def test_when_the_client_goes_away_the_function_runs_to_its_end() -> None:
    async def scenario() -> str:
        client_is_gone = asyncio.Event()

        async def function() -> str:
            await client_is_gone.wait()
            return "done"

        invocation = asyncio.create_task(function())
        waiting = asyncio.create_task(respond_within(LATE, invocation))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        client_is_gone.set()
        return await invocation

    assert asyncio.run(scenario()) == "done"


def test_an_error_that_nobody_waits_for_is_not_reported() -> None:
    reported: list[dict[str, object]] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reported.append(context)
        )
        client_is_gone = asyncio.Event()

        async def function() -> None:
            await client_is_gone.wait()
            raise LookupError

        invocation = asyncio.create_task(function())
        with pytest.raises(IntegrationTimeoutError):
            await respond_within(SOON, invocation)
        client_is_gone.set()
        await asyncio.wait({invocation})
        del invocation

    asyncio.run(scenario())
    assert reported == []
