"""EventBridge rules with functions as targets.

EventBridge invokes asynchronously and is done once Lambda has the event (EB-03). It asks the
function's resource policy for each event; what Lambda refuses goes to the dead-letter queue of the
rule's target (EB-05).
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from emulator.engine.failed_delivery import rule_dead_letter
from emulator.ministack import current_request, functions, permissions
from emulator.ministack.deliveries import AcceptEvent
from emulator.ministack.functions import FunctionReference
from emulator.ministack.responses import success
from emulator.ministack.scope import current
from emulator.ministack.seams import Seam, replace, wrap
from emulator.ministack.service_delivery import deliver, send_as_service

_MODULE = "ministack.services.eventbridge"
_PUT = Seam(_MODULE, "_put_events", "(data, allow_aws_source=False)")
_TARGET = Seam(_MODULE, "_invoke_target", "(target, event, rule, view=None)")
_DISPATCH = Seam(_MODULE, "_dispatch_to_lambda", "(arn, payload)")
SEAMS = (_PUT, _TARGET, _DISPATCH)

_MOST_ENTRIES = 10
"""How many entries PutEvents takes at once."""

_rule_target: ContextVar[tuple[dict[str, Any], dict[str, Any]]] = ContextVar("rule_target")
"""The rule and the target that EventBridge is delivering for."""


def install(accept: AcceptEvent) -> None:
    """Let EventBridge hand its events to accept."""
    wrap(_PUT, _carrying_trace_headers)
    wrap(_TARGET, _noting_the_rule)
    replace(_DISPATCH, _delivery(accept))


def _carrying_trace_headers(put_events: Callable[..., Any]) -> Callable[..., Any]:
    """PutEvents, where the trace header of an entry wins over that of the request (EB-12)."""

    def put(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        entries = data.get("Entries", [])
        traced = any(entry.get("TraceHeader") for entry in entries)
        if not traced or len(entries) > _MOST_ENTRIES:
            return put_events(data, allow_aws_source)
        failed = 0
        results = []
        for entry in entries:
            with current_request.carrying(entry.get("TraceHeader")):
                _, _, body = put_events({"Entries": [entry]}, allow_aws_source)
            answer = json.loads(body)
            failed += answer["FailedEntryCount"]
            results += answer["Entries"]
        return success({"FailedEntryCount": failed, "Entries": results})

    return put


def _noting_the_rule(invoke_target: Callable[..., None]) -> Callable[..., None]:
    def invoke(
        target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
    ) -> None:
        token = _rule_target.set((rule, target))
        try:
            invoke_target(target, event, rule, view)
        finally:
            _rule_target.reset(token)

    return invoke


def _delivery(accept: AcceptEvent) -> Callable[[str, str], None]:
    def deliver_event(arn: str, event: str) -> None:
        rule, target = _rule_target.get()
        function = functions.reference(arn)
        refused, request_id = deliver(accept, function, event, _may_invoke(function, rule, target))
        queue_arn = target.get("DeadLetterConfig", {}).get("Arn")
        if refused is not None and queue_arn:
            dead_letter = rule_dead_letter(
                queue_arn,
                event,
                rule_arn=rule["Arn"],
                target_arn=arn,
                reason=refused,
                request_id=request_id,
            )
            send_as_service(dead_letter, "events.amazonaws.com", rule["Arn"])

    return deliver_event


def _may_invoke(function: FunctionReference, rule: dict[str, Any], target: dict[str, Any]) -> bool:
    if target.get("RoleArn"):
        return permissions.role_may(target["RoleArn"], "lambda:InvokeFunction", function.arn)
    return permissions.may_invoke(
        function, "events.amazonaws.com", rule.get("Arn", ""), current().account
    )
