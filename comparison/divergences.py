"""Divergences: facts that a target is known not to keep, with version and date."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath

from comparison.facts.catalogue import Catalogue, CatalogueError
from comparison.path import Path
from comparison.targets import TargetName

DIVERGENCES_FILE = FilePath(__file__).with_name("divergences.toml")
KEYS = frozenset({"target", "fact", "paths", "seen", "reason", "version", "date"})
VARIES = "varies"
"""The key that a row may have besides, with the value true."""


@dataclass(frozen=True)
class Divergence:
    """One fact that a target does not keep on some paths.

    seen says what the target does instead, reason why; version and date say of which version.
    varies: the target keeps the fact in some runs, so that a run in which it does is no mistake.
    """

    target: TargetName
    fact: str
    paths: frozenset[Path]
    seen: str
    reason: str
    version: str
    date: date
    varies: bool = False


def load_divergences(
    catalogue: Catalogue, file: FilePath = DIVERGENCES_FILE
) -> tuple[Divergence, ...]:
    """Read the list of divergences.

    Raises CatalogueError, one line naming file and entry, when an entry is wrong.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CatalogueError(f"{file.name}: is not TOML: {error}") from None
    rows = [
        _divergence(row, f"{file.name}: divergence number {number}", catalogue)
        for number, row in enumerate(document.get("divergence", []), 1)
    ]
    _refuse_repetition(rows, file.name)
    return tuple(rows)


def _divergence(row: dict[str, object], where: str, catalogue: Catalogue) -> Divergence:
    if wrong := (set(row) - {VARIES}) ^ KEYS:
        raise CatalogueError(f"{where}: missing or unknown: {', '.join(sorted(wrong))}")
    if row.get(VARIES, True) is not True:
        raise CatalogueError(f"{where}: {VARIES} is true, or left out")
    try:
        fact = catalogue.fact(str(row["fact"]))
    except KeyError:
        raise CatalogueError(f"{where}: there is no fact {row['fact']}") from None
    try:
        named = row["paths"]
        paths = frozenset(Path(str(path)) for path in named) if isinstance(named, list) else None
        target = TargetName(str(row["target"]))
    except ValueError as error:
        raise CatalogueError(f"{where}: {error}") from None
    if not paths or not paths <= set(fact.expected):
        raise CatalogueError(f"{where}: fact {fact.id} is not checked on every path it names")
    when = row["date"]
    if not isinstance(when, date):
        raise CatalogueError(f"{where}: date is not a date")
    return Divergence(
        target=target,
        fact=fact.id,
        paths=paths,
        seen=str(row["seen"]),
        reason=str(row["reason"]),
        version=str(row["version"]),
        date=when,
        varies=VARIES in row,
    )


def _refuse_repetition(rows: Iterable[Divergence], file: str) -> None:
    known: set[tuple[TargetName, str, Path]] = set()
    for row in rows:
        for path in row.paths:
            key = (row.target, row.fact, path)
            if key in known:
                raise CatalogueError(f"{file}: {row.fact} on {path} is listed twice")
            known.add(key)
