"""The page as text: all of the run is in it, safely, for every kind of run."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path as FilePath
from typing import Any

import pytest

from comparison.report.layout import pictures
from comparison.report.model import Results
from comparison.report.page import render_page
from comparison.report.reading import parse_results

Document = dict[str, Any]
MakeJob = Callable[..., Document]
MakeDocument = Callable[..., Document]

SCRIPT = "<script>alert('here')</script>"


class Elements(HTMLParser):
    """Collects the elements of a page and refuses one that is closed wrongly."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.seen


@pytest.fixture(scope="session")
def page(results: Results) -> str:
    return render_page(results)


def drawn(document: Document) -> str:
    page = render_page(parse_results(document))
    elements(page)
    return page


def test_every_lane_is_in_the_page(page: str, results: Results) -> None:
    wanted = sum(len(one.lanes) for one in pictures(results.jobs, results.paths, {}))
    lanes = [attrs for tag, attrs in elements(page) if (attrs.get("id") or "").startswith("lane-")]
    assert len(lanes) == wanted
    assert all(attrs.get("aria-label") for attrs in lanes)


def test_every_cell_of_the_matrix_is_in_the_page_with_its_source(
    page: str, results: Results
) -> None:
    cells = [attrs for tag, attrs in elements(page) if tag == "td" and "data-verdict" in attrs]
    assert len(cells) == len(results.matrix) * len(results.paths)
    observed = [cell for row in results.matrix for cell in row.cells.values() if cell.sources]
    links = [attrs for tag, attrs in elements(page) if attrs.get("class") == "source"]
    assert len(links) == sum(len(cell.sources) for cell in observed)


def test_every_fact_is_in_the_page(page: str, results: Results) -> None:
    facts = page[page.index('<section id="facts"') : page.index('<section id="provenance"')]
    assert facts.count("<li ") == len(results.facts)


def test_every_cell_opens_something_that_is_there(page: str) -> None:
    found = elements(page)
    identities = [attrs["id"] for _, attrs in found if "id" in attrs]
    assert len(set(identities)) == len(identities)
    targets = [
        (attrs.get("href") or "")[1:]
        for _, attrs in found
        if (attrs.get("href") or "").startswith("#")
    ]
    assert set(targets) <= set(identities)


def test_a_cell_opens_the_timeline_of_the_job_behind_it(page: str) -> None:
    assert "Timeline of r1.raise.s3.1" in page
    assert re.search(r"<b>0\.200 s</b> attempt 1 started", page)


def test_nothing_in_the_page_is_loaded_from_elsewhere(page: str) -> None:
    for tag, attrs in elements(page):
        assert "src" not in attrs
        if tag in {"link", "use"}:
            assert (attrs.get("href") or "").startswith(("data:", "#"))
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_an_emulator_is_named_in_the_headline_and_in_the_title(page: str) -> None:
    header = page[page.index("<h1>") : page.index("<main>")]
    assert "Measured on an emulator, not on AWS: local 1.5.33, pace fast" in header
    title = re.search("<title>(.+)</title>", page)
    assert title
    assert "not on AWS" in title.group(1)


def test_a_run_on_aws_says_so(run_document: Document) -> None:
    target = {"name": "aws", "version": "AWS", "pace": "real", "region": "eu-west-1"}
    page = drawn(run_document | {"target": target})
    assert "Measured on AWS, eu-west-1" in page
    assert "emulator" not in page[page.index("<header>") : page.index("</header>")]
    assert "shortened" not in page


def test_markup_in_results_is_text(
    run_document: Document, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    job = make_job(
        "s3",
        SCRIPT,
        attempts=[make_attempt(0, 1, request_id=SCRIPT, outcome=SCRIPT)],
        ended=[(SCRIPT, 2.0)],
    )
    job["job"] = SCRIPT
    job["caller"] |= {"body": SCRIPT, "error": SCRIPT}
    facts = [
        fact | {"statement": SCRIPT, "explanation": SCRIPT, "jobs": [SCRIPT], "observed": SCRIPT}
        for fact in run_document["facts"]
    ]
    changed = {
        "jobs": [*run_document["jobs"], job],
        "facts": facts,
        "scenarios": [{"scenario": SCRIPT, "description": SCRIPT}],
        "interruption": SCRIPT,
    }
    page = drawn(run_document | changed)
    assert page.count("<script") == 1
    assert "&lt;script&gt;alert" in page


def test_an_address_that_is_none_is_no_link(run_document: Document) -> None:
    facts = [fact | {"source": "javascript:alert(1)"} for fact in run_document["facts"]]
    page = drawn(run_document | {"facts": facts, "matrix": []})
    assert 'href="javascript:' not in page


def test_an_empty_run_is_a_page_that_says_what_is_missing(make_document: MakeDocument) -> None:
    page = drawn(make_document([]))
    assert "This run holds no jobs: there is nothing to draw." in page
    assert "This run holds no facts" in page
    assert "This run holds no matrix" in page
    assert "This run holds no claims" in page


def test_a_run_with_one_path_only_is_drawn(make_document: MakeDocument, make_job: MakeJob) -> None:
    page = drawn(make_document([make_job("s3", "slow")]))
    assert 'data-path="s3"' in page
    assert "down 1 path." in page


def test_a_job_without_attempts_is_drawn(make_document: MakeDocument, make_job: MakeJob) -> None:
    assert "No attempt was seen." in drawn(make_document([make_job("s3"), make_job("sqs")]))


def test_clocks_that_disagree_are_noted_beside_the_lane(
    make_document: MakeDocument, make_job: MakeJob, make_attempt: MakeJob
) -> None:
    job = make_job("s3", sent=10, attempts=[make_attempt(8, 9)])
    assert "clocks disagree: an attempt started 2.000 s before" in drawn(make_document([job]))


def test_a_run_that_was_cut_short_says_so(run_document: Document) -> None:
    page = drawn(run_document | {"interruption": "the target stopped answering"})
    assert "The run ended early: the target stopped answering" in page


def test_paths_down_which_nothing_was_sent_are_named(run_document: Document) -> None:
    jobs = [job for job in run_document["jobs"] if job["path"] not in {"s3", "alb"}]
    assert "No job was sent down alb, s3." in drawn(run_document | {"jobs": jobs})


def test_characters_that_no_encoding_has_do_not_stop_the_page(
    make_document: MakeDocument, make_job: MakeJob
) -> None:
    job = make_job("s3")
    job["job"] = "\ud800\x00"
    page = drawn(make_document([job]))
    assert page.encode("utf-8", errors="replace")


def test_a_run_of_10_000_jobs_is_a_small_page_made_quickly_and_in_little_memory(
    large_document: Document, tmp_path: FilePath
) -> None:
    (tmp_path / "results.json").write_text(json.dumps(large_document))
    # VmHWM and not ru_maxrss: the latter counts what the parent had before the program began.
    program = (
        "import pathlib, re, sys, time; from comparison.report.command_line import main; "
        "main(['report', sys.argv[1]]); status = pathlib.Path('/proc/self/status').read_text(); "
        "print(time.process_time(), int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "results.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = done.stdout.splitlines()[-1].split()
    assert float(seconds) < 5
    assert float(megabytes) < 300
    assert (tmp_path / "index.html").stat().st_size < 2_000_000
