"""What API Gateway and load balancers have in common: a request that waits for a function.

MiniStack finds the method or target group and does what comes before the integration
(authorization, usage plans, rules). What the function gets, and what the client gets, is decided
here; the response goes out as it is.
"""

import asyncio
import json
import uuid
from typing import Any

from emulator.engine.http_message import HttpResponse
from emulator.engine.invocation import Invocation, InvocationResult
from emulator.ministack import current_request, functions
from emulator.ministack.functions import FunctionReference
from emulator.ministack.lambda_api import Invoke

Response = tuple[int, dict[str, str], bytes]


class FrontDoor:
    """Invokes functions for clients that may stop waiting while the function goes on."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self._invocations: set[asyncio.Future[InvocationResult]] = set()

    def start(
        self, reference: FunctionReference, event: bytes, trace_header: str
    ) -> asyncio.Future[InvocationResult]:
        """Invoke the function. Raises LookupError when there is none."""
        function = functions.find(reference)
        if function is None:
            raise LookupError(f"{reference.arn} does not exist")
        invocation = Invocation(str(uuid.uuid4()), event, reference.arn, trace_header)
        future = asyncio.ensure_future(self._invoke(function, invocation))
        self._invocations.add(future)
        future.add_done_callback(self._invocations.discard)
        return future


def answer(response: HttpResponse) -> Response:
    """Let the response go out as it is; what is returned satisfies MiniStack."""
    current_request.answer(response)
    return response.status, {}, response.body


def encode_event(event: dict[str, Any]) -> bytes:
    """Write an event as JSON in UTF-8."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
