"""The comparison of two runs in the terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comparison.report import words
from comparison.report.compare import (
    ChangedBehaviour,
    ChangedFact,
    Waits,
    changed_behaviours,
    changed_facts,
    waits,
)
from comparison.report.model import Results, Verdict

NONE = "-"
STYLES = {Verdict.FAILED: "red", Verdict.DIVERGED: "yellow", Verdict.HELD: "green"}


def print_differences(console: Console, before: Results, after: Results) -> None:
    """Print what changed between two runs, the facts whose verdict changed first."""
    for name, results in (("a", before), ("b", after)):
        told = f"{name}: {words.provenance(results.target)}, {words.moment(results.started)}"
        console.print(told, markup=False, highlight=False)
    console.print()
    _print_facts(console, changed_facts(before, after))
    _print_behaviours(console, changed_behaviours(before, after))
    _print_waits(console, waits(before, after))


def _print_facts(console: Console, changes: Sequence[ChangedFact]) -> None:
    if not changes:
        console.print("Every fact has the same verdict in both runs.")
        return
    table = _table("Facts that changed verdict", ("fact", "path", "a", "b", "statement"))
    for change in changes:
        detail = f" ({change.explanation})" if change.explanation else ""
        table.add_row(
            escape(change.id),
            escape(change.path),
            change.before or NONE,
            change.after or NONE,
            escape(change.statement + detail),
            style=STYLES.get(change.after) if change.after else "dim",
        )
    console.print(table)


def _print_behaviours(console: Console, changes: Sequence[ChangedBehaviour]) -> None:
    if not changes:
        console.print("Every scenario showed the same answers, attempts and ends in both runs.")
        return
    table = _table("What scenarios showed", ("scenario", "path", "what", "a", "b"))
    for change in changes:
        cells = (change.scenario, change.path, change.what, change.before, change.after)
        table.add_row(*map(escape, cells))
    console.print(table)


def _print_waits(console: Console, rows: Sequence[Waits]) -> None:
    table = _table("Median wait of callers", ("path", "a", "b"))
    for row in rows:
        seconds = (NONE if one is None else words.duration(one) for one in (row.before, row.after))
        table.add_row(escape(row.path), *seconds)
    console.print(table)


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in columns:
        table.add_column(column)
    return table
