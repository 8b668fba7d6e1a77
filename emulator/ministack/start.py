"""The emulator's parts put together: MiniStack, its seams, and the engine behind them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.core import lambda_runtime

from emulator import reason_phrase
from emulator.engine.asynchronous_invocation import AsynchronousInvocation
from emulator.engine.clock import SystemClock
from emulator.ministack import (
    application,
    authorization,
    bucket_notifications,
    cloudformation,
    deliveries,
    directory,
    event_invoke_config,
    event_rules,
    execution,
    front_door,
    functions,
    lambda_api,
    load_balancers,
    logs,
    mapping_api,
    mappings,
    permissions,
    queues,
    rest_apis,
    schedules,
    scope,
    seams,
    subscriptions,
)
from emulator.ministack.functions import FunctionReference
from emulator.ministack.seams import Seam
from emulator.options import Options

_SEAMS = (Seam("ministack.core.lambda_runtime", "reset", "()"),)
MODULES = (
    application,
    authorization,
    bucket_notifications,
    cloudformation,
    deliveries,
    event_invoke_config,
    event_rules,
    execution,
    functions,
    lambda_api,
    load_balancers,
    logs,
    mapping_api,
    mappings,
    permissions,
    queues,
    rest_apis,
    schedules,
    scope,
    subscriptions,
)


@dataclass(frozen=True)
class Emulated:
    """What is served, and how to end what it started."""

    application: Callable[[Any, Any, Any], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


async def start(options: Options, endpoint: str) -> Emulated:
    """Start in the running event loop. Raises SeamChanged."""
    seams.check_version()
    seams.check(_SEAMS)
    if options.as_shipped:
        return Emulated(app.app, _end_workers)
    for module in MODULES:
        seams.check(module.SEAMS)

    clock = SystemClock()
    runners = execution.Runners(clock, endpoint)

    def accept(
        of: FunctionReference, payload: bytes, request_id: str, trace_header: str | None
    ) -> None:
        asynchronous.accept(of.unqualified_arn, of.qualifier, payload, request_id, trace_header)

    asynchronous = AsynchronousInvocation(
        clock,
        options.pace,
        directory.Directory(),
        runners.invoke,
        deliveries.Deliveries(accept),
    )
    polled = mappings.Mappings(runners.invoke, clock)

    authorization.install()
    queues.install()
    event_invoke_config.install()
    cloudformation.install()
    bucket_notifications.install(accept)
    event_rules.install(accept)
    schedules.install()
    subscriptions.install(accept)
    execution.Execution(runners, accept).install()
    mapping_api.MappingApi(polled).install()
    door = front_door.FrontDoor(runners.invoke)
    rest_apis.RestApis(door).install()
    load_balancers.LoadBalancers(door).install()
    reason_phrase.install()

    async def close() -> None:
        await polled.close()
        await asynchronous.close()
        await runners.close()
        await _end_workers()

    return Emulated(application.application(lambda_api.LambdaApi(runners.invoke, accept)), close)


async def _end_workers() -> None:
    """End the processes in which MiniStack itself runs functions; it leaves them behind."""
    await asyncio.to_thread(lambda_runtime.reset)
