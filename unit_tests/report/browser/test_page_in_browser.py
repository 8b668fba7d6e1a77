"""The page in a real browser: complete, usable by mouse, by keyboard and without JavaScript."""

import re
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from comparison.report.layout import pictures
from comparison.report.model import Results
from comparison.report.picture import render_picture

Document = dict[str, Any]
Opened = Callable[..., Any]
WritePage = Callable[[Document], FilePath]

NARROW = {"width": 390, "height": 844}
AXE = FilePath(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
SCRIPT = "<script>alert('here')</script><img src=x onerror=alert(1)>"


def visible_lanes(page: Page) -> list[str]:
    """Return the paths of the lanes that can be seen."""
    rows = page.locator(".picture .row[data-path]:visible")
    return [row.get_attribute("data-path") or "" for row in rows.all()]


def choose(page: Page, scenario: str) -> None:
    page.locator(".scenarios label", has_text=re.compile(f"^{scenario}$")).click()


def test_the_page_opens_from_disk_without_a_request_or_a_complaint(
    opened: Opened, page_file: FilePath
) -> None:
    with opened(page_file) as page:
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_each_scenario_shows_all_of_its_lanes_when_it_is_clicked(
    opened: Opened, page_file: FilePath, results: Results
) -> None:
    with opened(page_file) as page:
        for picture in pictures(results.jobs, results.paths, {}):
            choose(page, picture.scenario)
            assert visible_lanes(page) == [lane.path for lane in picture.lanes]


def test_scenarios_are_switched_with_the_arrow_keys(opened: Opened, page_file: FilePath) -> None:
    with opened(page_file) as page:
        page.locator(".scenarios input:checked").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(page.locator(".picture:visible")).to_have_attribute("data-scenario", "burst")
        assert visible_lanes(page) == ["sqs"]


def test_other_scenarios_are_shown_on_demand(
    opened: Opened, write_page: WritePage, large_document: Document
) -> None:
    with opened(write_page(large_document)) as page:
        expect(page.locator("label", has_text="load")).to_be_hidden()
        page.get_by_text("1 more scenario").click()
        choose(page, "load")
        assert len(visible_lanes(page)) == 10


def test_a_lane_has_its_full_height_and_width(opened: Opened, page_file: FilePath) -> None:
    with opened(page_file) as page:
        for lane in page.locator(".row[data-path]:visible svg.lane").all():
            box = lane.bounding_box()
            assert box
            assert box["height"] == 58
            assert box["width"] > 500


def test_every_cell_of_the_matrix_is_there(
    opened: Opened, page_file: FilePath, results: Results
) -> None:
    with opened(page_file) as page:
        cells = page.locator(".matrix td:visible")
        assert cells.count() == len(results.matrix) * len(results.paths)


def test_the_matrix_is_filtered_by_path_and_by_verdict(
    opened: Opened, page_file: FilePath, results: Results
) -> None:
    with opened(page_file) as page:
        page.locator("select[name=path]").select_option("sqs")
        paths = {cell.get_attribute("data-path") for cell in page.locator("td:visible").all()}
        assert paths - {None} == {"sqs"}
        page.locator("select[name=path]").select_option("")
        page.locator("select[name=verdict]").select_option("failed")
        clear = page.locator(".matrix td:visible:not(.faded)")
        failed = [
            cell
            for row in results.matrix
            for cell in row.cells.values()
            if cell.verdict == "failed"
        ]
        assert clear.count() == len(failed)
        expect(page.locator("output")).to_have_text(f"{len(failed)} of 250 answers")


def test_a_cell_opens_its_timeline_and_escape_leads_back(
    opened: Opened, page_file: FilePath
) -> None:
    with opened(page_file) as page:
        link = page.locator(".matrix a.open").nth(85)
        link.focus()
        page.keyboard.press("Enter")
        drawer = page.locator(".drawer:visible")
        expect(drawer).to_have_count(1)
        expect(drawer).to_be_focused()
        expect(drawer).to_contain_text("Timeline of r1.")
        expect(drawer.locator("svg.lane")).to_be_visible()
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)
        expect(link).to_be_focused()


def test_without_javascript_the_pictures_the_matrix_and_the_timelines_are_there(
    opened: Opened, page_file: FilePath, results: Results
) -> None:
    with opened(page_file, java_script_enabled=False) as page:
        assert visible_lanes(page) == list(results.paths)
        choose(page, "burst")
        assert visible_lanes(page) == ["sqs"]
        assert page.locator(".matrix td:visible").count() == 250
        expect(page.locator(".filters")).to_be_hidden()
        page.locator(".matrix a.open").first.click()
        expect(page.locator(".drawer:visible")).to_have_count(1)
        page.locator(".drawer:visible .close").click()
        expect(page.locator(".drawer:visible")).to_have_count(0)


def test_markup_in_results_is_shown_and_not_run(
    opened: Opened, write_page: WritePage, run_document: Document
) -> None:
    jobs = [
        job | {"job": SCRIPT, "scenario": SCRIPT, "caller": job["caller"] | {"body": SCRIPT}}
        for job in run_document["jobs"]
    ]
    facts = [fact | {"statement": SCRIPT, "jobs": [SCRIPT]} for fact in run_document["facts"]]
    file = write_page(run_document | {"jobs": jobs, "facts": facts, "interruption": SCRIPT})
    with opened(file) as page:
        expect(page.locator(".notices")).to_contain_text(SCRIPT)
        expect(page.locator(".picture:visible h3")).to_contain_text(SCRIPT)
        assert page.locator("script").count() == 1
        page.locator(".matrix a.open").first.click()
        expect(page.locator(".drawer:visible h3").first).to_contain_text(SCRIPT)


@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_nothing_makes_the_page_wider_than_the_screen(
    opened: Opened, page_file: FilePath, width: int
) -> None:
    with opened(page_file, viewport={"width": width, "height": 800}) as page:
        page.add_style_tag(content="details > * { display: block }")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


def test_all_headline_pictures_are_printed(
    opened: Opened, page_file: FilePath, results: Results
) -> None:
    with opened(page_file) as page:
        page.emulate_media(media="print")
        assert page.locator(".picture:visible").count() == len(results.descriptions)
        expect(page.locator("nav")).to_be_hidden()


def test_dark_is_dark_and_light_is_light(opened: Opened, page_file: FilePath) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        with opened(page_file, color_scheme=scheme) as page:
            grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1400, "height": 1000}, NARROW])
@pytest.mark.parametrize("fragment", ["", "#cell-9-7-open"])
def test_the_accessibility_checker_finds_nothing(
    browser: Browser, page_file: FilePath, scheme: Any, viewport: Any, fragment: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make setup)")
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(page_file.as_uri() + fragment)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    context.close()
    assert [
        (violation["id"], violation["impact"], violation["nodes"][0]["html"][:200])
        for violation in found["violations"]
    ] == []


@pytest.mark.parametrize(
    "change",
    [
        {"jobs": [], "facts": [], "matrix": [], "claims": []},
        {"jobs": []},
        {"facts": []},
        {"matrix": []},
    ],
)
def test_a_run_with_parts_missing_is_a_whole_page(
    opened: Opened, write_page: WritePage, run_document: Document, change: Document
) -> None:
    with opened(write_page(run_document | change)) as page:
        expect(page.get_by_role("heading", level=2)).to_have_count(7)


def test_a_run_of_10_000_jobs_is_drawn_within_a_second(
    opened: Opened, write_page: WritePage, large_document: Document
) -> None:
    file = write_page(large_document)
    drawn = []
    for _ in range(3):
        with opened(file) as page:
            drawn.append(
                page.evaluate(
                    "new Promise(done => new PerformanceObserver(seen => "
                    "done(seen.getEntries()[0].startTime)).observe("
                    "{type: 'paint', buffered: true}))"
                )
            )
    assert min(drawn) < 1000


def test_the_headline_picture_is_drawn_as_an_image(
    browser: Browser, results: Results, tmp_path: FilePath
) -> None:
    (tmp_path / "picture.svg").write_text(render_picture(results), encoding="utf-8")
    page = browser.new_page()
    (tmp_path / "readme.html").write_text("<img src=picture.svg>")
    page.goto((tmp_path / "readme.html").as_uri())
    assert page.evaluate("document.querySelector('img').naturalWidth") > 0
    page.close()
