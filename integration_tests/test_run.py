"""What a run as a whole must be."""

from collections.abc import Mapping
from typing import Any

from comparison.command_line import Outcome
from comparison.path import Path


def test_the_run_was_not_cut_short(outcome: Outcome) -> None:
    assert outcome.record.interruption is None


def test_every_path_ran(outcome: Outcome) -> None:
    assert set(outcome.paths) == {path for path in Path if path in outcome.deployed.paths}


def test_every_job_is_accounted_for(results: Mapping[str, Any]) -> None:
    without_end = [job["job"] for job in results["jobs"] if job["ended"] is None]
    assert without_end == []


def test_every_job_was_answered_to_its_caller(results: Mapping[str, Any]) -> None:
    assert [job["job"] for job in results["jobs"] if job["caller"] is None] == []


def test_no_fact_failed(results: Mapping[str, Any]) -> None:
    failed = [fact["id"] for fact in results["facts"] if fact["verdict"] == "failed"]
    assert failed == []
