"""Write the report of a run."""

from pathlib import Path as FilePath
from typing import Final

from comparison.report.junit import render_junit
from comparison.report.model import Results
from comparison.report.page import render_page
from comparison.report.summary import render_summary

PAGE: Final = "index.html"
SUMMARY: Final = "summary.md"
JUNIT: Final = "junit.xml"


def write_report(results: Results, folder: FilePath) -> FilePath:
    """Write page, summary and JUnit XML into a folder, made if missing; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    rendered = {
        PAGE: render_page(results),
        SUMMARY: render_summary(results),
        JUNIT: render_junit(results),
    }
    for name, text in rendered.items():
        # Lone halves of surrogate pairs, which JSON can spell, have no encoding.
        (folder / name).write_text(text, encoding="utf-8", errors="replace")
    return folder / PAGE
