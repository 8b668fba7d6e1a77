"""The headline picture as one SVG file: what waits, what tries again, what a batch is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Final

from markupsafe import Markup

from comparison.report import words
from comparison.report.axis import axis_for
from comparison.report.drawing import (
    AXIS_HEIGHT,
    HEIGHT,
    axis_svg,
    definitions,
    lane_svg,
)
from comparison.report.lane import Picture
from comparison.report.layout import pictures
from comparison.report.model import Results
from comparison.report.svg import element

SIDE_BY_SIDE: Final = ("slow", "raise")
BELOW: Final = ("burst", "trickle")
WIDTH: Final = 1000
MARGIN: Final = 24
NAMES: Final = 104
GAP: Final = 32
TOP: Final = 124
HEADING: Final = 30
LEGEND: Final = (
    "Grey: the caller waits.  Coloured: the function runs, ✕ and fails.  Between them: the queue.  "
    "● the work is done  ■ given up"
)
STYLE: Final = """
svg { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
text { fill: var(--ink); }
.ground { fill: var(--ground); }
.title { font-size: 24px; font-weight: 700; }
.heading { font-weight: 600; }
.quiet { fill: var(--quiet); }
.name { font-weight: 600; fill: var(--type); }
"""


class NothingToDraw(Exception):
    """The run has none of the scenarios of the headline picture; the message is one line."""


def render_picture(results: Results) -> str:
    """Return the picture as the text of an SVG file. Raises NothingToDraw."""
    drawn = {
        picture.scenario: picture
        for picture in pictures(results.jobs, results.paths, results.descriptions)
    }
    columns = [drawn[scenario] for scenario in SIDE_BY_SIDE if scenario in drawn]
    below = [drawn[scenario] for scenario in BELOW if scenario in drawn]
    if not columns and not below:
        wanted = ", ".join((*SIDE_BY_SIDE, *BELOW))
        raise NothingToDraw(f"the run has none of the scenarios of the picture: {wanted}")
    rows = {path: number for number, path in enumerate(_paths(results, columns))}
    bottom = TOP + (HEADING + len(rows) * HEIGHT + AXIS_HEIGHT + 16 if columns else 0)
    height = bottom + len(below) * (HEADING + HEIGHT + AXIS_HEIGHT) + 2 * MARGIN + 8
    return str(
        element(
            "svg",
            element("title", f"One function, every way in. {words.provenance(results.target)}"),
            element("style", _style()),
            definitions(),
            element("rect", class_="ground", width=WIDTH, height=height, rx=12),
            *_title(results),
            *_names(results, rows),
            *_columns(columns, rows),
            *_below(below, bottom),
            element("text", LEGEND, class_="quiet", x=MARGIN, y=height - MARGIN),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {height}",
            role="img",
        )
    )


def _style() -> Markup:
    """Return the colours of the page; they hold nothing that XML would read as markup."""
    file = FilePath(__file__).parent / "templates" / "lanes.css"
    return Markup(file.read_text(encoding="utf-8") + STYLE)  # noqa: S704 - a file of this package


def _paths(results: Results, columns: Sequence[Picture]) -> list[str]:
    shown = {lane.path for picture in columns for lane in picture.lanes}
    return [path for path in results.paths if path in shown]


def _title(results: Results) -> Iterator[Markup]:
    yield element("text", "One function, every way in", class_="title", x=MARGIN, y=44)
    yield element("text", words.provenance(results.target), class_="heading", x=MARGIN, y=68)
    for line, sentence in enumerate(words.pace_note(results.target)):
        yield element("text", sentence, class_="quiet", x=MARGIN, y=88 + 18 * line)


def _names(results: Results, rows: Mapping[str, int]) -> Iterator[Markup]:
    for path, row in rows.items():
        yield element(
            "text",
            path,
            class_=f"name {results.paths[path]}",
            x=MARGIN,
            y=TOP + HEADING + row * HEIGHT + HEIGHT / 2 + 4,
        )


def _columns(columns: Sequence[Picture], rows: Mapping[str, int]) -> Iterator[Markup]:
    room = WIDTH - 2 * MARGIN - NAMES
    width = (room - GAP * (len(columns) - 1)) / max(1, len(columns))
    for number, picture in enumerate(columns):
        x = MARGIN + NAMES + number * (width + GAP)
        axis = axis_for(picture.length)
        yield _heading(picture, x, TOP)
        for lane in picture.lanes:
            y = TOP + HEADING + rows[lane.path] * HEIGHT
            yield lane_svg(lane, axis, x=x, y=y, width=width)
        yield axis_svg(axis, x=x, y=TOP + HEADING + len(rows) * HEIGHT, width=width)


def _below(below: Sequence[Picture], top: float) -> Iterator[Markup]:
    x, width = MARGIN + NAMES, WIDTH - 2 * MARGIN - NAMES
    for picture in below:
        axis = axis_for(picture.length)
        yield _heading(picture, x, top)
        for lane in picture.lanes:
            yield element(
                "text",
                lane.path,
                class_=f"name {lane.invocation_type}",
                x=MARGIN,
                y=top + HEADING + HEIGHT / 2 + 4,
            )
            yield lane_svg(lane, axis, x=x, y=top + HEADING, width=width)
        yield axis_svg(axis, x=x, y=top + HEADING + HEIGHT, width=width)
        top += HEADING + HEIGHT + AXIS_HEIGHT


def _heading(picture: Picture, x: float, top: float) -> Markup:
    text = picture.description or picture.scenario
    return element("text", text[:1].upper() + text[1:], class_="heading", x=x, y=top + 18)
