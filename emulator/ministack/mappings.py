"""Event source mappings of SQS queues: which there are, and the engine that polls for each."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass

from ministack.services import lambda_svc

from emulator.engine.clock import Clock
from emulator.engine.event_source_mapping import EventSourceMapping
from emulator.engine.invocation import Invocation, InvocationResult
from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.mapping_validation import (
    MappedFunction,
    MappedQueue,
    validate_create,
    validate_update,
)
from emulator.ministack import functions, permissions, queues
from emulator.ministack.functions import FunctionReference
from emulator.ministack.lambda_api import Invoke
from emulator.ministack.mapping_records import Record, Request, new_record, revise_record
from emulator.ministack.polled_queue import PolledQueue
from emulator.ministack.scope import Scope, current
from emulator.ministack.seams import Seam

SEAMS = (Seam("ministack.services.lambda_svc", "_esms"),)


@dataclass
class _Mapping:
    """One mapping. record is what the API shows; change is done when it has settled."""

    scope: Scope
    record: Record
    queue: PolledQueue
    polling: EventSourceMapping
    change: asyncio.Task[None] | None = None
    polls: bool = False


class Mappings:
    """All mappings of SQS queues. Lives in the event loop, where MiniStack's callers are too."""

    def __init__(self, invoke: Invoke, clock: Clock) -> None:
        self._invoke = invoke
        self._clock = clock
        self._mappings: dict[str, _Mapping] = {}

    async def close(self) -> None:
        """Break off all polling."""
        for mapping in self._mappings.values():
            await mapping.polling.close()

    def create(self, request: Request, scope: Scope) -> Record:
        """Create a mapping and let it poll. Raises MappingRefused."""
        queue_arn = request.get("EventSourceArn", "")
        of = functions.named(request.get("FunctionName", ""))
        function = _mapped_function(of)
        configuration = validate_create(
            request, function, _mapped_queue(queue_arn, of), self._configurations(scope)
        )
        record = new_record(request, configuration, of)
        lambda_svc._esms.set_scoped(scope.account, scope.region, record["UUID"], record)
        self._begin(scope, record, configuration)
        return record

    def update(self, mapping_id: str, request: Request) -> Record:
        """Change a mapping's settings. Raises MappingRefused."""
        mapping = self._mappings[mapping_id]
        record = mapping.record
        of = functions.named(request.get("FunctionName") or record["FunctionArn"])
        configuration = validate_update(
            request,
            mapping.polling.configuration,
            _mapped_function(of),
            _mapped_queue(record["EventSourceArn"], of),
        )
        revise_record(record, request, configuration, of)
        mapping.polling.update(configuration)
        self._settle(mapping, self._follow_record(mapping))
        return record

    def delete(self, mapping_id: str) -> Record:
        """Stop polling; the mapping is gone once the messages it has taken are settled."""
        mapping = self._mappings[mapping_id]
        mapping.record["State"] = "Deleting"
        self._settle(mapping, self._end(mapping))
        return mapping.record

    def has(self, mapping_id: str) -> bool:
        """Say whether this is a mapping of a queue, of the current account and region."""
        mapping = self._mappings.get(mapping_id)
        return mapping is not None and mapping.scope == current()

    def _begin(self, scope: Scope, record: Record, configuration: MappingConfiguration) -> None:
        queue = PolledQueue(configuration.queue_arn)
        polling = EventSourceMapping(
            configuration,
            queue,
            self._invoke_mapped,
            self._clock,
            may_poll=lambda: _may_poll(polling.configuration),
        )
        queue.follow(polling.messages_may_be_there)
        mapping = _Mapping(scope, record, queue, polling)
        self._mappings[record["UUID"]] = mapping
        self._settle(mapping, self._follow_record(mapping))

    def _settle(self, mapping: _Mapping, change: Coroutine[None, None, None]) -> None:
        """Make a change after those that are under way."""
        earlier = mapping.change

        async def in_turn() -> None:
            if earlier is not None:
                await asyncio.wait({earlier})
            await change

        mapping.change = asyncio.create_task(in_turn())

    async def _follow_record(self, mapping: _Mapping) -> None:
        """Poll, or stop polling, as the record says."""
        enabled = mapping.record["Enabled"]
        if enabled and not mapping.polls:
            mapping.polling.start()
        elif mapping.polls and not enabled:
            await mapping.polling.stop()
        mapping.polls = enabled
        mapping.record["State"] = "Enabled" if enabled else "Disabled"

    async def _end(self, mapping: _Mapping) -> None:
        if mapping.polls:
            await mapping.polling.stop()
        mapping.queue.let_go()
        mapping_id = mapping.record["UUID"]
        lambda_svc._esms.pop_scoped(mapping.scope.account, mapping.scope.region, mapping_id)
        del self._mappings[mapping_id]

    async def _invoke_mapped(self, invocation: Invocation) -> InvocationResult:
        function = functions.find(functions.reference(invocation.invoked_function_arn))
        if function is None:
            return InvocationResult(b"null", function_error="Unhandled")
        return await self._invoke(function, invocation)

    def _configurations(self, scope: Scope) -> dict[str, MappingConfiguration]:
        return {
            mapping_id: mapping.polling.configuration
            for mapping_id, mapping in list(self._mappings.items())
            if mapping.scope == scope
        }


def _mapped_function(of: FunctionReference) -> MappedFunction | None:
    function = functions.find(of)
    return MappedFunction(of.arn, of.name, function.timeout_seconds) if function else None


def _mapped_queue(arn: str, of: FunctionReference) -> MappedQueue | None:
    queue = queues.find(arn)
    function = functions.find(of)
    if queue is None or function is None:
        return None
    denied = permissions.denied_polling_action(function.role_arn, arn)
    return MappedQueue(queues.visibility_timeout(queue), denied)


def _may_poll(configuration: MappingConfiguration) -> bool:
    function = functions.find(functions.reference(configuration.function_arn))
    return function is not None and permissions.execution_role_may_poll(
        function.role_arn, configuration.queue_arn
    )
