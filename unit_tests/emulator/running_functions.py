"""Functions to run in tests: made of source text, invoked with blocking calls."""

import asyncio
import base64
import hashlib
import io
import json
import os
import threading
import uuid
import zipfile
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

from emulator.engine.clock import SystemClock
from emulator.engine.function_runner import FunctionRunner
from emulator.engine.invocation import Function, Invocation, InvocationResult

T = TypeVar("T")

FUNCTION_ARN = "arn:aws:lambda:eu-central-1:000000000000:function:"
SECONDS_AT_MOST = 30.0


def zip_file(files: Mapping[str, str]) -> bytes:
    """A deployment package."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def function(source: str = "", **settings: Any) -> Function:
    """A function whose module `index` is the source, with a name of its own."""
    name = settings.pop("name", None) or f"function-{uuid.uuid4().hex[:8]}"
    code = settings.pop("code", None) or zip_file({"index.py": dedent(source)})
    defaults: dict[str, Any] = {
        "arn": FUNCTION_ARN + name,
        "name": name,
        "version": "$LATEST",
        "handler": "index.handler",
        "runtime": "python3.13",
        "code": code,
        "code_sha256": base64.b64encode(hashlib.sha256(code).digest()).decode(),
        "timeout_seconds": 10,
        "memory_megabytes": 128,
    }
    return Function(**(defaults | settings))


def invocation(payload: Any = None, **settings: Any) -> Invocation:
    """An invocation with an id of its own; the payload is anything that JSON can express."""
    defaults: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "payload": json.dumps(payload).encode(),
        "invoked_function_arn": FUNCTION_ARN + "any",
    }
    return Invocation(**(defaults | settings))


def processes_below(folder: Path) -> list[int]:
    """The processes that have the folder in their environment variables."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and os.fsencode(folder) in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def is_alive(process: int) -> bool:
    """Whether a process runs, or is stopped; a zombie has ended."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


class RunningFunctions:
    """A FunctionRunner in an event loop and a thread of its own, and all that was logged."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.events: list[tuple[str, str, int, str]] = []
        self.writers: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

        async def make() -> FunctionRunner:
            return FunctionRunner(SystemClock(), self, folder=folder, **options)

        self.runner = self.call(make())

    def put(
        self, log_group: str, log_stream: str, events: list[tuple[int, str]], role_arn: str
    ) -> None:
        """LogSink."""
        self.writers.add(role_arn)
        self.events += [(log_group, log_stream, time, message) for time, message in events]

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for its result."""
        return self.start(coroutine).result(SECONDS_AT_MOST)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def invoke(self, function: Function, payload: Any = None, **settings: Any) -> InvocationResult:
        """Invoke a function and wait for its result."""
        return self.call(self.runner.invoke(function, invocation(payload, **settings)))

    def begin(
        self, function: Function, payload: Any = None, **settings: Any
    ) -> Future[InvocationResult]:
        """Invoke a function."""
        return self.start(self.runner.invoke(function, invocation(payload, **settings)))

    def log(self, function: Function) -> list[str]:
        """Every message of the function."""
        group = function.log_group or f"/aws/lambda/{function.name}"
        return [message for of, _, _, message in self.events if of == group]

    def log_streams(self, function: Function) -> list[str]:
        """The function's log streams, in the order of their first message."""
        group = function.log_group or f"/aws/lambda/{function.name}"
        return list(dict.fromkeys(stream for of, stream, _, _ in self.events if of == group))

    def close(self) -> None:
        """Close the runner and end the loop, once."""
        if self._loop.is_closed():
            return
        self.call(self.runner.close())
        self.call(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


MakeFunctions = Callable[..., RunningFunctions]
