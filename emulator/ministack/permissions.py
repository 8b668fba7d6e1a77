"""Permissions: the policies that MiniStack keeps, asked on behalf of Lambda and its sources."""

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from emulator.engine.identity_policy import POLLING_ACTIONS, may_deliver, may_poll
from emulator.engine.policy_statement import AccessRequest, is_allowed
from emulator.engine.resource_policy import permits_invocation
from emulator.ministack.functions import FunctionReference, resource_policy
from emulator.ministack.queues import Queue
from emulator.ministack.scope import of_arn
from emulator.ministack.seams import Seam

SEAMS = (
    Seam(
        "ministack.core.iam_evaluator",
        "_resolve_managed_policy_document",
        "(policy_arn, account_id)",
    ),
    Seam("ministack.services.iam", "_roles"),
)


def may_invoke(
    function: FunctionReference, service: str, source_arn: str, source_account: str
) -> bool:
    """Say whether the function's resource policy lets a service invoke it for this source.

    service is a principal such as `sns.amazonaws.com`; source_account the owner of the source.
    """
    return permits_invocation(
        resource_policy(function), function.arn, service, source_arn, source_account
    )


def role_may_poll(role_arn: str, queue_arn: str) -> bool:
    """Say whether an execution role has the actions that polling this queue takes (QS-60)."""
    return may_poll(_role_policies(role_arn), queue_arn)


def denied_polling_action(role_arn: str, queue_arn: str) -> str | None:
    """Return the first action of polling that the role does not have, such as ReceiveMessage."""
    policies = _role_policies(role_arn)
    for action in POLLING_ACTIONS:
        if not is_allowed(policies, AccessRequest(action, queue_arn)):
            return action.partition(":")[2]
    return None


def role_may_deliver(role_arn: str, destination_arn: str) -> bool:
    """Say whether an execution role may send to a destination or dead-letter queue (AS-27)."""
    return may_deliver(_role_policies(role_arn), destination_arn)


def role_may(role_arn: str, action: str, resource_arn: str) -> bool:
    """Say whether a role may do this with the resource."""
    return is_allowed(_role_policies(role_arn), AccessRequest(action, resource_arn))


def service_may_send(queue: Queue, service: str, source_arn: str) -> bool:
    """Say whether the queue's policy lets a service send to it for this source (EB-09)."""
    policy = _over_tls(json.loads(queue["attributes"].get("Policy") or "{}"))
    arn = queue["attributes"]["QueueArn"]
    request = AccessRequest(
        action="sqs:SendMessage",
        resource=arn,
        service_principal=service,
        context={"aws:sourcearn": source_arn, "aws:sourceaccount": of_arn(source_arn).account},
    )
    return is_allowed([policy], request)


def _over_tls(policy: dict[str, Any]) -> dict[str, Any]:
    """Leave out the statements about requests without TLS: no service of AWS sends such."""
    statements = policy.get("Statement", [])
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Statement": [one for one in statements if one.get("Condition") != without_tls]}


def _role_policies(role_arn: str) -> list[Any]:
    """Return the inline and attached policy documents of a role; none when there is no role."""
    account = of_arn(role_arn).account if role_arn else ""
    role = iam._roles.get_scoped(account, None, role_arn.rpartition("/")[2])
    if role is None:
        return []
    documents = list(role.get("InlinePolicies", {}).values())
    documents += [
        iam_evaluator._resolve_managed_policy_document(arn, account)
        for arn in role.get("AttachedPolicies", [])
    ]
    return [json.loads(one) if isinstance(one, str) else one for one in documents]
