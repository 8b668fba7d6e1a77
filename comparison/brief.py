"""An observation in a few words, for tables that have no room for all of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST = 160
"""Characters that the words may have."""

LONGEST_TEXT = 48
"""Characters that one text within the observation may have."""

LONGEST_LIST = 3
"""Elements of a list that are all named."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def in_brief(observed: object) -> str:
    """Return an observation as words: `status 200, seconds 5.04`.

    A table of tables names each of them, or says once what all of them say.
    """
    return shortened(_cases(observed), LONGEST)


def shortened(text: str, characters: int) -> str:
    """Return a text in one line, cut off where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 3].rstrip()}..."


def _cases(observed: object) -> str:
    if not isinstance(observed, Mapping) or not _is_table_of_tables(observed):
        return _words(observed)
    cases = {name: _words(table) for name, table in observed.items()}
    if len(cases) > 1 and len(set(cases.values())) == 1:
        return f"each of {len(cases)}: {next(iter(cases.values()))}"
    return "; ".join(f"{_name(name)}: {words}" for name, words in cases.items())


def _is_table_of_tables(table: Mapping[str, Any]) -> bool:
    return bool(table) and all(isinstance(value, Mapping) for value in table.values())


def _words(value: object) -> str:
    match value:
        case Mapping():
            return ", ".join(_fields(value)) or "(empty)"
        case str():
            return shortened(_UUID.sub("(id)", value), LONGEST_TEXT) or "(empty)"
        case Sequence():
            return _list(value)
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.2f}"
    return "null" if value is None else str(value)


def _fields(table: Mapping[str, Any]) -> Iterator[str]:
    """Return the fields of a table and of the tables in it, as if they stood side by side."""
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _fields(value)
        else:
            yield f"{_name(name)} {_words(value)}"


def _list(values: Sequence[object]) -> str:
    if len(values) > LONGEST_LIST:
        return f"{_words(values[0])} and {len(values) - 1} more"
    return " + ".join(map(_words, values)) or "(none)"


def _name(key: str) -> str:
    return key.replace("_", " ")
