"""Values taken out of parsed JSON, each of the type that is expected there."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any


class WrongValue(Exception):
    """A value is missing or of another type than expected; the message names its place."""


class JsonTable:
    """A JSON object whose values are asked for by key and type; place is where it stands."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise WrongValue(f"{place or 'the document'} is no JSON object")
        self._values: Mapping[str, Any] = value
        self._place = place

    def where(self, key: str) -> str:
        """Return the place of a key, as messages name it."""
        return f"{self._place}.{key}" if self._place else key

    def any(self, key: str) -> Any:
        """Return a value of any type; None when it is missing."""
        return self._values.get(key)

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.optional_text(key)
        if value is None:
            raise WrongValue(f"{self.where(key)} is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, None when it is missing or null."""
        value = self._values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise WrongValue(f"{self.where(key)} is no text")

    def number(self, key: str) -> float:
        """Return a finite number that must be there."""
        value = self._values.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
        raise WrongValue(f"{self.where(key)} is no number")

    def whole(self, key: str) -> int:
        """Return a whole number that must be there."""
        value = self.optional_whole(key)
        if value is None:
            raise WrongValue(f"{self.where(key)} is missing")
        return value

    def optional_whole(self, key: str) -> int | None:
        """Return a whole number, None when it is missing or null."""
        value = self._values.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise WrongValue(f"{self.where(key)} is no whole number")

    def flag(self, key: str) -> bool:
        """Return whether a flag is set; one that is missing is not."""
        value = self._values.get(key) or False
        if isinstance(value, bool):
            return value
        raise WrongValue(f"{self.where(key)} is neither true nor false")

    def time(self, key: str) -> float:
        """Return a time that must be there, in seconds since 1970."""
        value = self.optional_time(key)
        if value is None:
            raise WrongValue(f"{self.where(key)} is missing")
        return value

    def optional_time(self, key: str) -> float | None:
        """Return a time in seconds since 1970, None when it is missing or null."""
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise WrongValue(f"{self.where(key)} is no time in ISO 8601 with an offset: {text!r}")
        return moment.timestamp()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty when it is missing or null."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise WrongValue(f"{self.where(key)} is no list of texts")
        return tuple(values)

    def table(self, key: str) -> "JsonTable":
        """Return an object that must be there."""
        return JsonTable(self._values.get(key), self.where(key))

    def optional_table(self, key: str) -> "JsonTable | None":
        """Return an object, None when it is missing or null."""
        return None if self._values.get(key) is None else self.table(key)

    def tables(self, key: str) -> "Iterator[JsonTable]":
        """Yield the objects of a list, none when it is missing or null."""
        for number, value in enumerate(self._list(key)):
            yield JsonTable(value, f"{self.where(key)}[{number}]")

    def _list(self, key: str) -> list[Any]:
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise WrongValue(f"{self.where(key)} is no list")
        return value
