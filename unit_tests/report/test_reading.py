"""results.json is read completely, or refused in one line."""

import json
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest

from comparison.path import InvocationType
from comparison.report.model import Results, Verdict
from comparison.report.reading import UnreadableResults, read_results

Document = dict[str, Any]
MakeJob = Callable[..., Document]
MakeDocument = Callable[..., Document]


def read(document: object, folder: FilePath) -> Results:
    file = folder / "results.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_results(file)


def refusal(document: object, folder: FilePath) -> str:
    with pytest.raises(UnreadableResults) as refused:
        read(document, folder)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_everything_in_a_run_is_read(run_document: Document, tmp_path: FilePath) -> None:
    results = read(run_document, tmp_path)
    assert len(results.jobs) == len(run_document["jobs"])
    assert len(results.facts) == len(run_document["facts"])
    assert len(results.matrix) == len(run_document["matrix"])
    assert results.paths["sqs"] is InvocationType.POLL_BASED
    assert results.target.factor == 60
    assert results.claims[0].evidence[0].verdict is Verdict.HELD


def test_a_run_of_an_older_version_without_matrix_or_claims_is_read(
    make_document: MakeDocument, make_job: MakeJob, tmp_path: FilePath
) -> None:
    document = make_document([make_job("s3")])
    for key in ("matrix", "claims", "scenarios", "interruption"):
        del document[key]
    del document["target"]["factor"]
    del document["jobs"][0]["endings"]
    document["jobs"][0]["ended"] = {"where": "caller", "at": document["started"]}
    results = read(document, tmp_path)
    assert results.matrix == ()
    assert results.target.factor is None
    assert results.jobs[0].endings[0].where == "caller"


def test_attempts_are_put_in_the_order_of_their_start(
    make_document: MakeDocument, make_job: MakeJob, make_attempt: MakeJob, tmp_path: FilePath
) -> None:
    attempts = [make_attempt(2, 3), make_attempt(0, 1)]
    results = read(make_document([make_job("s3", attempts=attempts)]), tmp_path)
    first, second = results.jobs[0].attempts
    assert first.started_at < second.started_at


def test_a_newer_schema_is_refused_with_what_to_do(
    make_document: MakeDocument, tmp_path: FilePath
) -> None:
    message = refusal(make_document([]) | {"schema": 2}, tmp_path)
    assert "schema is 2, newer than 1" in message
    assert "newer version of this project" in message


@pytest.mark.parametrize("text", ["", '{"schema": 1, "jobs": [{"job": "r1', "\x00", "[" * 100_000])
def test_truncated_json_is_refused(text: str, tmp_path: FilePath) -> None:
    assert "is not complete JSON" in refusal(text, tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: FilePath) -> None:
    with pytest.raises(UnreadableResults, match="cannot be read"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"project": None}, "project is no JSON object"),
        ({"target": {"name": "local"}}, "target.version is missing"),
        ({"started": "yesterday"}, "started is no time"),
        ({"started": "2026-11-21T22:00:00"}, "started is no time in ISO 8601 with an offset"),
        ({"jobs": {}}, "jobs is no list"),
        ({"jobs": [{}]}, "jobs[0].path is missing"),
        ({"jobs": [{"path": "fax"}]}, "'fax' is not listed under paths"),
        ({"paths": [{"path": "fax", "invocation_type": "slow"}]}, "'slow' is none of synchronous"),
        ({"facts": [7]}, "facts[0] is no JSON object"),
        ({"schema": "one"}, "schema is no whole number"),
    ],
)
def test_what_is_no_result_of_a_run_is_refused_by_its_place(
    make_document: MakeDocument, tmp_path: FilePath, change: Document, named: str
) -> None:
    assert named in refusal(make_document([]) | change, tmp_path)


@pytest.mark.parametrize("seconds", ["soon", True, None, float("nan"), float("inf")])
def test_a_wait_that_is_no_number_is_refused(
    make_document: MakeDocument, make_job: MakeJob, tmp_path: FilePath, seconds: object
) -> None:
    job = make_job("s3")
    job["caller"]["seconds"] = seconds
    assert "jobs[0].caller.seconds is no number" in refusal(make_document([job]), tmp_path)


def test_something_else_in_json_is_refused(tmp_path: FilePath) -> None:
    assert "the document is no JSON object" in refusal("[]", tmp_path)
