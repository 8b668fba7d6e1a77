"""Functions: MiniStack's records of them, as the engine needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import lambda_svc

from emulator.engine.invocation import Function, LogFormat
from emulator.ministack.scope import Scope, current, of_arn
from emulator.ministack.seams import Seam

_MODULE = "ministack.services.lambda_svc"
SEAMS = (
    Seam(_MODULE, "_functions"),
    Seam(_MODULE, "_effective_func_record_for_qualifier", "(func, qualifier)"),
)

Record = dict[str, Any]
_LATEST = "$LATEST"


@dataclass(frozen=True)
class FunctionReference:
    """A function as a caller names it: by unqualified ARN and, perhaps, version or alias."""

    scope: Scope
    name: str
    qualifier: str | None = None

    @property
    def unqualified_arn(self) -> str:
        """ARN of the function itself."""
        return f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:function:{self.name}"

    @property
    def arn(self) -> str:
        """ARN with the qualifier, if there is one: `context.invoked_function_arn`."""
        suffix = f":{self.qualifier}" if self.qualifier else ""
        return self.unqualified_arn + suffix


def reference(arn: str) -> FunctionReference:
    """Return the function that an ARN names, qualified or not. Raises ValueError for other ARNs."""
    scope = of_arn(arn)
    parts = arn.split(":", 5)[5].split(":")
    if parts[0] != "function" or len(parts) not in (2, 3):
        raise ValueError(f"{arn!r} is not the ARN of a function")
    return FunctionReference(scope, parts[1], parts[2] if len(parts) == 3 else None)  # noqa: PLR2004 - with a qualifier


def named(name: str, qualifier: str | None = None) -> FunctionReference:
    """Return the function that a FunctionName stands for, in the scope of the request.

    A name, `account:function:name` or an ARN, each perhaps with a qualifier behind it, which
    `qualifier` overrides. Raises ValueError for an ARN of something else.
    """
    if name.startswith("arn:"):
        of = reference(name)
    else:
        parts = name.split(":")
        if len(parts) > 2 and parts[1] == "function":  # noqa: PLR2004 - with a qualifier - account:function:name
            parts = parts[2:]
        of = FunctionReference(current(), parts[0], parts[1] if len(parts) > 1 else None)
    return FunctionReference(of.scope, of.name, qualifier or of.qualifier)


def record(of: FunctionReference) -> Record | None:
    """Return MiniStack's record of the function itself, not of a version; None without one."""
    found: Record | None = lambda_svc._functions.get_scoped(
        of.scope.account, of.scope.region, of.name
    )
    return found


def find(of: FunctionReference) -> Function | None:
    """Return the version that the reference leads to; None when there is none."""
    function_record = record(of)
    version, configuration = lambda_svc._effective_func_record_for_qualifier(
        function_record, of.qualifier
    )
    if function_record is None or version is None:
        return None
    return _function(of, function_record, version, configuration)


def is_being_created(of: FunctionReference) -> bool:
    """Say whether a function is not ready yet for its first invocation (H4)."""
    function_record = record(of)
    if function_record is None:
        return False
    configuration = function_record["config"]
    state = (configuration["State"], configuration.get("StateReasonCode"))
    return state == ("Pending", "Creating")


def resource_policy(of: FunctionReference) -> Mapping[str, Any]:
    """Return the function's resource-based policy; empty when there is no function."""
    function_record = record(of)
    policy: Mapping[str, Any] = function_record["policy"] if function_record else {}
    return policy


def configuration(of: FunctionReference) -> Mapping[str, Any]:
    """Return what MiniStack shows as the configuration of a version that exists."""
    _, shown = lambda_svc._effective_func_record_for_qualifier(record(of), of.qualifier)
    found: Mapping[str, Any] = shown
    return found


def _function(
    of: FunctionReference, function_record: Record, version: Record, configuration: Record
) -> Function:
    logging = configuration.get("LoggingConfig", {})
    concurrency = function_record.get("concurrency")
    return Function(
        arn=of.unqualified_arn,
        name=of.name,
        version=configuration.get("Version", _LATEST),
        handler=configuration["Handler"],
        runtime=configuration["Runtime"],
        code=version.get("code_zip") or b"",
        code_sha256=configuration["CodeSha256"],
        timeout_seconds=int(configuration["Timeout"]),
        memory_megabytes=int(configuration["MemorySize"]),
        environment=configuration.get("Environment", {}).get("Variables", {}),
        role_arn=configuration.get("Role", ""),
        log_group=logging.get("LogGroup") or f"/aws/lambda/{of.name}",
        log_format=LogFormat(logging.get("LogFormat", LogFormat.TEXT)),
        tracing_active=configuration.get("TracingConfig", {}).get("Mode") == "Active",
        reserved_concurrency=None if concurrency is None else int(concurrency),
    )
