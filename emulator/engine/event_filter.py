"""Which messages a mapping's FilterCriteria let through (QS-54, QS-55).

A filter pattern has the shape of the record it looks for. Fields are combined with AND, the
elements of a field's list with OR, and `$or` combines alternatives of several fields. As in an
EventBridge rule, a pattern sees a document as paths to values: `{"a": {"b": [1, 2]}}` has the
values 1 and 2 at `a.b`, and an object on the way is no value.

`body` is special. A pattern that looks into the body (`"body": {"code": [...]}`) wants JSON, one
that looks at the body as a whole (`"body": [...]`) wants plain text, and a message whose body is of
the other kind does not match.

Source: Lambda Developer Guide, "Control which events Lambda sends to your function" and "Using
event filtering with an Amazon SQS event source". The latter's current text speaks of filters on
`body` only; its edition of 2023 filters on the record's other fields too, as is done here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from emulator.engine.event_filter_comparisons import (
    InvalidFilterPattern,
    Rule,
    Value,
    compile_comparison,
)

_BODY = "body"

MAXIMUM_PATTERN_CHARACTERS = 4096
"""The longest Pattern that the Lambda API model allows."""


class _Document:
    """A record as paths to values."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        fields = dict(record)
        self.body_is_json = True
        try:
            fields[_BODY] = json.loads(record[_BODY], parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            self.body_is_json = False
        self._values = _values_by_path(fields)

    def values(self, path: str) -> list[Value]:
        return self._values.get(path, [])


class _Condition(Protocol):
    def matches(self, document: _Document) -> bool: ...


@dataclass(frozen=True)
class _Field:
    path: str
    rules: tuple[Rule, ...]

    def matches(self, document: _Document) -> bool:
        if self.path == _BODY and document.body_is_json:
            return False
        if self.path.startswith(f"{_BODY}.") and not document.body_is_json:
            return False
        values = document.values(self.path)
        return any(rule(values) for rule in self.rules)


@dataclass(frozen=True)
class _All:
    conditions: tuple[_Condition, ...]

    def matches(self, document: _Document) -> bool:
        return all(condition.matches(document) for condition in self.conditions)


@dataclass(frozen=True)
class _Any:
    alternatives: tuple[_Condition, ...]

    def matches(self, document: _Document) -> bool:
        return any(alternative.matches(document) for alternative in self.alternatives)


@dataclass(frozen=True)
class FilterPattern:
    """One filter of FilterCriteria; text is its Pattern as it was given."""

    text: str
    condition: _Condition

    @classmethod
    def parse(cls, text: str) -> "FilterPattern":
        """Read a Pattern. Raises InvalidFilterPattern."""
        if len(text) > MAXIMUM_PATTERN_CHARACTERS:
            raise InvalidFilterPattern("The pattern is too long.")
        try:
            return cls(text, _compile_object(_parse_object(text), path=""))
        except RecursionError as error:
            raise InvalidFilterPattern("The pattern is nested too deeply.") from error


def passes_filters(record: Mapping[str, Any], filters: Iterable[FilterPattern]) -> bool:
    """Say whether any filter lets the record through; without filters every record passes."""
    patterns = tuple(filters)
    if not patterns:
        return True
    document = _Document(record)
    return any(pattern.condition.matches(document) for pattern in patterns)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _values_by_path(document: object) -> dict[str, list[Value]]:
    values: dict[str, list[Value]] = {}
    remaining: list[tuple[str, Any]] = [("", document)]
    while remaining:
        path, node = remaining.pop()
        if isinstance(node, dict):
            remaining.extend((_join(path, name), child) for name, child in node.items())
        elif isinstance(node, list):
            remaining.extend((path, child) for child in node)
        else:
            values.setdefault(path, []).append(node)
    return values


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _parse_object(text: str) -> dict[str, Any]:
    try:
        pattern = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise InvalidFilterPattern("The pattern is not valid JSON.") from error
    if not isinstance(pattern, dict):
        raise InvalidFilterPattern("The pattern is not an object.")
    return pattern


def _compile_object(pattern: Mapping[str, Any], path: str) -> _Condition:
    if not pattern:
        raise InvalidFilterPattern("Empty objects are not allowed.")
    return _All(tuple(_compile_member(name, value, path) for name, value in pattern.items()))


def _compile_member(name: str, value: object, path: str) -> _Condition:
    if name == "$or":
        return _compile_or(value, path)
    if isinstance(value, dict):
        return _compile_object(value, _join(path, name))
    if not isinstance(value, list):
        raise InvalidFilterPattern(f'"{name}" must be an object or an array.')
    if not value:
        raise InvalidFilterPattern("Empty arrays are not allowed.")
    return _Field(_join(path, name), tuple(compile_comparison(element) for element in value))


def _compile_or(alternatives: object, path: str) -> _Condition:
    at_least = 2
    if not isinstance(alternatives, list) or len(alternatives) < at_least:
        raise InvalidFilterPattern(f'"$or" needs an array of at least {at_least} objects.')
    if not all(isinstance(alternative, dict) for alternative in alternatives):
        raise InvalidFilterPattern('"$or" may hold objects only.')
    return _Any(tuple(_compile_object(alternative, path) for alternative in alternatives))
