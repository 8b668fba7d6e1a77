"""Whatever the times of a run are, its lanes can be drawn."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from comparison.path import InvocationType
from comparison.report.axis import axis_for
from comparison.report.drawing import lane_svg
from comparison.report.lane import Lane, Span
from comparison.report.layout import lay_out
from comparison.report.model import Attempt, Caller, Ending, Job

MOMENTS = st.floats(min_value=1e9, max_value=1e9 + 300)
SECONDS = st.floats(min_value=-5, max_value=300)


def attempt(start: float, end: float | None, identity: str, records: int, outcome: str) -> Attempt:
    return Attempt(identity, start, end, records, None, False, "", outcome)


ATTEMPTS = st.builds(
    attempt,
    MOMENTS,
    st.none() | MOMENTS,
    st.sampled_from("abc"),
    st.integers(1, 10),
    st.sampled_from(["answered", "raised", "started"]),
)
CALLERS = st.builds(Caller, st.none() | st.just(200), SECONDS, st.just(""), st.none(), st.none())
JOBS = st.builds(
    Job,
    st.just("job"),
    st.just("path"),
    st.just("scenario"),
    st.none() | MOMENTS,
    st.none() | CALLERS,
    st.lists(ATTEMPTS, max_size=4).map(
        lambda attempts: tuple(sorted(attempts, key=lambda one: one.started_at))
    ),
    st.lists(st.builds(Ending, st.sampled_from(["here", "there"]), MOMENTS), max_size=3).map(
        lambda endings: tuple(sorted(endings, key=lambda one: one.at))
    ),
)
LANES = st.builds(
    lay_out,
    st.just("path"),
    st.sampled_from(InvocationType),
    st.lists(JOBS, min_size=1, max_size=5),
)


@given(LANES)
def test_nothing_ends_before_it_begins_or_lies_outside_its_lane(lane: Lane) -> None:
    spans: list[Span] = [*lane.calls, *lane.queue, *lane.runs]
    for span in spans:
        assert 0 <= span.start <= span.end <= lane.length
    assert all(step.messages > 0 for step in lane.queue)
    assert all(0 <= end.at <= lane.length for end in lane.ends)


@given(LANES)
def test_every_invocation_is_in_the_lane(lane: Lane) -> None:
    drawn = [lane.shown] if lane.shown else lane.jobs
    attempts = sum(len(job.attempts) for job in drawn)
    made = sum(len(run.batches) for run in lane.runs)
    assert (made > 0) == (attempts > 0)
    assert made <= attempts


@given(LANES)
def test_no_lane_has_a_negative_width(lane: Lane) -> None:
    root = ElementTree.fromstring(lane_svg(lane, axis_for(lane.length)))  # noqa: S314 - our own
    widths = [one.get("width", "0").rstrip("%") for one in root.iter("rect")]
    assert all(float(width) >= 0 for width in widths)
