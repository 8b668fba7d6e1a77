"""The page on which the emulator says who it is, so that a report can say what was measured on."""

import json
import resource
from collections.abc import Awaitable, Callable
from typing import Any

from emulator.ministack.seams import MINISTACK_VERSION
from emulator.options import Options

PAGE = "/_emulator"

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def introducing(application: Application, options: Options) -> Application:
    """Return the application with the page added: a JSON object.

    `name` and `version` say who answers; `pace` and `speed` how many of Lambda's seconds pass in
    one second of waiting; `peak_memory_kib` how much memory the emulator itself has had.
    """
    identity = {
        "name": "the emulator of lambda-invocation-paths",
        "version": f"on MiniStack {MINISTACK_VERSION}",
        "pace": options.pace.value,
        "speed": options.pace.speed,
    }

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PAGE:
            await application(scope, receive, send)
            return
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        page = json.dumps({**identity, "peak_memory_kib": memory}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(page)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    return serve
