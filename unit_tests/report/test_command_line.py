"""The commands `report` and `compare`: files where they belong, one line for bad input."""

import json
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

import pytest

from comparison.command_line import main as comparison
from comparison.report.command_line import DONE, REFUSED, main

Document = dict[str, Any]


@pytest.fixture
def results_file(run_document: Document, tmp_path: FilePath) -> FilePath:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(run_document))
    return file


def told(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    assert main(arguments) == REFUSED
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


def test_a_report_stands_beside_its_results(results_file: FilePath) -> None:
    assert main(["report", str(results_file)]) == DONE
    names = {file.name for file in results_file.parent.iterdir()}
    assert names == {"results.json", "index.html", "summary.md", "junit.xml"}


def test_a_report_can_be_put_elsewhere_with_the_picture(
    results_file: FilePath, tmp_path: FilePath, capsys: pytest.CaptureFixture[str]
) -> None:
    out, picture = tmp_path / "a" / "b", tmp_path / "docs" / "picture.svg"
    arguments = ["report", str(results_file), "--out", str(out), "--picture", str(picture)]
    assert main(arguments) == DONE
    assert (out / "index.html").exists()
    assert picture.read_text().startswith("<svg")
    assert str(out / "index.html") in capsys.readouterr().out


def test_two_runs_can_be_compared(
    results_file: FilePath, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(results_file), str(results_file)]) == DONE
    assert "Every fact has the same verdict in both runs." in capsys.readouterr().out


def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the following arguments are required: results" in told(capsys, ["report"])
    assert "the following arguments are required: b" in told(capsys, ["compare", "a.json"])
    assert "unrecognized arguments: --x" in told(capsys, ["report", "a.json", "--x"])


@pytest.mark.parametrize("text", ["", "{", '{"schema": 99}', "[]", "nonsense"])
def test_results_that_cannot_be_drawn_are_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: FilePath, text: str
) -> None:
    file = tmp_path / "results.json"
    file.write_text(text)
    assert str(file) in told(capsys, ["report", str(file)])


def test_a_picture_of_a_run_without_its_scenarios_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: FilePath, run_document: Document
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(run_document | {"jobs": []}))
    line = told(capsys, ["report", str(file), "--picture", str(tmp_path / "picture.svg")])
    assert "none of the scenarios" in line


def test_a_folder_that_cannot_be_made_is_one_line(
    capsys: pytest.CaptureFixture[str], results_file: FilePath
) -> None:
    line = told(capsys, ["report", str(results_file), "--out", str(results_file / "no")])
    assert "comparison: " in line


def test_what_no_encoding_has_does_not_stop_a_report(
    tmp_path: FilePath, run_document: Document
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(run_document | {"interruption": "\ud800"}))
    assert main(["report", str(file)]) == DONE


def test_the_comparison_hands_its_commands_over(
    capsys: pytest.CaptureFixture[str], results_file: FilePath
) -> None:
    assert comparison(["report", str(results_file)]) == DONE
    assert comparison(["compare", str(results_file), "missing.json"]) == REFUSED
    assert "missing.json: cannot be read" in capsys.readouterr().err
