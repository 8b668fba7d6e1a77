"""Application Load Balancers: target groups of functions."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace as changed
from typing import Any

from ministack.services import alb

from emulator.engine import load_balancer_event, load_balancer_response
from emulator.engine.http_message import HttpRequest, HttpResponse
from emulator.engine.invocation import Throttled
from emulator.engine.load_balancer_event import TargetGroup
from emulator.engine.load_balancer_response import TargetFailure
from emulator.engine.runtime_folder import CannotRunFunction
from emulator.engine.trace_header import TRACE_HEADER, continue_trace
from emulator.ministack import current_request, functions, permissions
from emulator.ministack.front_door import FrontDoor, answer, encode_event
from emulator.ministack.functions import FunctionReference
from emulator.ministack.scope import of_arn
from emulator.ministack.seams import Seam, wrap

_MODULE = "ministack.services.alb"
_FORWARD = Seam(
    _MODULE,
    "_forward_to_tg",
    "(tg_arn, method, path, headers, body, query_params, raw_query_string=None, raw_path=None)",
)
_CREATE_GROUP = Seam(_MODULE, "_create_tg", "(params)")
_REGISTER = Seam(_MODULE, "_register_targets", "(params)")
SEAMS = (
    _FORWARD,
    _CREATE_GROUP,
    _REGISTER,
    Seam(_MODULE, "_tgs"),
    Seam(_MODULE, "_targets"),
    Seam(_MODULE, "_tg_attrs"),
    Seam(_MODULE, "_error", "(code, message, status=400)"),
    Seam(_MODULE, "_parse_targets_param", "(params, prefix='Targets')"),
    Seam(_MODULE, "_ACTION_MAP"),
    Seam(_MODULE, "_p", "(params, key, default='')"),
)

_HEALTH_CHECK_OF_FUNCTIONS = {
    "HealthCheckEnabled": "false",
    "HealthCheckIntervalSeconds": "35",
    "HealthCheckTimeoutSeconds": "30",
    "HealthyThresholdCount": "5",
    "UnhealthyThresholdCount": "5",
}


class LoadBalancers:
    """What a load balancer does with a request for a target group of a function."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door

    def install(self) -> None:
        """Take over target groups of functions, and what is asked when one is made."""
        wrap(_FORWARD, self._forwarding)
        wrap(_REGISTER, _asking_functions)
        wrap(_CREATE_GROUP, _with_defaults)
        alb._ACTION_MAP["RegisterTargets"] = alb._register_targets
        alb._ACTION_MAP["CreateTargetGroup"] = alb._create_tg

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
                return answer(
                    load_balancer_response.failure_response(TargetFailure.NO_REGISTERED_TARGET)
                )
            request = _at_listener(current_request.http_request(body), headers)
            function = functions.reference(targets[0]["Id"])
            return answer(await self._respond(request, arn, function))

        return forward_to_target_group

    async def _respond(
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
            result = await asyncio.shield(
                self._door.start(function, encode_event(event), trace.header())
            )
        except LookupError:
            return load_balancer_response.failure_response(TargetFailure.RESOURCE_NOT_FOUND)
        except Throttled:
            return load_balancer_response.failure_response(TargetFailure.THROTTLING)
        except CannotRunFunction:
            return load_balancer_response.failure_response(TargetFailure.UNHANDLED)
        return load_balancer_response.function_response(result, group)


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


def _has_multi_value_headers(arn: str) -> bool:
    return {"Key": "lambda.multi_value_headers.enabled", "Value": "true"} in alb._tg_attrs.get(
        arn, []
    )


def _group_may_invoke(function: FunctionReference, arn: str) -> bool:
    return permissions.may_invoke(
        function, "elasticloadbalancing.amazonaws.com", arn, of_arn(arn).account
    )


def with_health_check_defaults(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a target group's properties with the defaults for functions (AL-20)."""
    if properties.get("TargetType") != "lambda":
        return properties
    return _HEALTH_CHECK_OF_FUNCTIONS | dict(properties)


def _with_defaults(create: Callable[..., Any]) -> Callable[..., Any]:
    """CreateTargetGroup, whose parameters are lists of texts."""

    def create_completed(params: dict[str, Any]) -> Any:
        properties = {name: alb._p(params, name) for name in params}
        completed = with_health_check_defaults(properties)
        return create(params | {name: [completed[name]] for name in completed.keys() - params})

    return create_completed


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
