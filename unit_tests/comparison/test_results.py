"""results.json: what is in it, and how times are written."""

import json
from collections.abc import Callable
from pathlib import Path as FilePath

from comparison.observation import JobObservation, Place
from comparison.path import Path
from comparison.results import moment, results_document, write_results
from comparison.run import RunRecord
from comparison.targets import Target

MakeJob = Callable[..., JobObservation]


def test_times_are_iso_8601_in_utc_with_milliseconds() -> None:
    assert moment(1_000.0004) == "1970-01-01T00:16:40.000Z"
    assert moment(None) is None


def test_every_job_has_its_caller_its_attempts_and_where_it_ended(
    make_job: MakeJob, local: Target, tmp_path: FilePath
) -> None:
    job = make_job(Path.S3, attempts=[(1, 2)], ended=[Place.ON_SUCCESS])
    document = results_document(local, [Path.S3], RunRecord("r1", 1_000, 1_020, (job,)), [])
    read = json.loads(write_results(document, tmp_path / "new").read_text())
    assert read["schema"] == 1
    assert read["target"] == {
        "name": "local",
        "version": "",
        "pace": "fast",
        "factor": local.factor,
        "region": "us-east-1",
    }
    assert read["paths"] == [{"path": "s3", "invocation_type": "asynchronous"}]
    assert read["scenarios"] == [
        {"scenario": "answer", "description": "the function answers at once"}
    ]
    (written,) = read["jobs"]
    assert written["caller"]["status"] == 200
    assert written["attempts"][0]["started_at"] == "1970-01-01T00:16:41.000Z"
    assert written["ended"] == {"where": "on-success destination", "at": moment(1_009)}


def test_a_job_that_nobody_answered_is_written_all_the_same(
    make_job: MakeJob, local: Target
) -> None:
    job = make_job(Path.SQS, caller=None)
    document = results_document(local, [Path.SQS], RunRecord("r1", 1_000, 1_020, (job,)), [])
    assert document["jobs"][0]["caller"] is None
    assert document["jobs"][0]["ended"] is None
