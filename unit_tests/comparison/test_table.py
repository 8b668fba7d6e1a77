"""What a person sees in the terminal."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from comparison.observation import JobObservation, Place
from comparison.path import Path
from comparison.table import print_comparison, provenance
from comparison.targets import Target, load_target
from comparison.timeline import timeline

MakeJob = Callable[..., JobObservation]


@pytest.fixture
def console() -> Console:
    return Console(width=120, record=True, force_terminal=False)


def test_there_is_a_row_for_each_path_of_the_run(
    make_job: MakeJob, local: Target, console: Console
) -> None:
    jobs = [
        make_job(Path.SDK_SYNC, scenario="raise", attempts=[(0, 0.1)], ended=[Place.CALLER]),
        make_job(
            Path.S3, scenario="raise", attempts=[(0, 0.1), (1, 1.1), (3, 3.1)],
            ended=[Place.ON_FAILURE],
        ),
    ]  # fmt: skip
    print_comparison(console, local, jobs)
    text = console.export_text()
    assert "sdk-sync" in text
    assert "0, 1, 3 s" in text
    assert "on-failure destination" in text
    assert "eventbridge" not in text


def test_no_line_is_wider_than_the_terminal(
    make_job: MakeJob, local: Target, console: Console
) -> None:
    print_comparison(console, local, [make_job(path, scenario="slow") for path in Path])
    assert max(len(line) for line in console.export_text().splitlines()) <= 120


def test_an_emulator_never_looks_like_aws(local: Target) -> None:
    emulated = provenance(replace(local, version="MiniStack 1.5.33"))
    assert "on an emulator, not on AWS" in emulated
    assert provenance(load_target("aws")) == "measured on AWS, us-east-1"


def test_a_timeline_tells_what_happened_in_order(make_job: MakeJob) -> None:
    job = make_job(Path.S3, attempts=[(0.5, 0.6), (1.5, None)], ended=[Place.ON_FAILURE])
    lines = timeline(job).splitlines()
    assert [line.strip() for line in lines[1:]] == [
        "0.000 s  sent",
        "0.100 s  caller got 200 ''",
        "0.500 s  attempt 1 started (request request-1)",
        "0.600 s  attempt 1: answered",
        "1.500 s  attempt 2 started (request request-1)",
        "9.000 s  ended: on-failure destination",
    ]
