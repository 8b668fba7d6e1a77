"""The part of IAM's policy language that decides who may invoke, poll and deliver.

Supported: Effect, Action, Resource, Principal, and the condition operators in _OPERATORS, each also
with the suffix IfExists. Wildcards are `*` and `?`. Not supported are NotAction, NotResource,
NotPrincipal, policy variables, ForAllValues and ForAnyValue, and every other operator. A statement
with something that is not supported, or that is malformed, counts against the request: it never
allows, and it denies what it might deny.

Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition
operators".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class AccessRequest:
    """What is to be decided.

    resource is None where a role's trust policy is asked, whose statements name none.
    service_principal is set where a resource-based policy is asked, such as `sns.amazonaws.com`.
    context holds the condition keys with lower-case names.
    """

    action: str
    resource: str | None
    service_principal: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


class UnsupportedElementError(Exception):
    """A part of a statement that this module does not evaluate."""


def is_allowed(documents: Iterable[Any], request: AccessRequest) -> bool:
    """Tell whether some statement allows the request and none denies it.

    documents are policy documents as parsed from JSON; anything else in their place allows nothing.
    """
    effects = [
        statement.get("Effect")
        for document in documents
        for statement in _statements(document)
        if _applies(statement, request)
    ]
    return "Allow" in effects and "Deny" not in effects


def _statements(document: Any) -> list[Mapping[str, Any]]:
    if not isinstance(document, Mapping):
        return []
    statements = document.get("Statement")
    if not isinstance(statements, list):
        statements = [statements]
    return [statement for statement in statements if isinstance(statement, Mapping)]


def _applies(statement: Mapping[str, Any], request: AccessRequest) -> bool:
    try:
        return (
            _matches_action(statement, request.action)
            and _matches_resource(statement, request.resource)
            # Before the principal: with conditions that do not hold it makes no difference who.
            and _matches_conditions(statement.get("Condition", {}), request.context)
            and _matches_principal(statement, request.service_principal)
        )
    except UnsupportedElementError:
        return statement.get("Effect") == "Deny"


def _matches_action(statement: Mapping[str, Any], action: str) -> bool:
    patterns = _texts(statement.get("Action"))
    return any(_matches_wildcards(pattern.lower(), action.lower()) for pattern in patterns)


def _matches_resource(statement: Mapping[str, Any], resource: str | None) -> bool:
    if resource is None:
        return True
    patterns = _texts(statement.get("Resource"))
    return any(_matches_wildcards(pattern, resource) for pattern in patterns)


def _matches_principal(statement: Mapping[str, Any], service_principal: str | None) -> bool:
    if service_principal is None:
        return True
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        raise UnsupportedElementError("Principal")
    if "*" in _texts(principal.get("AWS", [])):
        # All identities of AWS accounts; whether that means services is for each service to say.
        raise UnsupportedElementError("Principal AWS *")
    return service_principal in _texts(principal.get("Service", []))


def _matches_conditions(conditions: Any, context: Mapping[str, str]) -> bool:
    if not isinstance(conditions, Mapping):
        raise UnsupportedElementError("Condition")
    return all(_matches_operator(name, keys, context) for name, keys in conditions.items())


def _matches_operator(name: str, keys: Any, context: Mapping[str, str]) -> bool:
    operator_name = name.removesuffix("IfExists")
    operator = _OPERATORS.get(operator_name)
    if operator is None or not isinstance(keys, Mapping):
        raise UnsupportedElementError(name)
    negated = "Not" in operator_name
    for key, expected in keys.items():
        actual = context.get(key.lower())
        patterns = _texts(expected)
        if actual is None:
            # A key that the request does not have matches only where IAM says so.
            if not negated and operator_name == name:
                return False
        elif any(operator(pattern, actual) for pattern in patterns) == negated:
            return False
    return True


def _texts(value: Any) -> list[str]:
    """Read a text or a list of texts, as a list; policy variables are not supported."""
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str) or "${" in text:
            raise UnsupportedElementError(str(text))
    return texts


def _matches_wildcards(pattern: str, value: str) -> bool:
    return _compile(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(part) or re.escape(part) for part in pattern)
    return re.compile(expression, re.DOTALL)


def _matches_arn(pattern: str, arn: str) -> bool:
    """Compare the six parts of two ARNs one by one, so that a wildcard never spans two of them."""
    expected = pattern.split(":", 5)
    actual = arn.split(":", 5)
    return len(expected) == len(actual) and all(map(_matches_wildcards, expected, actual))


def _equals(pattern: str, value: str) -> bool:
    return pattern == value


def _equals_ignoring_case(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": _matches_arn,
    "ArnLike": _matches_arn,
    "ArnNotEquals": _matches_arn,
    "ArnNotLike": _matches_arn,
    "Bool": _equals_ignoring_case,
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _matches_wildcards,
    "StringNotEquals": _equals,
    "StringNotEqualsIgnoreCase": _equals_ignoring_case,
    "StringNotLike": _matches_wildcards,
}
