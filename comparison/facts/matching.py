"""Compare what a fact expects with what was observed.

A table matches when each of its keys matches; the observation may have more keys, but an empty
table matches an empty table only. A list matches element by element. Anything else matches when it
is equal. A matcher is a table that says what a value must be like, and may stand anywhere:

    { at_least = 1, at_most = 3 }   a number within bounds, either of which may be left out
    { matches = "regex" }           a string in which the regular expression is found
    { one_of = [502, 504] }         one of several values or matchers
    { absent = true }               the key must not be there
    { null = true }                 JSON null, which TOML cannot write
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

Matcher = Mapping[str, object]

_BOUNDS: Final = frozenset({"at_least", "at_most"})
_MATCHER_KEYS: Final = _BOUNDS | {"matches", "one_of", "absent", "null"}


class _Missing:
    """Stands for a key that the observation does not have."""

    def __repr__(self) -> str:
        return "nothing"


_MISSING: Final = _Missing()


def mismatch(expected: object, observed: object) -> str | None:
    """Say in words where an observation differs from what is expected; None when it does not.

    Each difference names the place (`headers.content-type`, `attempts[1]`), what is expected
    there and what was observed; several are separated by semicolons.
    """
    return "; ".join(_differences(expected, observed, "")) or None


def is_matcher(expected: Mapping[str, object]) -> bool:
    """Whether a table is a matcher and not a table of values."""
    return not _MATCHER_KEYS.isdisjoint(expected)


def invalid(expected: object) -> str | None:
    """Say in words why an expectation can never be compared; None when it can."""
    if isinstance(expected, list):
        return next(filter(None, map(invalid, expected)), None)
    if not isinstance(expected, Mapping):
        return None
    if not is_matcher(expected):
        return next(filter(None, map(invalid, expected.values())), None)
    return _invalid_matcher(expected)


def _invalid_matcher(matcher: Matcher) -> str | None:
    if _BOUNDS.issuperset(matcher):
        valid = all(_is_number(bound) for bound in matcher.values())
        return None if valid else f"a bound in {dict(matcher)} is not a number"
    match dict(matcher):
        case {"matches": str(pattern), **others} if not others:
            try:
                re.compile(pattern)
            except re.error as error:
                return f"{pattern!r} is no regular expression: {error}"
            return None
        case {"one_of": [_, *_] as choices, **others} if not others:
            return invalid(choices)
        case {"absent": True, **others} | {"null": True, **others} if not others:
            return None
    return f"{dict(matcher)} is no matcher"


def _differences(expected: object, observed: object, place: str) -> Iterator[str]:
    if isinstance(expected, Mapping) and expected and not is_matcher(expected):
        yield from _table_differences(expected, observed, place)
    elif isinstance(expected, list) and isinstance(observed, list | tuple):
        if len(expected) == len(observed):
            for index, (left, right) in enumerate(zip(expected, observed, strict=True)):
                yield from _differences(left, right, f"{place}[{index}]")
        else:
            yield _difference(expected, observed, place)
    elif not _matches(expected, observed):
        yield _difference(expected, observed, place)


def _table_differences(
    expected: Mapping[str, object], observed: object, place: str
) -> Iterator[str]:
    if not isinstance(observed, Mapping):
        yield _difference(expected, observed, place)
        return
    for key, value in expected.items():
        inner = f"{place}.{key}" if place else key
        yield from _differences(value, observed.get(key, _MISSING), inner)


def _matches(expected: object, observed: object) -> bool:
    if expected == {}:
        return observed == {}
    if isinstance(expected, Mapping):
        return _satisfies(expected, observed)
    if _is_number(expected) and _is_number(observed):
        return expected == observed
    return type(expected) is type(observed) and expected == observed


def _satisfies(matcher: Matcher, observed: object) -> bool:
    match dict(matcher):
        case {"absent": _}:
            return observed is _MISSING
        case {"null": _}:
            return observed is None
        case {"matches": str(pattern)}:
            return isinstance(observed, str) and re.search(pattern, observed) is not None
        case {"one_of": list(choices)}:
            return any(mismatch(choice, observed) is None for choice in choices)
    if not isinstance(observed, int | float) or isinstance(observed, bool):
        return False
    least, most = matcher.get("at_least", observed), matcher.get("at_most", observed)
    return (
        isinstance(least, int | float)
        and isinstance(most, int | float)
        and least <= observed <= most
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _difference(expected: object, observed: object, place: str) -> str:
    said = f"expected {_in_words(expected)}, observed {_in_words(observed)}"
    return f"{place}: {said}" if place else said


def _in_words(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping) and is_matcher(value):
        return _matcher_in_words(value)
    return repr(value)


def _matcher_in_words(matcher: Matcher) -> str:
    match dict(matcher):
        case {"matches": pattern}:
            return f"text matching {pattern!r}"
        case {"one_of": list(choices)}:
            return " or ".join(_in_words(choice) for choice in choices)
        case {"absent": _}:
            return "nothing"
        case {"null": _}:
            return "null"
    bounds = [("at least", matcher.get("at_least")), ("at most", matcher.get("at_most"))]
    return " and ".join(f"{words} {bound}" for words, bound in bounds if bound is not None)
