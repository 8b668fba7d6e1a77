"""Event source mappings of SQS queues: the API's records of them, and the engine that polls."""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from emulator.engine.clock import Clock
from emulator.engine.event_source_mapping import EventSourceMapping
from emulator.engine.invocation import Invocation, InvocationResult
from emulator.engine.mapping_configuration import MappingConfiguration
from emulator.engine.mapping_validation import (
    REPORT_BATCH_ITEM_FAILURES,
    MappedFunction,
    MappedQueue,
    MappingRefused,
    validate_create,
    validate_update,
)
from emulator.ministack import functions, permissions, queues
from emulator.ministack.functions import FunctionReference
from emulator.ministack.lambda_api import Invoke
from emulator.ministack.polled_queue import PolledQueue
from emulator.ministack.responses import Response, error, success
from emulator.ministack.scope import Scope, current
from emulator.ministack.seams import Seam, replace, wrap

_LAMBDA = "ministack.services.lambda_svc"
_PROVISIONERS = "ministack.services.cloudformation.provisioners"
_POLL = Seam(_LAMBDA, "_poll_sqs", "()")
_CREATE = Seam(_LAMBDA, "_create_esm", "(data)")
_UPDATE = Seam(_LAMBDA, "_update_esm", "(esm_id, data)")
_DELETE = Seam(_LAMBDA, "_delete_esm", "(esm_id)")
_PROVISION = Seam(_PROVISIONERS, "_lambda_esm_create", "(logical_id, props, stack_name)")
_REVISE = Seam(
    _PROVISIONERS, "_lambda_esm_update", "(physical_id, old_props, new_props, stack_name)"
)
_REMOVE = Seam(_PROVISIONERS, "_lambda_esm_delete", "(physical_id, props)")
SEAMS = (
    _POLL,
    _CREATE,
    _UPDATE,
    _DELETE,
    _PROVISION,
    _REVISE,
    _REMOVE,
    Seam(_LAMBDA, "_esms"),
    Seam(_LAMBDA, "_esm_response", "(esm)"),
    Seam(_PROVISIONERS, "_lambda_esm_attrs", "(esm_id)"),
    Seam(_PROVISIONERS, "_delete_predecessor", "(delete_fn, *args, **kwargs)"),
    Seam(_PROVISIONERS, "_RESOURCE_HANDLERS"),
)

_RESOURCE_TYPE = "AWS::Lambda::EventSourceMapping"
_NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds")

Request = Mapping[str, Any]
Record = dict[str, Any]


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

    def install(self) -> None:
        """Take over mappings of SQS queues; those of streams stay MiniStack's."""
        replace(_POLL, _poll_nothing)
        wrap(_CREATE, self._creating)
        wrap(_UPDATE, self._updating)
        wrap(_DELETE, self._deleting)
        wrap(_PROVISION, self._provisioning)
        wrap(_REVISE, self._revising)
        wrap(_REMOVE, self._removing)
        handlers = provisioners._RESOURCE_HANDLERS[_RESOURCE_TYPE]
        handlers["create"] = provisioners._lambda_esm_create
        handlers["update"] = provisioners._lambda_esm_update
        handlers["delete"] = provisioners._lambda_esm_delete

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
        record = _new_record(request, configuration, of)
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
        _revise_record(record, request, configuration, of)
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

    def _creating(self, create: Callable[..., Response]) -> Callable[..., Response]:
        """CreateEventSourceMapping."""

        def create_mapping(data: Record) -> Response:
            if not _is_queue(data.get("EventSourceArn", "")):
                return create(data)
            try:
                return _view(self.create(data, current()), "Creating")
            except MappingRefused as refused:
                return _refusal(refused)

        return create_mapping

    def _updating(self, update: Callable[..., Response]) -> Callable[..., Response]:
        """UpdateEventSourceMapping."""

        def update_mapping(mapping_id: str, data: Record) -> Response:
            if not self.has(mapping_id):
                return update(mapping_id, data)
            try:
                return _view(self.update(mapping_id, data), "Updating")
            except MappingRefused as refused:
                return _refusal(refused)

        return update_mapping

    def _deleting(self, delete: Callable[..., Response]) -> Callable[..., Response]:
        """DeleteEventSourceMapping."""

        def delete_mapping(mapping_id: str) -> Response:
            if not self.has(mapping_id):
                return delete(mapping_id)
            return _view(self.delete(mapping_id), "Deleting")

        return delete_mapping

    def _provisioning(self, create: Callable[..., Any]) -> Callable[..., Any]:
        """Create of the CloudFormation resource."""

        def create_resource(logical_id: str, properties: Request, stack_name: str) -> Any:
            if not _is_queue(properties.get("EventSourceArn", "")):
                return create(logical_id, properties, stack_name)
            record = _or_value_error(lambda: self.create(_as_request(properties), current()))
            return record["UUID"], provisioners._lambda_esm_attrs(record["UUID"])

        return create_resource

    def _revising(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """Update of the CloudFormation resource; another queue means another mapping."""

        def update_resource(mapping_id: str, old: Request, new: Request, stack_name: str) -> Any:
            if not self.has(mapping_id):
                return update(mapping_id, old, new, stack_name)
            if old.get("EventSourceArn") != new.get("EventSourceArn"):
                created = provisioners._lambda_esm_create(mapping_id, new, stack_name)
                provisioners._delete_predecessor(provisioners._lambda_esm_delete, mapping_id, old)
                return created
            _or_value_error(lambda: self.update(mapping_id, _as_request(new)))
            return mapping_id, provisioners._lambda_esm_attrs(mapping_id)

        return update_resource

    def _removing(self, delete: Callable[..., Any]) -> Callable[..., Any]:
        """Delete of the CloudFormation resource."""

        def delete_resource(mapping_id: str, properties: Request) -> Any:
            if not self.has(mapping_id):
                return delete(mapping_id, properties)
            self.delete(mapping_id)
            return None

        return delete_resource


def _poll_nothing() -> bool:
    """Take the place of MiniStack's own polling of queues."""
    return False


def _is_queue(arn: str) -> bool:
    return not arn or arn.startswith("arn:aws:sqs:")


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
    return function is not None and permissions.role_may_poll(
        function.role_arn, configuration.queue_arn
    )


def _new_record(
    request: Request, configuration: MappingConfiguration, of: FunctionReference
) -> Record:
    record: Record = {
        "UUID": str(uuid.uuid4()),
        "EventSourceArn": configuration.queue_arn,
        "StateTransitionReason": "USER_INITIATED",
        "Enabled": True,
    }
    if request.get("Tags"):
        record["Tags"] = dict(request["Tags"])
    _revise_record(record, request, configuration, of)
    return record


def _revise_record(
    record: Record, request: Request, configuration: MappingConfiguration, of: FunctionReference
) -> None:
    """Write down what the mapping is configured with now, in the form of the API."""
    reports_failures = configuration.report_batch_item_failures
    record.update(
        FunctionArn=configuration.function_arn,
        FunctionName=of.name,
        BatchSize=configuration.batch_size,
        MaximumBatchingWindowInSeconds=configuration.batching_window_seconds,
        FunctionResponseTypes=[REPORT_BATCH_ITEM_FAILURES] if reports_failures else [],
        LastModified=int(time.time()),
    )
    for key in ("FilterCriteria", "ScalingConfig"):
        if request.get(key) is not None:
            record[key] = request[key]
    if request.get("Enabled") is not None:
        record["Enabled"] = bool(request["Enabled"])


def _as_request(properties: Request) -> Record:
    """Return a CloudFormation resource's properties, where numbers and booleans may be texts."""
    request = dict(properties)
    for key in _NUMBERS:
        if key in request:
            request[key] = int(request[key])
    if "MaximumConcurrency" in request.get("ScalingConfig", {}):
        maximum = int(request["ScalingConfig"]["MaximumConcurrency"])
        request["ScalingConfig"] = {"MaximumConcurrency": maximum}
    if "Enabled" in request:
        request["Enabled"] = str(request["Enabled"]).lower() == "true"
    if "Tags" in request:
        request["Tags"] = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    return request


def _or_value_error(act: Callable[[], Record]) -> Record:
    """Act; CloudFormation shows a ValueError as the reason why the resource failed."""
    try:
        return act()
    except MappingRefused as refused:
        raise ValueError(f"{refused.message} (Service: Lambda)") from refused


def _view(record: Record, state: str) -> Response:
    return success(lambda_svc._esm_response(record) | {"State": state}, 202)


def _refusal(refused: MappingRefused) -> Response:
    return error(refused.code, refused.message, refused.status)
