"""The environment variables of a runtime process: the function's and Lambda's, nobody else's.

Source: AWS Lambda Developer Guide, "Working with Lambda environment variables", "Defined runtime
environment variables".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.engine.invocation import Function, LogFormat


@dataclass(frozen=True)
class RuntimeSettings:
    """What differs between the execution environments of a function."""

    region: str
    log_group: str
    log_stream: str
    runtime_api: str
    runtime_folder: Path
    task_folder: Path
    temporary_folder: Path
    credentials: Mapping[str, str]


def environment_variables(
    function: Function, settings: RuntimeSettings, extra: Mapping[str, str]
) -> dict[str, str]:
    """All variables of the process.

    Reserved variables win over the function's own, which win over `extra` and Lambda's defaults.
    TMPDIR and HOME are not AWS's: each environment has a folder in place of a /tmp of its own.
    """
    defaults = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PYTHONPATH": str(settings.runtime_folder),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "TMPDIR": str(settings.temporary_folder),
        "HOME": str(settings.temporary_folder),
    }
    return {**defaults, **extra, **function.environment, **_reserved(function, settings)}


def _reserved(function: Function, settings: RuntimeSettings) -> dict[str, str]:
    reserved = {
        **settings.credentials,
        "_HANDLER": function.handler,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_megabytes),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": settings.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": settings.log_stream,
        "AWS_LAMBDA_LOG_FORMAT": function.log_format.value,
        "AWS_LAMBDA_RUNTIME_API": settings.runtime_api,
        "LAMBDA_TASK_ROOT": str(settings.task_folder),
        "LAMBDA_RUNTIME_DIR": str(settings.runtime_folder),
    }
    if function.log_format is LogFormat.JSON:
        reserved["AWS_LAMBDA_LOG_LEVEL"] = "INFO"
    return reserved
