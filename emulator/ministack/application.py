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

SEAMS = (
    Seam("ministack.app", "app", "(scope, receive, send)"),
    Seam("ministack.app", "_is_potential_alb_request", "(host, path)"),
)

_REQUEST_ID_HEADERS = frozenset({b"x-amz-request-id", b"x-amzn-requestid"})

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def application(lambda_api: LambdaApi) -> Application:
    """Return the ASGI application."""

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket" and _is_for_load_balancer(scope):
            await send({"type": "websocket.http.response.start", "status": 400, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
            return
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
                await send(_with_request_id(message, current_request.request_id(scope)))
            elif message["type"] == "http.response.start":
                await _send(decided, send)

        await app.app(scope, receive, send_decided)

    return serve


def _is_for_load_balancer(scope: dict[str, Any]) -> bool:
    """Say whether a WebSocket upgrade is for a load balancer, which refuses it (AL-18)."""
    host = current_request.header(scope, "Host") or ""
    return bool(app._is_potential_alb_request(host, scope["path"]))


def _with_request_id(message: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Give the response the id that S3 puts in the event of the request (S3-05)."""
    if message["type"] != "http.response.start":
        return message
    headers = [
        (name, request_id.encode("ascii") if name.lower() in _REQUEST_ID_HEADERS else value)
        for name, value in message["headers"]
    ]
    return message | {"headers": headers}


async def _send(response: HttpResponse, send: Any) -> None:
    reason_phrase.use(response.reason)
    headers = [
        (b"Date", formatdate(usegmt=True).encode("ascii")),
        *response.encoded_headers(),
        (b"Content-Length", str(len(response.body)).encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
