"""The comparisons of a filter pattern: what one element of a field's list accepts.

Source: Lambda Developer Guide, "Control which events Lambda sends to your function", section
"Filter rule syntax"; details as EventBridge answers to the same patterns. Numbers compare by
value, so 300 equals 300.0.
"""

import operator
from collections.abc import Callable
from typing import TypeGuard

Value = str | int | float | bool | None
Rule = Callable[[list[Value]], bool]
"""Given the values that a document has for a field, says whether they are accepted."""


class InvalidFilterPattern(Exception):
    """The pattern is not one that Lambda accepts; the message says why."""


def compile_comparison(element: object) -> Rule:
    """Turn one element of a field's list into a rule. Raises InvalidFilterPattern."""
    if isinstance(element, list):
        raise InvalidFilterPattern("An array in an array is not allowed.")
    if not isinstance(element, dict):
        return _any_value(lambda value: _same(value, element))
    if len(element) != 1:
        raise InvalidFilterPattern("A comparison has exactly one operator.")
    [(name, operand)] = element.items()
    if name not in _COMPARISONS:
        raise InvalidFilterPattern(f"Unrecognized match type {name}.")
    return _COMPARISONS[name](operand)


def _any_value(test: Callable[[Value], bool]) -> Rule:
    return lambda values: any(test(value) for value in values)


def _same(value: object, expected: object) -> bool:
    return isinstance(value, bool) == isinstance(expected, bool) and value == expected


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exists(operand: object) -> Rule:
    if not isinstance(operand, bool):
        raise InvalidFilterPattern("exists must be either true or false.")
    return lambda values: bool(values) == operand


def _prefix(operand: object) -> Rule:
    prefix = _text("prefix", operand)
    return _any_value(lambda value: isinstance(value, str) and value.startswith(prefix))


def _suffix(operand: object) -> Rule:
    suffix = _text("suffix", operand)
    return _any_value(lambda value: isinstance(value, str) and value.endswith(suffix))


def _equals_ignore_case(operand: object) -> Rule:
    expected = _text("equals-ignore-case", operand).lower()
    return _any_value(lambda value: isinstance(value, str) and value.lower() == expected)


def _text(name: str, operand: object) -> str:
    if not isinstance(operand, str):
        raise InvalidFilterPattern(f"{name} match pattern must be a string.")
    return operand


def _anything_but(operand: object) -> Rule:
    excluded = operand if isinstance(operand, list) else [operand]
    if not excluded or not all(isinstance(item, str) or _is_number(item) for item in excluded):
        raise InvalidFilterPattern("anything-but takes a string, a number or an array of them.")
    return _any_value(lambda value: not any(_same(value, item) for item in excluded))


def _numeric(operand: object) -> Rule:
    bounds = _numeric_bounds(operand)

    def within_bounds(value: Value) -> bool:
        return _is_number(value) and all(compare(value, bound) for compare, bound in bounds)

    return _any_value(within_bounds)


def _numeric_bounds(operand: object) -> list[tuple[Callable[[float, float], bool], float]]:
    if not isinstance(operand, list):
        raise InvalidFilterPattern("Value of numeric must be an array.")
    signs, numbers = operand[::2], operand[1::2]
    if signs not in _NUMERIC_FORMS or len(signs) != len(numbers):
        raise InvalidFilterPattern("numeric takes a comparison, or a lower and an upper bound.")
    if not all(_is_number(number) for number in numbers):
        raise InvalidFilterPattern("numeric compares with numbers only.")
    if numbers != sorted(set(numbers)):
        raise InvalidFilterPattern("The lower bound must be less than the upper bound.")
    return [(_SIGNS[sign], number) for sign, number in zip(signs, numbers, strict=True)]


_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMERIC_FORMS = [
    *([sign] for sign in _SIGNS),
    *([lower, upper] for lower in (">", ">=") for upper in ("<", "<=")),
]
_COMPARISONS: dict[str, Callable[[object], Rule]] = {
    "exists": _exists,
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
