"""API Gateway and Elastic Load Balancing: between MiniStack's routing and the function.

MiniStack finds the method or target group and does what comes before the integration
(authorization, usage plans, rules). What the function gets, and what the client gets, is decided
here; the response goes out as it is.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace as changed
from typing import Any

from ministack.services import alb

from emulator.engine import api_gateway_event, api_gateway_response
from emulator.engine import load_balancer_event, load_balancer_response
from emulator.engine.api_gateway_event import RequestIds, RestApiRoute
from emulator.engine.api_gateway_response import GatewayError
from emulator.engine.http_message import HttpRequest, HttpResponse
from emulator.engine.integration_timeout import (
    IntegrationTimeoutError,
    integration_timeout_seconds,
    respond_within,
)
from emulator.engine.invocation import Invocation, InvocationResult, Throttled
from emulator.engine.load_balancer_event import TargetGroup
from emulator.engine.load_balancer_response import TargetFailure
from emulator.engine.trace_header import TRACE_HEADER, continue_trace
from emulator.ministack import current_request, functions, permissions
from emulator.ministack.functions import FunctionReference
from emulator.ministack.lambda_api import Invoke
from emulator.ministack.scope import of_arn
from emulator.ministack.seams import Seam, replace, wrap

_REST_API = "ministack.services.apigateway_v1"
_ALB = "ministack.services.alb"
_PROXY = Seam(
    _REST_API,
    "_invoke_lambda_proxy_v1",
    "(integration, api_id, stage_name, stage, resource, request_path, method, headers, body, "
    "query_params, path_params, *, owner_account_id=None, owner_region=None, "
    "binary_media_types=None, authorizer_context=None, caller_identity=None)",
)
_FORWARD = Seam(
    _ALB,
    "_forward_to_tg",
    "(tg_arn, method, path, headers, body, query_params, raw_query_string=None, raw_path=None)",
)
_REGISTER = Seam(_ALB, "_register_targets", "(params)")
SEAMS = (
    _PROXY,
    _FORWARD,
    _REGISTER,
    Seam(_ALB, "_tgs"),
    Seam(_ALB, "_targets"),
    Seam(_ALB, "_tg_attrs"),
    Seam(_ALB, "_error", "(code, message, status=400)"),
    Seam(_ALB, "_parse_targets_param", "(params, prefix='Targets')"),
    Seam(_ALB, "_ACTION_MAP"),
    Seam(_ALB, "_p", "(params, key, default='')"),
)

Response = tuple[int, dict[str, str], bytes]


class FrontDoors:
    """What API Gateway and load balancers do with a request that is for a function."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self._invocations: set[asyncio.Future[InvocationResult]] = set()

    def install(self) -> None:
        """Take over Lambda proxy integrations and target groups of type lambda."""
        replace(_PROXY, self._proxy_integration)
        wrap(_FORWARD, self._forwarding)
        wrap(_REGISTER, _asking_functions)
        alb._ACTION_MAP["RegisterTargets"] = alb._register_targets

    async def _proxy_integration(
        self,
        integration: dict[str, Any],
        api_id: str,
        stage_name: str,
        stage: dict[str, Any],
        resource: dict[str, Any],
        _path: str,
        _method: str,
        _headers: dict[str, str],
        body: bytes,
        *_parsed: Any,
        owner_account_id: str,
        owner_region: str,
        binary_media_types: list[str],
        authorizer_context: dict[str, Any] | None = None,
        caller_identity: dict[str, Any] | None = None,
    ) -> Response:
        """Take the place of MiniStack's `_invoke_lambda_proxy_v1`."""
        route = RestApiRoute(
            account_id=owner_account_id,
            region=owner_region,
            api_id=api_id,
            stage=stage_name,
            deployment_id=stage.get("deploymentId", ""),
            domain_name=f"{api_id}.execute-api.{owner_region}.amazonaws.com",
            resource_id=resource["id"],
            resource_path=resource["path"],
            stage_variables=stage.get("variables") or {},
            binary_media_types=binary_media_types,
            authorizer=authorizer_context,
            caller_identity=caller_identity or {},
        )
        request = _within_stage(current_request.http_request(body))
        return _answer(await self._respond(request, route, integration))

    async def _respond(
        self, request: HttpRequest, route: RestApiRoute, integration: dict[str, Any]
    ) -> HttpResponse:
        if len(request.body) > api_gateway_response.MAXIMUM_REQUEST_BYTES:
            return api_gateway_response.request_too_large()
        ids = api_gateway_event.new_request_ids(request, time.time())
        event = _json(api_gateway_event.build_event(request, route, ids))
        if len(event) > api_gateway_response.MAXIMUM_EVENT_BYTES:
            return _gateway_error(api_gateway_response.EVENT_TOO_LARGE, ids)
        try:
            function = _integrated_function(integration, route, request.method)
            invocation = self._start(function, event, ids.trace.header())
            seconds = integration_timeout_seconds(integration.get("timeoutInMillis"))
            result = await respond_within(seconds, invocation)
        except IntegrationTimeoutError:
            return _gateway_error(api_gateway_response.INTEGRATION_TIMEOUT, ids)
        except (LookupError, Throttled, ValueError):
            return _gateway_error(api_gateway_response.INVOCATION_REFUSED, ids)
        return api_gateway_response.function_response(
            result, request, route.binary_media_types, ids
        )

    def _forwarding(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        """MiniStack's `_forward_to_tg`, except for target groups of functions and empty ones."""

        async def forward_to_target_group(
            arn: str,
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            *parsed: Any,
        ) -> Any:
            group = alb._tgs.get(arn)
            targets = alb._targets.get(arn, [])
            if group is None or (targets and group["TargetType"] != "lambda"):
                return await forward(arn, method, path, headers, body, *parsed)
            if not targets:
                return _answer(
                    load_balancer_response.failure_response(TargetFailure.NO_REGISTERED_TARGET)
                )
            request = _at_listener(current_request.http_request(body), headers)
            function = functions.reference(targets[0]["Id"])
            return _answer(await self._respond_for_target(request, arn, function))

        return forward_to_target_group

    async def _respond_for_target(
        self, request: HttpRequest, arn: str, function: FunctionReference
    ) -> HttpResponse:
        refused = load_balancer_response.refuse_request(request)
        if refused is not None:
            return load_balancer_response.failure_response(refused)
        group = TargetGroup(arn, _has_multi_value_headers(arn))
        event = load_balancer_event.build_event(request, group, time.time())
        if not _group_may_invoke(function, arn):
            return load_balancer_response.failure_response(TargetFailure.ACCESS_DENIED)
        trace = continue_trace(request.header(TRACE_HEADER), time.time())
        try:
            result = await asyncio.shield(self._start(function, _json(event), trace.header()))
        except LookupError:
            return load_balancer_response.failure_response(TargetFailure.RESOURCE_NOT_FOUND)
        except Throttled:
            return load_balancer_response.failure_response(TargetFailure.THROTTLING)
        return load_balancer_response.function_response(result, group)

    def _start(
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


def _answer(response: HttpResponse) -> Response:
    """Let the response go out as it is; what is returned satisfies MiniStack."""
    current_request.answer(response)
    return response.status, {}, response.body


def _json(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _gateway_error(error: GatewayError, ids: RequestIds) -> HttpResponse:
    return api_gateway_response.error_response(error, ids)


def _within_stage(request: HttpRequest) -> HttpRequest:
    """Leave of the path what comes after the stage, whichever way the API was addressed.

    `/restapis/<api>/<stage>/_user_request_/<path>`, `/_aws/execute-api/<api>/<stage>/<path>`, or
    the API's host name and `/<stage>/<path>`.
    """
    addressed_by_path = request.path.startswith(("/restapis/", "/_aws/execute-api/"))
    parts = request.path.split("/", 5 if addressed_by_path else 2)
    return changed(request, path="/" + parts[-1] if len(parts) in (6, 3) else "/")


def _at_listener(request: HttpRequest, target_headers: dict[str, str]) -> HttpRequest:
    """Leave out the name in `/_alb/<name>/<path>`; scheme and port are the listener's."""
    path = request.path
    if path.startswith("/_alb/"):
        path = "/" + "/".join(path.split("/")[3:])
    return changed(
        request,
        path=path,
        scheme=target_headers["x-forwarded-proto"],
        port=int(target_headers["x-forwarded-port"]),
    )


def _integrated_function(
    integration: dict[str, Any], route: RestApiRoute, method: str
) -> FunctionReference:
    """The function of an integration. Raises LookupError when Lambda would refuse (AG-18, AG-19)."""
    uri = integration.get("uri", "")
    function = functions.reference(uri.partition("/functions/")[2].removesuffix("/invocations"))
    role = integration.get("credentials")
    if role:
        permitted = permissions.role_may(role, "lambda:InvokeFunction", function.arn)
    else:
        permitted = permissions.may_invoke(
            function, "apigateway.amazonaws.com", route.source_arn(method), route.account_id
        )
    if integration.get("httpMethod") != "POST" or not permitted:
        raise LookupError(f"API Gateway may not invoke {function.arn}")
    return function


def _has_multi_value_headers(arn: str) -> bool:
    return {"Key": "lambda.multi_value_headers.enabled", "Value": "true"} in alb._tg_attrs.get(
        arn, []
    )


def _group_may_invoke(function: FunctionReference, arn: str) -> bool:
    return permissions.may_invoke(
        function, "elasticloadbalancing.amazonaws.com", arn, of_arn(arn).account
    )


def refuse_target(arn: str, target_id: str) -> str | None:
    """Say why a function may not be registered in a target group (AL-15); None when it may."""
    if _group_may_invoke(functions.reference(target_id), arn):
        return None
    return (
        f"elasticloadbalancing principal does not have permission to invoke {target_id} "
        f"from target group {arn}"
    )


def _asking_functions(register: Callable[..., Any]) -> Callable[..., Any]:
    """RegisterTargets, which also asks the functions' resource policies."""

    def register_permitted(params: dict[str, Any]) -> Any:
        arn = alb._p(params, "TargetGroupArn")
        group = alb._tgs.get(arn)
        if group is not None and group["TargetType"] == "lambda":
            for target in alb._parse_targets_param(params):
                refused = refuse_target(arn, target["Id"])
                if refused is not None:
                    return alb._error("AccessDenied", refused, 403)
        return register(params)

    return register_permitted
