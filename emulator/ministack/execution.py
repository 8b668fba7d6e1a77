"""Running functions: every part of MiniStack that does so comes to the engine."""

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from emulator.engine.clock import Clock
from emulator.engine.function_runner import FunctionRunner
from emulator.engine.invocation import Function, Invocation, InvocationResult, Throttled
from emulator.engine.runtime_folder import CannotRunFunction
from emulator.ministack import current_request, functions
from emulator.ministack.authorization import assume_execution_role
from emulator.ministack.deliveries import AcceptEvent
from emulator.ministack.functions import FunctionReference
from emulator.ministack.logs import CloudWatchLogs
from emulator.ministack.scope import Scope, of_arn
from emulator.ministack.seams import Seam, replace, wrap

_MODULE = "ministack.services.lambda_svc"
_PROVISIONERS = "ministack.services.cloudformation.provisioners"
_EXECUTE = Seam(_MODULE, "_execute_function", "(func, event)")
_ASYNCHRONOUS = Seam(_MODULE, "invoke_async_with_retry", "(func, event)")
_DELETE = Seam(_MODULE, "_delete_function", "(name, query_params, path_qualifier=None)")
_REMOVE = Seam(_PROVISIONERS, "_lambda_delete", "(physical_id, props)")
SEAMS = (
    _EXECUTE,
    _ASYNCHRONOUS,
    _DELETE,
    _REMOVE,
    Seam(_MODULE, "_throttle_response", "(reason_code, msg, retry_after=1)"),
    Seam(_PROVISIONERS, "_RESOURCE_HANDLERS"),
)

Record = dict[str, Any]

log = logging.getLogger(__name__)


class Runners:
    """A function runner for each account and region, made when it is first needed."""

    def __init__(self, clock: Clock, endpoint: str) -> None:
        self._clock = clock
        self._endpoint = endpoint
        self._runners: dict[Scope, FunctionRunner] = {}

    async def invoke(self, function: Function, invocation: Invocation) -> InvocationResult:
        """Run a function once, as FunctionRunner.invoke does."""
        try:
            return await self._runner(of_arn(function.arn)).invoke(function, invocation)
        except CannotRunFunction as reason:
            log.warning("%s", reason)
            raise

    async def retire(self, of: FunctionReference) -> None:
        """Use the execution environments of a function no more."""
        runner = self._runners.get(of.scope)
        if runner is not None:
            await runner.retire(of.unqualified_arn)

    async def close(self) -> None:
        """End all functions."""
        await asyncio.gather(*(runner.close() for runner in self._runners.values()))

    def _runner(self, scope: Scope) -> FunctionRunner:
        runner = self._runners.get(scope)
        if runner is None:
            runner = FunctionRunner(
                self._clock,
                CloudWatchLogs(scope),
                {"AWS_ENDPOINT_URL": self._endpoint},
                assume_role=assume_execution_role,
            )
            self._runners[scope] = runner
        return runner


class Execution:
    """What the other parts of MiniStack call to run a function."""

    def __init__(self, runners: Runners, accept: AcceptEvent) -> None:
        self._runners = runners
        self._accept = accept
        self._loop = asyncio.get_running_loop()

    def install(self) -> None:
        """Run Python functions in the engine, whoever invokes them."""
        wrap(_EXECUTE, self._executing)
        replace(_ASYNCHRONOUS, self._invoke_asynchronously)
        wrap(_DELETE, self._deleting)
        wrap(_REMOVE, self._deleting)
        provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]["delete"] = (
            provisioners._lambda_delete
        )

    def _executing(self, execute: Callable[..., Record]) -> Callable[..., Record]:
        def execute_function(record: Record, event: Any) -> Record:
            of = _reference(record)
            function = functions.find(of)
            if function is None or not function.runtime.startswith("python"):
                return execute(record, event)
            if _in_loop(self._loop):
                # Nobody would be left to run the function that is waited for.
                return execute(record, event)
            invocation = Invocation(
                str(uuid.uuid4()),
                json.dumps(event).encode(),
                of.arn,
                current_request.trace_header(),
            )
            running = self._runners.invoke(function, invocation)
            try:
                result = asyncio.run_coroutine_threadsafe(running, self._loop).result()
            except Throttled as throttled:
                throttle: Record = lambda_svc._throttle_response(
                    throttled.reason.value, str(throttled)
                )
                return throttle
            except CannotRunFunction as reason:
                return {"body": {"errorMessage": str(reason)}, "error": True, "log": ""}
            return _executed(result)

        return execute_function

    def _invoke_asynchronously(self, record: Record, event: Any) -> None:
        payload = json.dumps(event).encode()
        self._accept(_reference(record), payload, str(uuid.uuid4()), current_request.trace_header())

    def _deleting(self, delete: Callable[..., Any]) -> Callable[..., Any]:
        def delete_function(name: str, *arguments: Any) -> Any:
            retirement = self._runners.retire(functions.named(name))
            asyncio.run_coroutine_threadsafe(retirement, self._loop)
            return delete(name, *arguments)

        return delete_function


def _reference(record: Record) -> FunctionReference:
    """Return the function of a record as MiniStack passes it on: resolved to a version."""
    configuration = record.get("config") or record
    of = functions.reference(configuration["FunctionArn"])
    version = configuration.get("Version", "$LATEST")
    if of.qualifier is None and version != "$LATEST":
        return FunctionReference(of.scope, of.name, version)
    return of


def _in_loop(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _executed(result: InvocationResult) -> Record:
    """Return a result in the form of MiniStack's `_execute_function`."""
    executed: Record = {
        "body": json.loads(result.payload),
        "log": result.log_tail.decode("utf-8", "replace"),
    }
    if result.function_error is not None:
        executed.update(error=True, function_error=result.function_error)
    return executed
