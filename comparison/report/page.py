"""The page: one HTML file with everything in it, made of results alone."""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json import dumps
from pathlib import Path as FilePath
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from comparison.path import InvocationType
from comparison.report import words
from comparison.report.axis import axis_for
from comparison.report.batches import batches
from comparison.report.charts import PERCENTILES, batches_chart, distribution_chart
from comparison.report.cost import costs
from comparison.report.distributions import (
    Distribution,
    caller_latency,
    distributions,
    time_to_first_attempt,
)
from comparison.report.drawing import axis_svg, definitions, lane_again, lane_svg
from comparison.report.examples import EXAMPLES
from comparison.report.lane import Picture
from comparison.report.layout import pictures
from comparison.report.model import (
    WORST_FIRST,
    CellVerdict,
    Fact,
    Job,
    Results,
    Verdict,
)
from comparison.report.notices import notices
from comparison.report.timeline import timeline

TEMPLATES: Final = FilePath(__file__).parent / "templates"
HEADLINES: Final = ("answer", "slow", "raise", "no-concurrency", "burst", "trickle", "bad-message")
"""Scenarios whose pictures come first, in this order."""
FIRST_SHOWN: Final = "slow"
"""The scenario in which the difference is seen at a glance."""
LONGEST_JSON: Final = 240


@dataclass(frozen=True)
class Chart:
    """A chart of distributions, with the same figures as a table."""

    title: str
    note: str
    svg: Markup
    distributions: tuple[Distribution, ...]


def render_page(results: Results) -> str:
    """Return the page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=words.duration, json=short_json, many=words.many, moment=words.moment
    )
    drawn = in_order(pictures(results.jobs, results.paths, results.descriptions))
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(
        results=results,
        words=words,
        types=InvocationType,
        verdicts=Verdict,
        worst_first=WORST_FIRST,
        cell_verdicts=CellVerdict,
        counts=Counter(fact.verdict for fact in results.facts),
        examples=EXAMPLES,
        pictures=drawn,
        lane_ids=lane_ids(drawn),
        headlines=HEADLINES,
        first_shown=first_shown(drawn),
        axis_for=axis_for,
        axis_svg=axis_svg,
        lane_svg=lane_svg,
        lane_again=lane_again,
        definitions=definitions(),
        notices=notices(results),
        charts=charts(results),
        batches=batches(results.jobs, results.paths),
        batches_chart=batches_chart,
        percentiles=PERCENTILES,
        costs=costs(results.jobs, results.paths),
        evidence=Evidence(results),
        timeline=timeline,
        script=Markup(script),  # noqa: S704 - a file of this package
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def in_order(every: Iterable[Picture]) -> list[Picture]:
    """Return pictures with the headlines first."""

    def place(picture: Picture) -> int:
        known = picture.scenario in HEADLINES
        return HEADLINES.index(picture.scenario) if known else len(HEADLINES)

    return sorted(every, key=place)


def lane_ids(every: Iterable[Picture]) -> dict[tuple[str, str], str]:
    """Return an id for the lane of each scenario and path."""
    return {
        (picture.scenario, lane.path): f"lane-{number}-{position}"
        for number, picture in enumerate(every, 1)
        for position, lane in enumerate(picture.lanes, 1)
    }


def first_shown(every: Sequence[Picture]) -> str:
    """Return the scenario whose picture is shown first; empty when there is none."""
    scenarios = [picture.scenario for picture in every]
    return FIRST_SHOWN if FIRST_SHOWN in scenarios else next(iter(scenarios), "")


def charts(results: Results) -> list[Chart]:
    """Return the charts of distributions that the run has figures for."""
    wanted = (
        ("Caller latency", "how long the caller waited, all jobs of the run", caller_latency),
        (
            "Time to first attempt",
            "from sending to the first line of the function, all jobs of the run",
            time_to_first_attempt,
        ),
    )
    return [
        Chart(title, note, distribution_chart(found, f"{title}: {note}"), found)
        for title, note, measure in wanted
        if (found := distributions(results.jobs, results.paths, measure))
    ]


class Evidence:
    """What lies behind a cell of the matrix: its facts, and the jobs that show them."""

    def __init__(self, results: Results) -> None:
        self._facts = {(fact.id, fact.path): fact for fact in results.facts}
        self._jobs = {job.job: job for job in results.jobs}

    def facts(self, path: str, identifiers: Iterable[str]) -> list[Fact]:
        """Return the facts with these ids on a path that the run has a verdict on."""
        return [self._facts[one, path] for one in identifiers if (one, path) in self._facts]

    def jobs(self, facts: Iterable[Fact]) -> list[Job]:
        """Return the jobs that show facts."""
        named = dict.fromkeys(job for fact in facts for job in fact.jobs)
        return [self._jobs[job] for job in named if job in self._jobs]


def short_json(value: Any) -> str:
    """Write a value as JSON, cut where nobody would read on."""
    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_JSON else text[:LONGEST_JSON] + " ..."
