"""What Lambda itself writes to a function's log: the system log, in both of its formats.

Text: INIT_START, START, END and REPORT lines as Lambda has written them since 2025, where a timeout
shows as `Status: timeout` and a crash as `Status: error` with its type, and nothing else is said.
JSON: the `platform.*` events that pass at the default system log level, INFO.

Sources: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle",
"Configuring JSON and plain text log formats", "Log-level filtering", "Lambda Telemetry API Event
schema reference"; H5.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from emulator.engine.clock import Clock
from emulator.engine.function_output import DroppedOutput
from emulator.engine.invocation import Function, LogFormat
from emulator.engine.trace_header import TraceContext


class Phase(StrEnum):
    """When the runtime was started: before an invocation, or within one after a failure."""

    INIT = "init"
    INVOKE = "invoke"


class Status(StrEnum):
    """How a phase ended."""

    SUCCESS = "success"
    ERROR = "error"
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class InitReport:
    """The end of an initialization that failed."""

    phase: Phase
    milliseconds: float
    status: Status
    error_type: str | None


@dataclass(frozen=True)
class InvocationReport:
    """The figures of one invocation; trace is None if it is not recorded by X-Ray."""

    request_id: str
    milliseconds: float
    billed_milliseconds: int
    max_memory_megabytes: int
    init_milliseconds: float | None
    status: Status
    error_type: str | None
    produced_bytes: int
    trace: TraceContext | None


class PlatformLog(Protocol):
    """The system log of one execution environment; every method returns complete messages."""

    def init_start(self) -> list[str]:
        """Say that the environment starts."""

    def init_failed(self, report: InitReport) -> list[str]:
        """Say that the runtime could not start. Nothing is said about one that could."""

    def start(self, request_id: str, trace: TraceContext | None) -> list[str]:
        """Say that an invocation starts."""

    def end(self, report: InvocationReport) -> list[str]:
        """Say that an invocation has ended, and how."""


def platform_log(function: Function, log_stream: str, region: str, clock: Clock) -> PlatformLog:
    """Return the system log in the function's format."""
    if function.log_format is LogFormat.JSON:
        return JsonPlatformLog(function, log_stream, region, clock)
    return TextPlatformLog(function, region)


def logs_dropped(dropped: DroppedOutput, now: float) -> str:
    """Say that a part of the function's log is missing."""
    return _event(
        now,
        "platform.logsDropped",
        {
            "reason": "The function wrote more than the emulator keeps of one invocation.",
            "droppedRecords": dropped.messages,
            "droppedBytes": dropped.size,
        },
    )


class TextPlatformLog:
    """The system log as plain text."""

    def __init__(self, function: Function, region: str) -> None:
        self._function = function
        self._region = region

    def init_start(self) -> list[str]:
        """INIT_START."""
        version, arn = _runtime_version(self._function, self._region)
        return [f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"]

    def init_failed(self, report: InitReport) -> list[str]:
        """INIT_REPORT."""
        fields = [
            f"INIT_REPORT Init Duration: {report.milliseconds:.2f} ms",
            f"Phase: {report.phase}",
            *_status_fields(report.status, report.error_type),
        ]
        return ["\t".join(fields) + "\n"]

    def start(self, request_id: str, _trace: TraceContext | None) -> list[str]:
        """START."""
        return [f"START RequestId: {request_id} Version: {self._function.version}\n"]

    def end(self, report: InvocationReport) -> list[str]:
        """END and REPORT."""
        fields = [
            f"REPORT RequestId: {report.request_id}",
            f"Duration: {report.milliseconds:.2f} ms",
            f"Billed Duration: {report.billed_milliseconds} ms",
            f"Memory Size: {self._function.memory_megabytes} MB",
            f"Max Memory Used: {report.max_memory_megabytes} MB",
        ]
        if report.init_milliseconds is not None:
            fields.append(f"Init Duration: {report.init_milliseconds:.2f} ms")
        fields += _status_fields(report.status, report.error_type) or [""]
        line = "\t".join(fields) + "\n"
        if report.trace is not None:
            line += f"XRAY TraceId: {report.trace.root}\tSegmentId: {report.trace.parent}\t"
            line += "Sampled: true\t\n"
        return [f"END RequestId: {report.request_id}\n", line]


class JsonPlatformLog:
    """The system log as JSON objects."""

    def __init__(self, function: Function, log_stream: str, region: str, clock: Clock) -> None:
        self._function = function
        self._log_stream = log_stream
        self._region = region
        self._clock = clock

    def init_start(self) -> list[str]:
        """platform.initStart."""
        version, arn = _runtime_version(self._function, self._region)
        record = {
            "initializationType": "on-demand",
            "phase": Phase.INIT,
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": self._function.name,
            "functionVersion": self._function.version,
            "instanceId": self._log_stream,
            "instanceMaxMemory": self._function.memory_megabytes * 1024 * 1024,
        }
        return [self._event("platform.initStart", record)]

    def init_failed(self, report: InitReport) -> list[str]:
        """platform.initRuntimeDone and platform.initReport; of a success both are DEBUG."""
        done: dict[str, Any] = {
            "initializationType": "on-demand",
            "phase": report.phase,
            "status": report.status,
        }
        if report.error_type is not None:
            done["errorType"] = report.error_type
        metrics = {"durationMs": round(report.milliseconds, 3)}
        return [
            self._event("platform.initRuntimeDone", done),
            self._event("platform.initReport", {**done, "metrics": metrics}),
        ]

    def start(self, request_id: str, trace: TraceContext | None) -> list[str]:
        """platform.start."""
        record: dict[str, Any] = {
            "requestId": request_id,
            "functionArn": self._function.arn,
            "version": self._function.version,
        }
        return [self._event("platform.start", record | _tracing(trace))]

    def end(self, report: InvocationReport) -> list[str]:
        """platform.runtimeDone (of a success it is DEBUG) and platform.report."""
        status: dict[str, Any] = {"status": report.status}
        if report.error_type is not None:
            status["errorType"] = report.error_type
        metrics: dict[str, float] = {
            "durationMs": round(report.milliseconds, 3),
            "billedDurationMs": report.billed_milliseconds,
            "memorySizeMB": self._function.memory_megabytes,
            "maxMemoryUsedMB": report.max_memory_megabytes,
        }
        if report.init_milliseconds is not None:
            metrics["initDurationMs"] = round(report.init_milliseconds, 3)
        tracing = _tracing(report.trace)
        identity = {"requestId": report.request_id}
        events = [
            self._event("platform.report", {**identity, "metrics": metrics, **tracing, **status}),
        ]
        if report.status is not Status.SUCCESS:
            done = {
                "durationMs": round(report.milliseconds, 3),
                "producedBytes": report.produced_bytes,
            }
            record = {**identity, **status, "metrics": done, **tracing}
            events.insert(0, self._event("platform.runtimeDone", record))
        return events

    def _event(self, event_type: str, record: dict[str, Any]) -> str:
        return _event(self._clock.now(), event_type, record)


def _status_fields(status: Status, error_type: str | None) -> list[str]:
    if status is Status.SUCCESS:
        return []
    fields = [f"Status: {status}"]
    if error_type is not None:
        fields.append(f"Error Type: {error_type}")
    return fields


def _runtime_version(function: Function, region: str) -> tuple[str, str]:
    """Return the runtime's version and ARN; version 0 is none that AWS has released."""
    language = function.runtime.rstrip("0123456789.")
    version = function.runtime.removeprefix(language)
    return f"{language}:{version}.v0", f"arn:aws:lambda:{region}::runtime:{'0' * 64}"


def _tracing(trace: TraceContext | None) -> dict[str, Any]:
    if trace is None:
        return {}
    value = f"Root={trace.root};Parent={trace.parent};Sampled={trace.sampled}"
    return {"tracing": {"spanId": trace.parent, "type": "X-Amzn-Trace-Id", "value": value}}


def _event(now: float, event_type: str, record: dict[str, Any]) -> str:
    time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    event = {"time": time.replace("+00:00", "Z"), "type": event_type, "record": record}
    return json.dumps(event, separators=(",", ":")) + "\n"
