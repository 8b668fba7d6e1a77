"""The headline picture as a file of its own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from comparison.report.model import Results
from comparison.report.picture import NothingToDraw, render_picture
from comparison.report.reading import parse_results

Document = dict[str, Any]


def test_the_picture_is_well_formed_and_says_what_was_measured_on(results: Results) -> None:
    picture = render_picture(results)
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = " ".join(root.itertext())
    assert "Measured on an emulator, not on AWS: local 1.5.33, pace fast" in text
    assert "shortened 60 times" in text


def test_every_path_has_a_lane_in_it(results: Results) -> None:
    picture = render_picture(results)
    for path in results.paths:
        assert f'aria-label="{path}: ' in picture


def test_the_picture_follows_light_and_dark_and_loads_nothing(results: Results) -> None:
    picture = render_picture(results)
    assert "prefers-color-scheme: dark" in picture
    assert "<script" not in picture
    assert "href" not in picture


def test_everything_fits_into_the_picture(results: Results) -> None:
    root = ElementTree.fromstring(render_picture(results))  # noqa: S314 - our own
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for lane in root.findall("{http://www.w3.org/2000/svg}svg"):
        assert float(lane.attrib["x"]) + float(lane.attrib["width"]) <= width
        assert float(lane.attrib["y"]) + float(lane.attrib["height"]) <= height


@pytest.mark.parametrize("scenarios", [{"slow"}, {"raise", "burst"}, {"trickle"}])
def test_a_run_with_some_of_the_scenarios_is_drawn(results: Results, scenarios: set[str]) -> None:
    jobs = tuple(job for job in results.jobs if job.scenario in scenarios)
    ElementTree.fromstring(render_picture(replace(results, jobs=jobs)))  # noqa: S314 - our own


def test_a_run_without_them_is_refused_in_one_line(make_document: Callable[..., Document]) -> None:
    with pytest.raises(NothingToDraw, match="none of the scenarios of the picture: slow, raise"):
        render_picture(parse_results(make_document([])))
