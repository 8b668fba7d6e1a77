"""Where the Lambda API and CloudFormation create, change and delete mappings of SQS queues.

Mappings of streams stay MiniStack's.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from emulator.engine.mapping_validation import MappingRefused
from emulator.ministack.mapping_records import Record, Request, as_request
from emulator.ministack.mappings import Mappings
from emulator.ministack.responses import Response, error, success
from emulator.ministack.scope import current
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
    Seam(_LAMBDA, "_esm_response", "(esm)"),
    Seam(_PROVISIONERS, "_lambda_esm_attrs", "(esm_id)"),
    Seam(_PROVISIONERS, "_delete_predecessor", "(delete_fn, *args, **kwargs)"),
    Seam(_PROVISIONERS, "_RESOURCE_HANDLERS"),
)

_RESOURCE_TYPE = "AWS::Lambda::EventSourceMapping"


class MappingApi:
    """The actions on mappings, and the resource of CloudFormation."""

    def __init__(self, mappings: Mappings) -> None:
        self._mappings = mappings

    def install(self) -> None:
        """Take over the actions on mappings of SQS queues."""
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

    def _creating(self, create: Callable[..., Response]) -> Callable[..., Response]:
        """CreateEventSourceMapping."""

        def create_mapping(data: Record) -> Response:
            if not _is_queue(data.get("EventSourceArn", "")):
                return create(data)
            try:
                return _view(self._mappings.create(data, current()), "Creating")
            except MappingRefused as refused:
                return _refusal(refused)

        return create_mapping

    def _updating(self, update: Callable[..., Response]) -> Callable[..., Response]:
        """UpdateEventSourceMapping."""

        def update_mapping(mapping_id: str, data: Record) -> Response:
            if not self._mappings.has(mapping_id):
                return update(mapping_id, data)
            try:
                return _view(self._mappings.update(mapping_id, data), "Updating")
            except MappingRefused as refused:
                return _refusal(refused)

        return update_mapping

    def _deleting(self, delete: Callable[..., Response]) -> Callable[..., Response]:
        """DeleteEventSourceMapping."""

        def delete_mapping(mapping_id: str) -> Response:
            if not self._mappings.has(mapping_id):
                return delete(mapping_id)
            return _view(self._mappings.delete(mapping_id), "Deleting")

        return delete_mapping

    def _provisioning(self, create: Callable[..., Any]) -> Callable[..., Any]:
        """Create of the CloudFormation resource."""

        def create_resource(logical_id: str, properties: Request, stack_name: str) -> Any:
            if not _is_queue(properties.get("EventSourceArn", "")):
                return create(logical_id, properties, stack_name)
            record = _or_value_error(
                lambda: self._mappings.create(as_request(properties), current())
            )
            return record["UUID"], provisioners._lambda_esm_attrs(record["UUID"])

        return create_resource

    def _revising(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """Update of the CloudFormation resource; another queue means another mapping."""

        def update_resource(mapping_id: str, old: Request, new: Request, stack_name: str) -> Any:
            if not self._mappings.has(mapping_id):
                return update(mapping_id, old, new, stack_name)
            if old.get("EventSourceArn") != new.get("EventSourceArn"):
                created = provisioners._lambda_esm_create(mapping_id, new, stack_name)
                provisioners._delete_predecessor(provisioners._lambda_esm_delete, mapping_id, old)
                return created
            _or_value_error(lambda: self._mappings.update(mapping_id, as_request(new)))
            return mapping_id, provisioners._lambda_esm_attrs(mapping_id)

        return update_resource

    def _removing(self, delete: Callable[..., Any]) -> Callable[..., Any]:
        """Delete of the CloudFormation resource."""

        def delete_resource(mapping_id: str, properties: Request) -> Any:
            if not self._mappings.has(mapping_id):
                return delete(mapping_id, properties)
            self._mappings.delete(mapping_id)
            return None

        return delete_resource


def _poll_nothing() -> bool:
    """Take the place of MiniStack's own polling of queues."""
    return False


def _is_queue(arn: str) -> bool:
    return not arn or arn.startswith("arn:aws:sqs:")


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
