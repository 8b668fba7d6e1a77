"""`results.json`: the interface between a run and everything that is made of it."""

import json
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

from comparison.claims import ClaimResult, claims_document
from comparison.facts.catalogue import Evidence
from comparison.matrix import Row, matrix_document
from comparison.observation import Attempt, CallerSaw, JobObservation
from comparison.path import Path
from comparison.phases import SCENARIOS
from comparison.run import RunRecord
from comparison.targets import Target, describe
from comparison.verdicts import FactResult

SCHEMA = 1
PROJECT_FOLDER = FilePath(__file__).parents[1]
LONGEST_BODY = 2000
"""Characters of a caller's body that are kept."""


def results_document(
    target: Target,
    paths: Iterable[Path],
    record: RunRecord,
    facts: Sequence[FactResult],
    *,
    claims: Iterable[ClaimResult] = (),
    rows: Iterable[Row] = (),
) -> dict[str, Any]:
    """Return what `results.json` holds, as plain data."""
    return {
        "schema": SCHEMA,
        "project": {"version": project_version(), "commit": commit()},
        "started": moment(record.started),
        "finished": moment(record.finished),
        "target": describe(target),
        "interruption": record.interruption,
        "paths": [
            {"path": path.value, "invocation_type": path.invocation_type.value} for path in paths
        ],
        "scenarios": _scenarios(record.jobs),
        "jobs": [_job(job) for job in record.jobs],
        "facts": [_fact(result) for result in facts],
        "claims": claims_document(claims),
        "matrix": matrix_document(rows),
    }


def write_results(document: Mapping[str, Any], folder: FilePath) -> FilePath:
    """Write `results.json` into a folder, which is made if it is missing; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.json"
    file.write_text(json.dumps(document, indent=1, default=str) + "\n", encoding="utf-8")
    return file


def moment(seconds: float | None) -> str | None:
    """Convert seconds since 1970 into ISO 8601 in UTC with milliseconds."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def project_version() -> str:
    """Return this project's version, as pyproject.toml says."""
    document = tomllib.loads((PROJECT_FOLDER / "pyproject.toml").read_text())
    return str(document["project"]["version"])


def commit() -> str | None:
    """Return the commit that is checked out, None outside a git checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(PROJECT_FOLDER), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() or None


def _scenarios(jobs: Iterable[JobObservation]) -> list[dict[str, str]]:
    """Return what the scenarios of a run do."""
    used = {job.sending.scenario for job in jobs}
    return [
        {"scenario": scenario.name, "description": scenario.description}
        for scenario in SCENARIOS
        if scenario.name in used
    ]


def _job(job: JobObservation) -> dict[str, Any]:
    ended = job.ended
    return {
        "job": job.sending.job,
        "path": job.sending.path.value,
        "scenario": job.sending.scenario,
        "sent_at": moment(job.caller.sent_at) if job.caller else None,
        "caller": _caller(job.caller),
        "attempts": [_attempt(attempt) for attempt in job.attempts],
        "ended": {"where": ended.where.value, "at": moment(ended.at)} if ended else None,
        "endings": [
            {"where": ending.where.value, "at": moment(ending.at)} for ending in job.endings
        ],
    }


def _caller(caller: CallerSaw | None) -> dict[str, Any] | None:
    if caller is None:
        return None
    return {
        "status": caller.status,
        "seconds": round(caller.seconds, 4),
        "body": caller.body[:LONGEST_BODY],
        "error": caller.error,
        "function_error": caller.details.get("FunctionError"),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "request_id": attempt.request_id,
        "started_at": moment(attempt.started_at),
        "finished_at": moment(attempt.finished_at),
        "batch_size": attempt.batch_size,
        "receive_count": attempt.receive_count,
        "cold": attempt.cold,
        "log_stream": attempt.log_stream,
        "outcome": attempt.outcome,
    }


def _fact(result: FactResult) -> dict[str, Any]:
    fact = result.fact
    return {
        "id": fact.id,
        "path": result.path.value,
        "statement": fact.statement,
        "source": fact.source,
        "evidence": fact.evidence.value,
        "confirmed": fact.evidence is not Evidence.UNCONFIRMED,
        "expected": result.expected,
        "observed": result.observed,
        "verdict": result.verdict.value,
        "explanation": result.explanation,
        "jobs": list(result.jobs),
    }
