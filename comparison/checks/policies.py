"""Statements of IAM policies, read for facts about who may do what."""

from collections.abc import Iterable, Mapping
from typing import Any

from comparison.checks.observed import inside

Statement = Mapping[str, Any]


def for_service(
    statements: Iterable[Statement], service: str, source_arn: str | None = None
) -> dict[str, Any]:
    """Return the statement that lets a service in: principal, source ARN and source account.

    Where source_arn is given, only a statement for that source counts. Empty when there is none.
    """
    for statement in statements:
        source = inside(statement, "Condition", "ArnLike", "AWS:SourceArn")
        if inside(statement, "Principal", "Service") == service and source_arn in {None, source}:
            account = inside(statement, "Condition", "StringEquals", "AWS:SourceAccount")
            return {"principal": service, "source_arn": source, "source_account": account}
    return {}


def for_accounts(statements: Iterable[Statement]) -> int:
    """Count the statements that let in an account, a user, a role or everybody: no service."""
    return sum(inside(statement, "Principal", "Service") is None for statement in statements)


def allowed_on_all(
    statements: Iterable[Statement], resources: Iterable[str], service: str
) -> list[str]:
    """Return the actions of a service that statements allow on every one of some resources."""
    allowing = [statement for statement in statements if statement["Effect"] == "Allow"]
    allowed = [
        {
            action
            for statement in allowing
            if resource in listed(statement.get("Resource", []))
            for action in listed(statement.get("Action", []))
            if action.startswith(f"{service}:")
        }
        for resource in resources
    ]
    return sorted(set.intersection(*allowed)) if allowed else []


def listed(value: Any) -> list[Any]:
    """Return a list; IAM lets one element stand alone."""
    return value if isinstance(value, list) else [value]
