"""The page on which the emulator says who it is, so that a report can say what was measured on."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from emulator.ministack.seams import MINISTACK_VERSION
from emulator.options import Options

PAGE = "/_emulator"

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def introducing(application: Application, options: Options) -> Application:
    """Return the application with the page added: JSON with `name`, `version`, `pace`, `speed`.

    speed is how many of Lambda's seconds pass in one second of waiting.
    """
    page = json.dumps(
        {
            "name": "the emulator of lambda-invocation-paths",
            "version": f"on MiniStack {MINISTACK_VERSION}",
            "pace": options.pace.value,
            "speed": options.pace.speed,
        }
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(page)).encode()),
    ]

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PAGE:
            await application(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    return serve
