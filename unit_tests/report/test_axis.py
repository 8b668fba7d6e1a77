"""The time axis: round numbers, few enough to read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison.report.axis import TICKS, axis_for


@pytest.mark.parametrize(
    ("length", "labels"),
    [
        (0.37, ["0 ms", "50 ms", "100 ms", "150 ms", "200 ms", "250 ms", "300 ms", "350 ms"]),
        (5.0, ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s"]),
        (18.0, ["0 s", "5 s", "10 s", "15 s"]),
        (190.0, ["0 s", "50 s", "100 s", "150 s"]),
        (3000.0, ["0 s", "420 s", "840 s", "1260 s", "1680 s", "2100 s", "2520 s", "2940 s"]),
    ],
)
def test_ticks_are_round(length: float, labels: list[str]) -> None:
    axis = axis_for(length)
    assert [axis.label(tick) for tick in axis.ticks] == labels


@given(st.floats(min_value=0, max_value=1e6))
def test_any_length_has_a_few_evenly_spaced_ticks_within_the_axis(length: float) -> None:
    axis = axis_for(length)
    assert 1 <= len(axis.ticks) <= TICKS + 1
    assert axis.ticks[0] == 0
    assert axis.ticks[-1] <= axis.length
    gaps = [later - earlier for earlier, later in pairwise(axis.ticks)]
    assert all(gap == pytest.approx(axis.step) for gap in gaps)


@given(st.floats(allow_nan=False, min_value=-1e9, max_value=1e9))
def test_nothing_is_placed_outside_the_axis(seconds: float) -> None:
    assert 0 <= axis_for(10).at(seconds) <= 100
