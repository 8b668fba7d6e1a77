"""The matrix: what is documented, what was observed, and the worst verdict, in every cell."""

from collections.abc import Iterable

import pytest
from rich.console import Console

from comparison.brief import in_brief
from comparison.facts.catalogue import Behaviour, Catalogue, Cell, Evidence, Fact, load_catalogue
from comparison.findings import print_matrix, print_matrix_summary
from comparison.matrix import CellVerdict, ObservedCell, matrix, matrix_document
from comparison.path import EVERY_PATH, Path
from comparison.targets import Target
from comparison.verdicts import FactResult, Verdict

SOURCE = "https://example.com/"


def fact(identifier: str) -> Fact:
    return Fact(
        id=identifier,
        section="test",
        paths=(Path.SQS,),
        statement="Two attempts.",
        source=SOURCE,
        evidence=Evidence.DOCUMENTED,
        observe="look",
        expected={Path.SQS: {"attempts": 2}},
    )


FACTS = (fact("XX-01"), fact("XX-02"))
ELSEWHERE = Cell(None, not_applicable="nobody retries")


def result(
    number: int, verdict: Verdict, observed: object = None, explanation: str = ""
) -> FactResult:
    return FactResult(FACTS[number], Path.SQS, {"attempts": 2}, observed, verdict, explanation)


def cell_of(results: Iterable[FactResult], cell: Cell | None = None) -> ObservedCell:
    """The cell of the queue, in a matrix of one behaviour."""
    cells = dict.fromkeys(EVERY_PATH, ELSEWHERE)
    cells[Path.SQS] = cell or Cell("twice", ("XX-01", "XX-02"))
    behaviour = Behaviour("D1", "How often is a job tried?", ("XX-01", "XX-02"), cells)
    (row,) = matrix(Catalogue(FACTS, (behaviour,), ()), results)
    return row.cells[Path.SQS]


HELD = result(0, Verdict.HELD, {"attempts": 2})


def test_a_cell_has_what_is_documented_and_what_was_observed() -> None:
    cell = cell_of([HELD, result(1, Verdict.HELD, {"seconds": 5.04})])
    assert cell.documented == "twice"
    assert cell.observed == "attempts 2; seconds 5.04"
    assert cell.verdict is CellVerdict.HELD
    assert cell.reason == ""
    assert cell.sources == (SOURCE,)


@pytest.mark.parametrize(
    ("verdict", "worst"),
    [
        (Verdict.FAILED, CellVerdict.FAILED),
        (Verdict.DIVERGED, CellVerdict.DIVERGED),
        (Verdict.NOT_OBSERVED, CellVerdict.NOT_OBSERVED),
        (Verdict.HELD, CellVerdict.HELD),
    ],
)
def test_the_worst_verdict_of_its_facts_is_the_cells(verdict: Verdict, worst: CellVerdict) -> None:
    other = result(1, verdict, {"attempts": 1}, "" if verdict is Verdict.HELD else "once")
    for results in ([HELD, other], [other, HELD]):
        cell = cell_of(results)
        assert cell.verdict is worst
        assert cell.reason == other.explanation


def test_a_failure_is_worse_than_a_fact_without_a_result() -> None:
    cell = cell_of([result(0, Verdict.FAILED, {"attempts": 1}, "once")])
    assert (cell.verdict, cell.reason) == (CellVerdict.FAILED, "once")


def test_a_path_that_did_not_run_is_not_observed() -> None:
    cell = cell_of([])
    assert (cell.verdict, cell.observed) == (CellVerdict.NOT_OBSERVED, None)
    assert cell.reason == "sqs was not part of this run"


def test_a_cell_without_facts_says_why() -> None:
    cell = cell_of([HELD], Cell("twice", not_observed="needs hours"))
    assert (cell.verdict, cell.reason) == (CellVerdict.NOT_OBSERVED, "needs hours")
    cell = cell_of([HELD], ELSEWHERE)
    assert (cell.verdict, cell.reason) == (CellVerdict.NOT_APPLICABLE, "nobody retries")


def test_every_cell_is_filled_or_says_why_not() -> None:
    document = matrix_document(matrix(load_catalogue(), []))
    cells = [cell for row in document for cell in row["cells"]]
    assert len(document) == 25
    assert len(cells) == 25 * 11
    for cell in cells:
        assert cell["verdict"] in {"not-observed", "not-applicable"}
        assert cell["reason"]
        assert (cell["documented"] is None) == (cell["verdict"] == "not-applicable")


def test_the_printed_matrix_fits_and_names_every_path_and_verdict(local: Target) -> None:
    failed = result(0, Verdict.FAILED, {"attempts": 1}, "attempts[0]: expected 2, observed 1")
    cells = dict.fromkeys(EVERY_PATH, ELSEWHERE) | {Path.SQS: Cell("twice [2]", ("XX-01",))}
    behaviour = Behaviour("D1", "How often is a job tried?", ("XX-01",), cells)
    rows = matrix(Catalogue(FACTS, (behaviour,), ()), [failed])
    console = Console(width=120, record=True, force_terminal=False)
    print_matrix(console, local, rows)
    print_matrix_summary(console, rows)
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= 120
    assert all(path in text for path in EVERY_PATH)
    assert "! FAILED" in text
    assert "twice [2]" in text
    assert "attempts[0]: expected 2, observed 1" in text
    assert "- not applicable" in text
    assert "1 behaviours, 11 cells: 1 failed, 10 not-applicable" in text


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        ({"status": 200, "details": {"FunctionError": "X"}}, "status 200, FunctionError X"),
        ({"a_b": {"n": 1}, "c": {"n": 2}}, "a b: n 1; c: n 2"),
        ({"a": {"n": 1}, "b": {"n": 1}}, "each of 2: n 1"),
        ({"gaps": [3.04, 6.0], "ok": True, "body": None}, "gaps 3.04 + 6.00, ok yes, body null"),
        ({"keys": ["a", "b", "c", "d"]}, "keys a and 3 more"),
        ({"id": "0b8ab2a2-4d3c-4b0e-9d3b-0f1f3c0e7a11"}, "id (id)"),
        ({"headers": {}, "body": "", "of": []}, "headers (empty), body (empty), of (none)"),
        ("x" * 60, "x" * 45 + "..."),
    ],
)
def test_an_observation_in_brief(observed: object, words: str) -> None:
    assert in_brief(observed) == words
