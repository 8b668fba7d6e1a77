"""The emulator's parts put together: MiniStack, its seams, and the engine behind them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ministack import app

from emulator import reason_phrase
from emulator.engine.asynchronous_invocation import AsynchronousInvocation
from emulator.engine.clock import SystemClock
from emulator.ministack import (
    application,
    cloudformation,
    deliveries,
    event_invoke_config,
    execution,
    front_doors,
    functions,
    lambda_api,
    logs,
    mappings,
    notifications,
    permissions,
    queues,
    scope,
    seams,
)
from emulator.ministack.functions import FunctionReference
from emulator.options import Options

_MODULES = (
    application,
    cloudformation,
    deliveries,
    event_invoke_config,
    execution,
    front_doors,
    functions,
    lambda_api,
    logs,
    mappings,
    notifications,
    permissions,
    queues,
    scope,
)


@dataclass(frozen=True)
class Emulated:
    """What is served, and how to end what it started."""

    application: Callable[[Any, Any, Any], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


async def start(options: Options, endpoint: str, folder: Path) -> Emulated:
    """Start in the running event loop. Raises SeamChanged."""
    seams.check_version()
    if options.as_shipped:
        return Emulated(app.app, _nothing)
    for module in _MODULES:
        seams.check(module.SEAMS)

    clock = SystemClock()
    runners = execution.Runners(clock, endpoint, folder)

    def accept(
        of: FunctionReference, payload: bytes, request_id: str, trace_header: str | None
    ) -> None:
        asynchronous.accept(of.unqualified_arn, of.qualifier, payload, request_id, trace_header)

    asynchronous = AsynchronousInvocation(
        clock,
        options.pace,
        functions.Directory(),
        runners.invoke,
        deliveries.Deliveries(accept),
    )
    polled = mappings.Mappings(runners.invoke, clock)

    queues.install()
    event_invoke_config.install()
    cloudformation.install()
    notifications.install(accept)
    execution.Execution(runners, accept).install()
    polled.install()
    front_doors.FrontDoors(runners.invoke).install()
    reason_phrase.install()

    async def close() -> None:
        await polled.close()
        await asynchronous.close()
        await runners.close()

    return Emulated(
        application.application(lambda_api.LambdaApi(runners.invoke, accept)), close
    )


async def _nothing() -> None:
    pass
