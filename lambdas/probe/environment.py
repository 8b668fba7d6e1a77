"""What the function can tell about where it runs: its process, its log stream, its caller."""

import json
import os
import uuid
from typing import Protocol

from .event_shape import batch_size, shape_of
from .receipt import Invocation


class ClientContext(Protocol):
    """`context.client_context`, from the header of that name (SI-18)."""

    client: object
    custom: object
    env: object


class LambdaContext(Protocol):
    """The part of the handler's context object that is used here.

    AWS Lambda Developer Guide, "Using the Lambda context object to retrieve Python function
    information".
    """

    aws_request_id: str
    log_stream_name: str
    client_context: ClientContext | None


class ExecutionEnvironment:
    """The process that runs the function; made once, when the handler is imported."""

    def __init__(self) -> None:
        self._id = str(uuid.uuid4())
        self._cold = True

    def invocation(self, event: object, context: LambdaContext) -> Invocation:
        """Describe the invocation that begins now; the first one here is a cold one."""
        cold, self._cold = self._cold, False
        return Invocation(
            event=event,
            path=shape_of(event),
            batch_size=batch_size(event),
            request_id=context.aws_request_id,
            cold=cold,
            environment_id=self._id,
            log_stream=context.log_stream_name,
            trace_header=os.environ.get("_X_AMZN_TRACE_ID") or None,
            client_context=_to_json(context.client_context),
        )


def _to_json(client_context: ClientContext | None) -> str | None:
    if client_context is None:
        return None
    return json.dumps(
        {
            "client": _client(client_context.client),
            "custom": client_context.custom,
            "env": client_context.env,
        }
    )


def _client(client: object) -> dict[str, object] | None:
    if client is None:
        return None
    names = (
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    )
    return {name: getattr(client, name, None) for name in names}
