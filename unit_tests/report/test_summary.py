"""summary.md: short, escaped, and clear about what was measured on."""

from collections.abc import Callable
from typing import Any

import pytest

from comparison.report.model import Results
from comparison.report.reading import parse_results
from comparison.report.summary import MOST_FACTS, escaped, render_summary

Document = dict[str, Any]


def test_the_summary_begins_with_verdicts_and_provenance(results: Results) -> None:
    heading, _, provenance = render_summary(results).splitlines()[:3]
    assert heading.startswith("## One function, every way in: ")
    assert "1 failed" in heading
    assert provenance == "**Measured on an emulator, not on AWS: local 1.5.33, pace fast**"


def test_each_path_has_a_row_that_tells_it_apart(results: Results) -> None:
    rows = [line for line in render_summary(results).splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(results.paths)
    assert "| sdk-sync | synchronous | 5.0 s | 200 | 1 | caller |" in rows
    assert (
        "| s3 | asynchronous | 67 ms | 200 | 3 | "
        "on-failure destination, function dead-letter queue |"
    ) in rows


def test_facts_that_failed_are_listed_before_those_that_diverged(results: Results) -> None:
    summary = render_summary(results)
    assert summary.index("1 fact failed") < summary.index("facts diverged")


def test_claims_have_their_verdict(results: Results) -> None:
    assert "“An Event invocation returns 202 and no payload.” **confirmed**" in render_summary(
        results
    )


def test_a_long_list_is_cut(run_document: Document) -> None:
    facts = [fact | {"verdict": "failed"} for fact in run_document["facts"]]
    summary = render_summary(parse_results(run_document | {"facts": facts}))
    assert f"- and {len(facts) - MOST_FACTS} more" in summary
    assert len(summary) < 65_536


def test_an_empty_run_has_a_summary(make_document: Callable[..., Document]) -> None:
    summary = render_summary(parse_results(make_document([])))
    assert "no facts" in summary
    assert "> This run holds no jobs: there is nothing to draw." in summary


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", r"a \| b"),
        ("<script>", r"&lt;script>"),
        ("@everyone [x](y)\n# z", r"&#64;everyone \[x\](y) \# z"),
        ("`*_~\\", r"\`\*\_\~" + "\\\\"),
    ],
)
def test_what_markdown_would_read_as_markup_is_text(text: str, written: str) -> None:
    assert escaped(text) == written
