"""What a run says about claims and behaviours, in the terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from comparison.brief import in_brief, shortened
from comparison.claims import ClaimResult
from comparison.matrix import CellVerdict, ObservedCell, Row
from comparison.table import NONE, provenance
from comparison.targets import Target

WORDS = {
    CellVerdict.HELD: "= held",
    CellVerdict.FAILED: "! FAILED",
    CellVerdict.DIVERGED: "~ DIVERGED",
    CellVerdict.NOT_OBSERVED: "? not observed",
    CellVerdict.NOT_APPLICABLE: "- not applicable",
}
"""A verdict is told by its sign and word; the colour only repeats it."""

STYLES = {CellVerdict.FAILED: "red", CellVerdict.DIVERGED: "yellow"}

LEGEND = (
    "From left to right: the verdict; the paths that answer alike; what is documented; what was "
    "observed on the first of them, or how it differs, or why nothing was observed. What was "
    "observed on every path is in results.json."
)

LONGEST_OBSERVATION = 80
"""Characters of an observation that are printed."""


def print_claims(console: Console, target: Target, results: Iterable[ClaimResult]) -> None:
    """Print the verdict on each claim and what it rests on."""
    for result in results:
        console.print(f"claim {result.words}: {result.claim.text}", markup=False)
        for one in result.evidence:
            seen = one.explanation if one.observed is None else in_brief(one.observed)
            line = f"  {one.fact.id} on {one.path} {one.verdict}: {seen}"
            console.print(line, style="dim", markup=False)
    console.print(f"  claims: {provenance(target)}", style="dim", markup=False)


def print_matrix(console: Console, target: Target, rows: Sequence[Row]) -> None:
    """Print every behaviour, with a line for the paths that answer its question alike."""
    console.print(f"Behaviours that tell the paths apart: {provenance(target)}", style="bold")
    console.print(LEGEND, style="dim")
    for row in rows:
        console.print()
        console.print(f"{row.behaviour.id} {row.behaviour.question}", style="bold", markup=False)
        console.print(_row_table(row))


def _row_table(row: Row) -> Table:
    table = Table(box=None, show_header=False, expand=True, padding=(0, 2, 0, 0))
    table.add_column(width=max(map(len, WORDS.values())))
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    table.add_column(ratio=3)
    for paths, cell in _alike(row.cells.values()):
        texts = [WORDS[cell.verdict], ", ".join(paths), cell.documented or NONE, _observed(cell)]
        table.add_row(*map(Text, texts), style=STYLES.get(cell.verdict))
    return table


def _alike(cells: Iterable[ObservedCell]) -> list[tuple[list[str], ObservedCell]]:
    """Return the paths that answer alike, each group with the cell of its first path."""
    groups: dict[tuple[object, ...], tuple[list[str], ObservedCell]] = {}
    for cell in cells:
        key = (cell.verdict, cell.documented, cell.reason)
        groups.setdefault(key, ([], cell))[0].append(cell.path.value)
    return list(groups.values())


def _observed(cell: ObservedCell) -> str:
    """Return why a cell is not held, else what was observed."""
    return shortened(cell.reason or cell.observed or NONE, LONGEST_OBSERVATION)


def print_matrix_summary(console: Console, rows: Sequence[Row]) -> None:
    """Print how many cells of the matrix came out how."""
    cells = [cell for row in rows for cell in row.cells.values()]
    counts = Counter(cell.verdict for cell in cells)
    console.print(
        f"{len(rows)} behaviours, {len(cells)} cells: "
        + ", ".join(f"{counts[verdict]} {verdict}" for verdict in CellVerdict if counts[verdict])
    )
