"""Lanes as SVG: three shapes, all of it text-safe and well-formed."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from comparison.path import InvocationType
from comparison.report.axis import axis_for
from comparison.report.drawing import axis_svg, definitions, lane_svg
from comparison.report.lane import Lane, Outcome, Run
from comparison.report.layout import pictures
from comparison.report.model import Job, Results
from comparison.report.svg import element

Document = dict[str, Any]
MakeJob = Callable[..., Document]
ReadJobs = Callable[..., tuple[Job, ...]]
DrawnLane = Callable[[str, str], str]


@pytest.fixture
def drawn(results: Results) -> DrawnLane:
    def lane(scenario: str, path: str) -> str:
        for picture in pictures(results.jobs, results.paths, {}):
            for one in picture.lanes:
                if (picture.scenario, one.path) == (scenario, path):
                    return str(lane_svg(one, axis_for(picture.length)))
        raise KeyError(path)

    return lane


def classes(svg: str) -> set[str]:
    return set(" ".join(re.findall(r'class="([^"]+)"', svg)).split())


def test_the_invocation_types_are_three_shapes(drawn: DrawnLane) -> None:
    block, string, staircase = (classes(drawn("raise", path)) for path in ("sdk-sync", "s3", "sqs"))
    assert "held" in block
    assert not {"event", "messages"} & block
    assert "event" in string
    assert not {"held", "messages"} & string
    assert {"messages", "gate"} <= staircase
    assert not {"held", "event"} & staircase


def test_every_attempt_is_drawn_and_a_failed_one_is_told_by_pattern_and_sign(
    drawn: DrawnLane,
) -> None:
    svg = drawn("raise", "s3")
    assert svg.count('class="run failed"') == 3
    assert svg.count("✕") == 3


def test_a_batch_says_how_many_records_it_had(drawn: DrawnLane) -> None:
    assert "batch of 10" in drawn("burst", "sqs")


@pytest.mark.parametrize(
    ("batches", "label"),
    [((1,), ""), ((3,), "batch of 3"), ((9, 1), "batches of 9, 1"), ((1,) * 5, "5 invocations")],
)
def test_a_stretch_of_running_is_named_by_its_batches(batches: tuple[int, ...], label: str) -> None:
    run = Run(1, 2, batches, Outcome.DONE)
    lane = Lane("sqs", InvocationType.POLL_BASED, (), None, runs=(run,))
    assert "".join(re.findall("<text[^>]*>([^<]*)", str(lane_svg(lane, axis_for(9))))) == label


def test_a_lane_tells_itself_in_words(drawn: DrawnLane) -> None:
    label = re.search(r'aria-label="([^"]+)"', drawn("raise", "s3"))
    assert label
    assert label.group(1).startswith("s3: Caller gone after 67 ms, got 200. 3 attempts, ")


def test_everything_is_within_the_lane(drawn: DrawnLane) -> None:
    for path in ("sdk-sync", "s3", "sqs"):
        places = re.findall(r' (?:x|x1|x2)="(-?[\d.]+)%"', drawn("raise", path))
        assert places
        assert all(0 <= float(place) <= 100 for place in places)


def test_the_patterns_of_every_type_are_defined() -> None:
    svg = str(definitions())
    for kind in ("synchronous", "asynchronous", "poll-based"):
        assert f'id="failed-{kind}"' in svg


def test_the_axis_has_its_labels() -> None:
    labels = re.findall(r">([^<]+)</text>", str(axis_svg(axis_for(5))))
    assert labels == ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s"]


def test_markup_in_results_is_text_in_the_lane(make_job: MakeJob, read_jobs: ReadJobs) -> None:
    job = make_job("alb", ended=[("<script>alert(1)</script>", 3)])
    job["caller"]["error"] = '"><script>alert(2)</script>'
    (read,) = read_jobs([job])
    (picture,) = pictures([read], {"alb": InvocationType.SYNCHRONOUS}, {})
    svg = str(lane_svg(picture.lanes[0], axis_for(3)))
    assert "<script>" not in svg
    ElementTree.fromstring(svg)  # noqa: S314 - our own


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    svg = str(element("text", "a\x00b\ud800c", title="\x1b"))
    assert ElementTree.fromstring(svg).text == "a\ufffdb\ufffdc"  # noqa: S314 - our own


def test_an_empty_lane_is_drawn(make_job: MakeJob, read_jobs: ReadJobs) -> None:
    lane = Lane("alb", InvocationType.SYNCHRONOUS, read_jobs([make_job("alb", waited=None)]), None)
    assert "No attempt was seen" in str(lane_svg(lane, axis_for(0)))
