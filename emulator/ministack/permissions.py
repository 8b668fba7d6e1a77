"""Permissions: the policies that MiniStack keeps, asked on behalf of Lambda and its sources."""

import json
from functools import lru_cache
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from emulator.engine.identity_policy import (
    POLLING_ACTIONS,
    may_be_assumed,
    may_deliver,
    may_poll,
)
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


def can_be_assumed(role_arn: str) -> bool:
    """Say whether Lambda can assume an execution role: it is there, and trusts Lambda."""
    role = _role(role_arn)
    return role is not None and may_be_assumed(_parsed(role["AssumeRolePolicyDocument"]))


def execution_role_may(role_arn: str, action: str, resource_arn: str) -> bool:
    """Say whether Lambda may do this with the resource, as an execution role."""
    return is_allowed(_execution_role_policies(role_arn), AccessRequest(action, resource_arn))


def execution_role_may_poll(role_arn: str, queue_arn: str) -> bool:
    """Say whether an execution role has the actions that polling this queue takes (QS-60)."""
    return may_poll(_execution_role_policies(role_arn), queue_arn)


def denied_polling_action(role_arn: str, queue_arn: str) -> str | None:
    """Return the first action of polling that the role does not have, such as ReceiveMessage."""
    for action in POLLING_ACTIONS:
        if not execution_role_may(role_arn, action, queue_arn):
            return action.partition(":")[2]
    return None


def execution_role_may_deliver(role_arn: str, destination_arn: str) -> bool:
    """Say whether an execution role may send to a destination or dead-letter queue (AS-27)."""
    return may_deliver(_execution_role_policies(role_arn), destination_arn)


def role_may(role_arn: str, action: str, resource_arn: str) -> bool:
    """Say whether a role may do this with the resource."""
    return is_allowed(_role_policies(role_arn), AccessRequest(action, resource_arn))


def service_may_send(queue: Queue, service: str, source_arn: str) -> bool:
    """Say whether the queue's policy lets a service send to it for this source (EB-09)."""
    request = AccessRequest(
        action="sqs:SendMessage",
        resource=queue["attributes"]["QueueArn"],
        service_principal=service,
        context={
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": of_arn(source_arn).account,
            "aws:securetransport": "true",
        },
    )
    return is_allowed([_parsed(queue["attributes"].get("Policy") or "{}")], request)


def _role(role_arn: str) -> dict[str, Any] | None:
    """Return MiniStack's record of a role; None when there is no role, or this is no ARN."""
    try:
        account = of_arn(role_arn).account
    except ValueError:
        return None
    role: dict[str, Any] | None = iam._roles.get_scoped(account, None, role_arn.rpartition("/")[2])
    return role


def _execution_role_policies(role_arn: str) -> list[Any]:
    """Return the policy documents of a role that Lambda can assume; none of any other."""
    return _role_policies(role_arn) if can_be_assumed(role_arn) else []


def _role_policies(role_arn: str) -> list[Any]:
    """Return the inline and attached policy documents of a role; none when there is no role."""
    role = _role(role_arn)
    if role is None:
        return []
    documents = list(role.get("InlinePolicies", {}).values())
    documents += [
        iam_evaluator._resolve_managed_policy_document(arn, of_arn(role_arn).account)
        for arn in role.get("AttachedPolicies", [])
    ]
    return [_parsed(one) for one in documents]


def _parsed(document: Any) -> Any:
    """Return a policy document that is kept as text or parsed."""
    return _parsed_text(document) if isinstance(document, str) else document


@lru_cache(maxsize=256)
def _parsed_text(document: str) -> Any:
    """Parse a policy once: Lambda asks the same ones with every invocation."""
    return json.loads(document)
