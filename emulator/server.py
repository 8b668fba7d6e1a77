"""The emulator's life: from the first request it accepts to the last process it ends."""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from emulator.identity import introducing
from emulator.ministack.seams import SeamChanged
from emulator.ministack.start import start
from emulator.options import Options

SECONDS_FOR_OPEN_REQUESTS = 0.5
"""How long requests that are being answered may take when the emulator is told to stop."""

SECONDS_TO_STOP = 2.0
"""When the emulator no longer waits: first for MiniStack's own threads, then for functions."""

Application = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


class CannotStart(Exception):
    """The emulator cannot start; the text says why and what to do."""


def run(options: Options, listener: socket.socket) -> None:
    """Serve on the listening socket until a signal, or the end of the parent, says stop.

    Raises CannotStart.
    """
    # Neither closed nor run by asyncio.run: both wait for threads that cannot be interrupted.
    loop = asyncio.new_event_loop()
    loop.run_until_complete(_serve(options, listener))


async def _serve(options: Options, listener: socket.socket) -> None:
    stop = asyncio.Event()
    _watch(stop, options.parent)
    endpoint = "http://{}:{}".format(*listener.getsockname())
    try:
        emulated = await start(options, endpoint)
    except SeamChanged as error:
        raise CannotStart(str(error)) from error
    # MiniStack's modules stay for ever: the garbage collector need not look at them again.
    gc.collect()
    gc.freeze()
    served = emulated.application
    if not options.as_shipped:
        served = introducing(served, options)
    application = _announcing(served, endpoint)
    serving = asyncio.create_task(
        serve(application, _configuration(listener), shutdown_trigger=stop.wait, mode="asgi")
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    try:
        await asyncio.wait({serving}, timeout=SECONDS_TO_STOP)
        if serving.done():
            serving.result()
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_STOP):
                await emulated.close()


def _announcing(application: Application, endpoint: str) -> Application:
    """Let the application print one line when it is ready for requests."""

    async def announcing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return

        async def send_and_announce(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                print(f"ready {endpoint}", flush=True)

        await application(scope, receive, send_and_announce)

    return announcing


def _configuration(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
    config.errorlog = logging.getLogger("hypercorn.error")
    config.graceful_timeout = SECONDS_FOR_OPEN_REQUESTS
    config.shutdown_timeout = SECONDS_FOR_OPEN_REQUESTS
    config.keep_alive_timeout = 75
    config.keep_alive_max_requests = 1_000_000
    config.backlog = 1024
    # API Gateway hands header names to the function as the client wrote them (AG-06).
    config.h11_pass_raw_headers = True
    return config


def _watch(stop: asyncio.Event, parent: int | None) -> None:
    """Set `stop` on SIGTERM, on SIGINT and at the end of the parent process."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if parent is None:
        return
    with suppress(ProcessLookupError):
        loop.add_reader(os.pidfd_open(parent), stop.set)
        return
    stop.set()
