"""What is served: MiniStack's application, with the answers that are not MiniStack's to give."""

from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from ministack import app

from emulator import reason_phrase
from emulator.engine.http_message import HttpResponse
from emulator.ministack import current_request
from emulator.ministack.lambda_api import LambdaApi
from emulator.ministack.seams import Seam

SEAMS = (Seam("ministack.app", "app", "(scope, receive, send)"),)

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def application(lambda_api: LambdaApi) -> Application:
    """Return the ASGI application."""

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app.app(scope, receive, send)
            return
        current_request.begin(scope)
        if lambda_api.answers(scope):
            await lambda_api(scope, receive, send)
            return

        async def send_decided(message: dict[str, Any]) -> None:
            decided = current_request.decided_answer(scope)
            if decided is None:
                await send(message)
            elif message["type"] == "http.response.start":
                await _send(decided, send)

        await app.app(scope, receive, send_decided)

    return serve


async def _send(response: HttpResponse, send: Any) -> None:
    reason_phrase.use(response.reason)
    headers = [
        (b"Date", formatdate(usegmt=True).encode("ascii")),
        *response.encoded_headers(),
        (b"Content-Length", str(len(response.body)).encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
