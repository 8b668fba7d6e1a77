"""Who may ask for what: MiniStack's IAM, which lets everything pass as shipped, switched on.

The root of an account, for which the access key `test` and any one of twelve digits stand, may do
everything. Any other key must be a user's or a session's and sign correctly; then identity
policies, permissions boundary and the policy of the resource decide. So the code of a function may
do what its execution role may.

The emulator speaks plain HTTP. What is asked of it counts as asked over TLS, as AWS's SDKs and
services do, so that policies which demand TLS can be kept as they are; a request without it says
so, as a proxy in front would: `X-Forwarded-Proto: http`.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime, router

from emulator.engine.execution_role import RoleCannotBeAssumed
from emulator.engine.invocation import Function
from emulator.ministack import current_request, permissions
from emulator.ministack.responses import Response
from emulator.ministack.seams import Seam, wrap

_EVALUATOR = "ministack.core.iam_evaluator"
_PIN_ORIGIN = Seam("ministack.app", "pin_request_origin", "(source_ip, secure_transport)")
SEAMS = (
    _PIN_ORIGIN,
    Seam("ministack.app", "AUTH"),
    Seam(
        "ministack.app",
        "_enforce_data_plane",
        "(service, iam_action, headers, query_params, request_id, resource_arn='*', "
        "service_context=None, auth_error_response=None, named_resource='')",
    ),
    Seam(_EVALUATOR, "_request_origin"),
    Seam(_EVALUATOR, "is_root_access_key", "(access_key_id)"),
    Seam(_EVALUATOR, "pin_signed_body", "(body)"),
    Seam(
        _EVALUATOR,
        "pin_signed_request",
        "(method, raw_path, query_params, raw_headers, handshake=False)",
    ),
    Seam("ministack.core.lambda_runtime", "execution_credentials", "(config)"),
    Seam("ministack.core.router", "extract_access_key_id", "(headers, query_params=None)"),
)


def install() -> None:
    """Let IAM decide about every request that MiniStack serves."""
    app.AUTH = True
    # What no request has pinned: the work of the services themselves.
    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))
    wrap(_PIN_ORIGIN, _telling_transport)


def _telling_transport(pin: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    def pin_origin(source_ip: str, _secure_transport: bool) -> None:
        pin(source_ip, current_request.is_over_tls())

    return pin_origin


def refuse_invoke(request: dict[str, Any], body: bytes, function_arn: str) -> Response | None:
    """Return what an Invoke request is answered that its caller may not make; else None.

    request is the ASGI scope. MiniStack's own check never sees these requests. One that is not
    signed at all is taken for the root's.
    """
    headers = {"authorization": current_request.header(request, "Authorization") or ""}
    if iam_evaluator.is_root_access_key(router.extract_access_key_id(headers)):
        return None
    query = parse_qs(request["query_string"].decode("ascii", "replace"), keep_blank_values=True)
    path = request["raw_path"].decode("ascii", "replace")
    iam_evaluator.pin_signed_request(request["method"], path, query, request["headers"])
    iam_evaluator.pin_signed_body(body)
    refused: Response | None = app._enforce_data_plane(
        "lambda",
        "lambda:InvokeFunction",
        headers,
        query,
        current_request.request_id(request),
        resource_arn=function_arn,
        named_resource=function_arn,
    )
    return refused


def assume_execution_role(function: Function) -> Mapping[str, str]:
    """Assume a function's execution role; see `execution_role.AssumeRole`."""
    if not permissions.can_be_assumed(function.role_arn):
        raise RoleCannotBeAssumed
    credentials: Mapping[str, str] = lambda_runtime.execution_credentials(
        {
            "FunctionArn": function.arn,
            "FunctionName": function.name,
            "Role": function.role_arn,
        }
    )
    return credentials
