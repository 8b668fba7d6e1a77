"""Distributions, percentiles and batch sizes, and their charts."""

import re
from collections.abc import Callable
from typing import Any

from comparison.path import InvocationType
from comparison.report.batches import Batches, batches
from comparison.report.charts import batches_chart, distribution_chart
from comparison.report.distributions import (
    Distribution,
    caller_latency,
    distributions,
    time_to_first_attempt,
)
from comparison.report.model import Job, Results

Document = dict[str, Any]
MakeJob = Callable[..., Document]
ReadJobs = Callable[..., tuple[Job, ...]]


def distribution(*values: float) -> Distribution:
    return Distribution("alb", InvocationType.SYNCHRONOUS, values)


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = distribution(*range(1, 101))
    assert [hundred.percentile(percent) for percent in (50, 90, 99)] == [50, 90, 99]
    assert [distribution(7).percentile(percent) for percent in (0, 50, 100)] == [7, 7, 7]
    assert distribution(1, 2, 3).percentile(50) == 2


def test_a_sample_keeps_the_extremes_and_few_others() -> None:
    sample = distribution(*range(10_000)).sample(80)
    assert len(sample) == 80
    assert (sample[0], sample[-1]) == (0, 9999)
    assert distribution(1, 2).sample(80) == (1, 2)


def test_callers_that_were_never_answered_have_no_latency(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    (job,) = read_jobs([make_job("s3", waited=None, attempts=[make_attempt(1, 2)])])
    assert caller_latency(job) is None
    assert time_to_first_attempt(job) is None


def test_a_clock_that_disagrees_makes_no_negative_time(
    make_job: MakeJob, make_attempt: MakeJob, read_jobs: ReadJobs
) -> None:
    (job,) = read_jobs([make_job("s3", sent=5, attempts=[make_attempt(1, 2)])])
    assert time_to_first_attempt(job) == 0


def test_each_path_that_was_measured_has_a_distribution(results: Results) -> None:
    measured = distributions(results.jobs, results.paths, caller_latency)
    assert [one.path for one in measured] == list(results.paths)
    assert len(measured[-1].values) == 20


def test_batches_are_those_of_scenarios_with_several_messages(results: Results) -> None:
    sizes = {one.scenario: one.sizes for one in batches(results.jobs, results.paths)}
    assert sizes == {"burst": (10,), "trickle": (3,), "bad-message": (4, 1, 1)}


def test_a_chart_names_every_path_and_has_neither_script_nor_style(results: Results) -> None:
    measured = distributions(results.jobs, results.paths, caller_latency)
    svg = str(distribution_chart(measured, "Caller latency"))
    for path in results.paths:
        assert f">{path}</text>" in svg
    assert 'aria-label="Caller latency"' in svg
    assert not re.search(r"<script|<style|<!--|http://(?!www\.w3\.org)", svg)


def test_a_chart_of_equal_and_of_zero_durations_is_drawn() -> None:
    assert "<svg" in distribution_chart([distribution(0.0, 0.0)], "t")
    assert "<svg" in distribution_chart([distribution(1.0)], "t")


def test_markup_in_a_path_is_text_in_a_chart() -> None:
    name = "<script>alert(1)</script>"
    svg = distribution_chart([Distribution(name, InvocationType.SYNCHRONOUS, (1,))], name)
    assert "<script>" not in svg


def test_a_bar_of_many_invocations_is_shortened_but_keeps_its_length() -> None:
    svg = batches_chart([Batches("load", "sqs", 500, (5,) * 100)], "t")
    labels = [int(label) for label in re.findall(r'class="value">(\d+)<', svg)]
    assert len(labels) == 12
    assert sum(labels) == 500
