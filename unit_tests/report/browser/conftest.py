"""A real browser, where there is one: Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from comparison.report.model import Results
from comparison.report.page import render_page
from comparison.report.reading import parse_results

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1400, "height": 1000}

Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium for the whole session."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page_file(results: Results, tmp_path_factory: pytest.TempPathFactory) -> FilePath:
    """The page of the whole run, on disk."""
    file = tmp_path_factory.mktemp("report") / "index.html"
    file.write_text(render_page(results), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def write_page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], FilePath]:
    """Write the page of some results.json to disk."""

    def write(document: Any) -> FilePath:
        file = tmp_path_factory.mktemp("report") / "index.html"
        text = render_page(parse_results(document))
        file.write_text(text, encoding="utf-8", errors="replace")
        return file

    return write


@pytest.fixture
def opened(browser: Browser) -> Opened:
    """Open a file in a fresh window; whatever it complains about or asks for fails the test."""

    @contextmanager
    def window(file: FilePath, fragment: str = "", **options: Any) -> Iterator[Page]:
        context = browser.new_context(**{"viewport": WIDE} | options)
        page = context.new_page()
        requests: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(file.as_uri() + fragment)
        yield page
        context.close()
        assert requests == [file.as_uri() + fragment]
        assert complaints == []

    return window
