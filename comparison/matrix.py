"""The matrix: behaviours that tell the paths apart, as documented and as observed in a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comparison.brief import in_brief
from comparison.facts.catalogue import Behaviour, Catalogue, Cell
from comparison.path import Path
from comparison.verdicts import FactResult


class CellVerdict(StrEnum):
    """What came of a behaviour on a path, the worst first."""

    FAILED = "failed"
    DIVERGED = "diverged"
    NOT_OBSERVED = "not-observed"
    HELD = "held"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class ObservedCell:
    """What AWS is documented to do, what was observed of it, and the worst verdict of its facts.

    observed is None when nothing was. reason says why the cell is not simply held; it is empty for
    one that is.
    """

    path: Path
    documented: str | None
    observed: str | None
    verdict: CellVerdict
    reason: str
    facts: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One behaviour on every path."""

    behaviour: Behaviour
    cells: Mapping[Path, ObservedCell]


def matrix(catalogue: Catalogue, results: Iterable[FactResult]) -> list[Row]:
    """Return every cell of the matrix, with what a run says about it."""
    known = {(result.fact.id, result.path): result for result in results}
    return [
        Row(
            behaviour,
            {path: _cell(catalogue, path, cell, known) for path, cell in behaviour.cells.items()},
        )
        for behaviour in catalogue.behaviours
    ]


def _cell(
    catalogue: Catalogue,
    path: Path,
    cell: Cell,
    known: Mapping[tuple[str, Path], FactResult],
) -> ObservedCell:
    results = [known.get((fact, path)) for fact in cell.facts]
    verdict, reason = _verdict(cell, path, results)
    seen = [in_brief(one.observed) for one in results if one and one.observed is not None]
    return ObservedCell(
        path=path,
        documented=cell.documented,
        observed="; ".join(seen) or None,
        verdict=verdict,
        reason=reason,
        facts=cell.facts,
        sources=tuple(dict.fromkeys(catalogue.fact(fact).source for fact in cell.facts)),
    )


def _verdict(
    cell: Cell, path: Path, results: Iterable[FactResult | None]
) -> tuple[CellVerdict, str]:
    """Return the worst verdict of a cell's facts (None: no result), and why it is that."""
    if cell.not_applicable:
        return CellVerdict.NOT_APPLICABLE, cell.not_applicable
    if cell.not_observed:
        return CellVerdict.NOT_OBSERVED, cell.not_observed
    missing = (CellVerdict.NOT_OBSERVED, f"{path} was not part of this run")
    found = [
        (CellVerdict(one.verdict.value), one.explanation) if one else missing for one in results
    ]
    worst = min((verdict for verdict, _ in found), key=list(CellVerdict).index)
    reasons = dict.fromkeys(reason for verdict, reason in found if verdict is worst)
    return worst, "; ".join(filter(None, reasons))


def matrix_document(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the matrix as `results.json` holds it."""
    return [
        {
            "id": row.behaviour.id,
            "question": row.behaviour.question,
            "cells": [_cell_document(cell) for cell in row.cells.values()],
        }
        for row in rows
    ]


def _cell_document(cell: ObservedCell) -> dict[str, Any]:
    return {
        "path": cell.path.value,
        "documented": cell.documented,
        "observed": cell.observed,
        "verdict": cell.verdict.value,
        "reason": cell.reason or None,
        "facts": list(cell.facts),
        "sources": list(cell.sources),
    }
