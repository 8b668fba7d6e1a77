"""Event invoke configs: one per version or alias, `$LATEST` when no qualifier is named (AS-23)."""

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack.services import lambda_svc

from emulator.engine.asynchronous_event import EVENT_AGES_ALLOWED, RETRY_ATTEMPTS_ALLOWED
from emulator.ministack import functions
from emulator.ministack.responses import Response, error, invalid_parameter, not_found, success
from emulator.ministack.seams import Seam, replace, wrap

_MODULE = "ministack.services.lambda_svc"
_GET = Seam(_MODULE, "_get_event_invoke_config", "(func_name, qualifier=None)")
_PUT = Seam(_MODULE, "_put_event_invoke_config", "(func_name, qualifier, data)")
_DELETE = Seam(_MODULE, "_delete_event_invoke_config", "(func_name, qualifier=None)")
_HANDLE = Seam(_MODULE, "handle_request", "(method, path, headers, body, query_params)")
SEAMS = (
    _GET,
    _PUT,
    _DELETE,
    _HANDLE,
    Seam(_MODULE, "_func_arn", "(name)"),
    Seam(_MODULE, "_functions"),
    Seam(_MODULE, "_function_qualifier_exists", "(func, qualifier)"),
    Seam(_MODULE, "_validate_destination_config", "(destination_config)"),
)

_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_LATEST = "$LATEST"
_PATH = re.compile(r"/2019-09-25/functions/([^/]+)/event-invoke-config")

Record = dict[str, Any]


def install() -> None:
    """Keep event invoke configs as AWS does."""
    replace(_GET, _get)
    replace(_PUT, _put)
    replace(_DELETE, _delete)
    wrap(_HANDLE, _knowing_update)


def of(record: Record, qualifier: str | None) -> Mapping[str, Any]:
    """Return the config of a function's version or alias; empty when it has none."""
    configs: dict[str, Mapping[str, Any]] = record["event_invoke_configs"]
    return configs.get(qualifier or _LATEST, {})


def _knowing_update(handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Let the Lambda API know UpdateFunctionEventInvokeConfig, which MiniStack does not have."""

    async def handle_request(
        method: str, path: str, headers: Any, body: bytes, query_params: dict[str, Any]
    ) -> Any:
        found = _PATH.fullmatch(path)
        if method != "POST" or found is None:
            return await handle(method, path, headers, body, query_params)
        function = functions.named(found[1], query_params.get("Qualifier", [None])[0])
        return _update(function.name, function.qualifier, json.loads(body or b"{}"))

    return handle_request


def _update(name: str, qualifier: str | None, data: Record) -> Response:
    """Change what is named; the rest stays as it is (AS-22)."""
    record = lambda_svc._functions.get(name)
    if record is None:
        return _no_function(name, qualifier)
    present = of(record, qualifier)
    if not present:
        return _no_config(name, qualifier)
    return _put(name, qualifier, {key: present[key] for key in _SETTINGS if key in present} | data)


def _get(name: str, qualifier: str | None = None) -> Response:
    record = lambda_svc._functions.get(name)
    if not lambda_svc._function_qualifier_exists(record, qualifier):
        return _no_function(name, qualifier)
    config = of(record, qualifier)
    return success(config) if config else _no_config(name, qualifier)


def _put(name: str, qualifier: str | None, data: Record) -> Response:
    record = lambda_svc._functions.get(name)
    if not lambda_svc._function_qualifier_exists(record, qualifier):
        return _no_function(name, qualifier)
    refusal = _refusal(name, data)
    if refusal is not None:
        return refusal
    config: Record = {
        "FunctionArn": f"{lambda_svc._func_arn(name)}:{qualifier or _LATEST}",
        "LastModified": int(time.time()),
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}} | data.get("DestinationConfig", {}),
    }
    for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
        if key in data:
            config[key] = int(data[key])
    record["event_invoke_configs"][qualifier or _LATEST] = config
    return success(config)


def _delete(name: str, qualifier: str | None = None) -> Response:
    record = lambda_svc._functions.get(name)
    if not lambda_svc._function_qualifier_exists(record, qualifier):
        return _no_function(name, qualifier)
    if record["event_invoke_configs"].pop(qualifier or _LATEST, None) is None:
        return _no_config(name, qualifier)
    return 204, {}, b""


def _refusal(name: str, data: Record) -> Response | None:
    """Why Lambda does not take this config (AS-08, AS-20, AS-22); None when it does."""
    if not any(key in data for key in _SETTINGS):
        return invalid_parameter(
            "You must specify at least one of error handling or destination setting."
        )
    for key, allowed in (
        ("MaximumRetryAttempts", RETRY_ATTEMPTS_ALLOWED),
        ("MaximumEventAgeInSeconds", EVENT_AGES_ALLOWED),
    ):
        if key in data and int(data[key]) not in allowed:
            return _out_of_range(key, int(data[key]), allowed)
    destinations = data.get("DestinationConfig", {})
    itself = lambda_svc._func_arn(name)
    for destination in destinations.values():
        arn = destination.get("Destination", "")
        if arn == itself or arn.startswith(f"{itself}:"):
            return invalid_parameter("You can't specify the function as a destination for itself.")
    refusal: Response | None = lambda_svc._validate_destination_config(destinations)
    return refusal


def _out_of_range(key: str, value: int, allowed: range) -> Response:
    bound, limit = ("less", allowed[-1]) if value > allowed[-1] else ("greater", allowed[0])
    return error(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{key[0].lower()}{key[1:]}' failed to "
        f"satisfy constraint: Member must have value {bound} than or equal to {limit}",
    )


def _no_function(name: str, qualifier: str | None) -> Response:
    suffix = f":{qualifier}" if qualifier else ""
    return not_found(f"Function not found: {lambda_svc._func_arn(name)}{suffix}")


def _no_config(name: str, qualifier: str | None) -> Response:
    return not_found(
        f"The function {lambda_svc._func_arn(name)}:{qualifier or _LATEST} "
        "doesn't have an EventInvokeConfig"
    )
