"""REST APIs of API Gateway: Lambda proxy integrations."""

import time
from collections.abc import Callable
from dataclasses import replace as changed
from typing import Any

from ministack.services import apigateway_v1

from emulator.engine import api_gateway_event, api_gateway_response
from emulator.engine.api_gateway_event import RequestIds, RestApiRoute
from emulator.engine.api_gateway_response import GatewayError
from emulator.engine.http_message import HttpRequest, HttpResponse
from emulator.engine.integration_timeout import (
    IntegrationTimeoutError,
    integration_timeout_seconds,
    respond_within,
)
from emulator.engine.invocation import Throttled
from emulator.engine.runtime_folder import CannotRunFunction
from emulator.ministack import current_request, functions, permissions
from emulator.ministack.front_door import FrontDoor, Response, answer, encode_event
from emulator.ministack.functions import FunctionReference
from emulator.ministack.seams import Seam, replace, wrap

_MODULE = "ministack.services.apigateway_v1"
_PROXY = Seam(
    _MODULE,
    "_invoke_lambda_proxy_v1",
    "(integration, api_id, stage_name, stage, resource, request_path, method, headers, body, "
    "query_params, path_params, *, owner_account_id=None, owner_region=None, "
    "binary_media_types=None, authorizer_context=None, caller_identity=None)",
)
_ROUTE = Seam(
    _MODULE,
    "_execute_in_scope",
    "(request, api_id, stage_name, method, path, headers, body, query_params, owner_account_id, "
    "owner_region)",
)
SEAMS = (
    _PROXY,
    _ROUTE,
    Seam(_MODULE, "_GatewayError"),
    Seam(_MODULE, "_gw_error", "(response_type, message)"),
)


class RestApis:
    """What API Gateway does with a request whose method is integrated with a function."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door

    def install(self) -> None:
        """Take over Lambda proxy integrations."""
        replace(_PROXY, self._proxy_integration)
        wrap(_ROUTE, _knowing_signed_callers)

    async def _proxy_integration(
        self,
        *request_parts: Any,
        owner_account_id: str,
        owner_region: str,
        binary_media_types: list[str],
        authorizer_context: dict[str, Any] | None = None,
        caller_identity: dict[str, Any] | None = None,
    ) -> Response:
        """Take the place of MiniStack's `_invoke_lambda_proxy_v1`."""
        integration, api_id, stage_name, stage, resource, _, _, _, body, *_ = request_parts
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
        return answer(await self._respond(request, route, integration))

    async def _respond(
        self, request: HttpRequest, route: RestApiRoute, integration: dict[str, Any]
    ) -> HttpResponse:
        if len(request.body) > api_gateway_response.MAXIMUM_REQUEST_BYTES:
            return api_gateway_response.request_too_large()
        ids = api_gateway_event.new_request_ids(request, time.time())
        event = encode_event(api_gateway_event.build_event(request, route, ids))
        if len(event) > api_gateway_response.MAXIMUM_EVENT_BYTES:
            return _error(api_gateway_response.EVENT_TOO_LARGE, ids)
        try:
            function = _integrated_function(integration, route, request.method)
            invocation = self._door.start(function, event, ids.trace.header())
            seconds = _timeout_seconds(integration)
            result = await respond_within(seconds, invocation)
        except IntegrationTimeoutError:
            return _error(api_gateway_response.INTEGRATION_TIMEOUT, ids)
        except (LookupError, Throttled, CannotRunFunction, ValueError):
            return _error(api_gateway_response.INVOCATION_REFUSED, ids)
        return api_gateway_response.function_response(
            result, request, route.binary_media_types, ids
        )


def _timeout_seconds(integration: dict[str, Any]) -> float:
    """Return how long API Gateway waits; MiniStack keeps what UpdateIntegration sets as text."""
    milliseconds = integration.get("timeoutInMillis")
    return integration_timeout_seconds(None if milliseconds is None else int(milliseconds))


def _error(error: GatewayError, ids: RequestIds) -> HttpResponse:
    return api_gateway_response.error_response(error, ids)


def _within_stage(request: HttpRequest) -> HttpRequest:
    """Leave of the path what comes after the stage, whichever way the API was addressed.

    `/restapis/<api>/<stage>/_user_request_/<path>`, `/_aws/execute-api/<api>/<stage>/<path>`, or
    the API's host name and `/<stage>/<path>`.
    """
    addressed_by_path = request.path.startswith(("/restapis/", "/_aws/execute-api/"))
    parts = request.path.split("/", 5 if addressed_by_path else 2)
    return changed(request, path="/" + parts[-1] if len(parts) in (6, 3) else "/")


def _integrated_function(
    integration: dict[str, Any], route: RestApiRoute, method: str
) -> FunctionReference:
    """Return an integration's function. Raises LookupError when it may not be invoked.

    That is without a permission (AG-18) and with another method than POST (AG-19).
    """
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


def _knowing_signed_callers(route: Callable[..., Any]) -> Callable[..., Any]:
    """Answer 404 for a path that the API does not have to callers that sign (AG-20)."""

    async def route_request(request: dict[str, Any], *rest: Any) -> Any:
        result = await route(request, *rest)
        if (
            isinstance(result, apigateway_v1._GatewayError)
            and result.response_type == "MISSING_AUTHENTICATION_TOKEN"
            and not request["resource_path"]
            and request["headers"].get("authorization", "").startswith("AWS4-")
        ):
            return apigateway_v1._gw_error("RESOURCE_NOT_FOUND", "Not Found")
        return result

    return route_request
