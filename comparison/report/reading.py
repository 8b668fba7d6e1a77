"""Read `results.json` and refuse what is no result of a run."""

import json
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Final, TypeVar

from comparison.path import InvocationType
from comparison.report.json_table import JsonTable, WrongValue
from comparison.report.model import (
    Attempt,
    Behaviour,
    Caller,
    Cell,
    CellVerdict,
    Claim,
    Ending,
    Evidence,
    Fact,
    Job,
    Results,
    Target,
    Verdict,
)

SCHEMA: Final = 1
"""The newest schema of `results.json` that can be read."""

_Choice = TypeVar("_Choice", bound=StrEnum)


class UnreadableResults(Exception):
    """A file is no results.json that can be drawn; the message is one line."""


def read_results(file: FilePath) -> Results:
    """Read a `results.json`.

    Raises UnreadableResults when the file cannot be read, is truncated or otherwise no JSON, has a
    newer schema, or lacks something that every run has.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableResults(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableResults(f"{file}: is not complete JSON: {error}") from None
    try:
        return parse_results(document)
    except WrongValue as wrong:
        raise UnreadableResults(f"{file}: is no results.json of a run: {wrong}") from None


def parse_results(document: object) -> Results:
    """Return what parsed JSON says of a run. Raises WrongValue."""
    table = JsonTable(document, "")
    schema = table.whole("schema")
    if schema > SCHEMA:
        raise WrongValue(
            f"its schema is {schema}, newer than {SCHEMA}; draw it with a newer version of this "
            "project"
        )
    project, target = table.table("project"), table.table("target")
    paths = {
        path.text("path"): _choice(path, "invocation_type", InvocationType)
        for path in table.tables("paths")
    }
    return Results(
        version=project.text("version"),
        commit=project.optional_text("commit"),
        started=table.time("started"),
        finished=table.time("finished"),
        target=Target(
            name=target.text("name"),
            version=target.text("version"),
            pace=target.text("pace"),
            region=target.text("region"),
            factor=target.optional_whole("factor"),
        ),
        interruption=table.optional_text("interruption"),
        paths=paths,
        descriptions={
            scenario.text("scenario"): scenario.text("description")
            for scenario in table.tables("scenarios")
        },
        jobs=tuple(_job(job, paths) for job in table.tables("jobs")),
        facts=tuple(_fact(fact) for fact in table.tables("facts")),
        matrix=tuple(_behaviour(behaviour) for behaviour in table.tables("matrix")),
        claims=tuple(_claim(claim) for claim in table.tables("claims")),
    )


def _choice(table: JsonTable, key: str, choices: type[_Choice]) -> _Choice:
    text = table.text(key)
    try:
        return choices(text)
    except ValueError:
        raise WrongValue(f"{table.where(key)}: {text!r} is none of {', '.join(choices)}") from None


def _job(job: JsonTable, paths: Collection[str]) -> Job:
    if job.text("path") not in paths:
        raise WrongValue(f"{job.where('path')}: {job.text('path')!r} is not listed under paths")
    ended = job.optional_table("ended")
    endings = [_ending(ending) for ending in job.tables("endings")]
    if ended is not None and not endings:
        endings = [_ending(ended)]
    caller = job.optional_table("caller")
    attempts = [_attempt(attempt) for attempt in job.tables("attempts")]
    return Job(
        job=job.text("job"),
        path=job.text("path"),
        scenario=job.text("scenario"),
        sent_at=job.optional_time("sent_at"),
        caller=None if caller is None else _caller(caller),
        attempts=tuple(sorted(attempts, key=lambda attempt: attempt.started_at)),
        endings=tuple(sorted(endings, key=lambda ending: ending.at)),
    )


def _caller(caller: JsonTable) -> Caller:
    return Caller(
        status=caller.optional_whole("status"),
        seconds=caller.number("seconds"),
        body=caller.optional_text("body") or "",
        error=caller.optional_text("error"),
        function_error=caller.optional_text("function_error"),
    )


def _attempt(attempt: JsonTable) -> Attempt:
    return Attempt(
        request_id=attempt.text("request_id"),
        started_at=attempt.time("started_at"),
        finished_at=attempt.optional_time("finished_at"),
        batch_size=attempt.whole("batch_size"),
        receive_count=attempt.optional_whole("receive_count"),
        cold=attempt.flag("cold"),
        log_stream=attempt.optional_text("log_stream") or "",
        outcome=attempt.text("outcome"),
    )


def _ending(ending: JsonTable) -> Ending:
    return Ending(ending.text("where"), ending.time("at"))


def _fact(fact: JsonTable) -> Fact:
    return Fact(
        id=fact.text("id"),
        path=fact.text("path"),
        statement=fact.text("statement"),
        source=fact.text("source"),
        evidence=fact.text("evidence"),
        expected=fact.any("expected"),
        observed=fact.any("observed"),
        verdict=_choice(fact, "verdict", Verdict),
        explanation=fact.optional_text("explanation") or "",
        jobs=fact.texts("jobs"),
    )


def _behaviour(behaviour: JsonTable) -> Behaviour:
    cells = [_cell(cell) for cell in behaviour.tables("cells")]
    return Behaviour(
        id=behaviour.text("id"),
        question=behaviour.text("question"),
        cells={cell.path: cell for cell in cells},
    )


def _cell(cell: JsonTable) -> Cell:
    return Cell(
        path=cell.text("path"),
        documented=cell.optional_text("documented"),
        observed=cell.optional_text("observed"),
        verdict=_choice(cell, "verdict", CellVerdict),
        reason=cell.optional_text("reason") or "",
        facts=cell.texts("facts"),
        sources=cell.texts("sources"),
    )


def _claim(claim: JsonTable) -> Claim:
    return Claim(
        id=claim.text("id"),
        text=claim.text("text"),
        verdict=claim.text("verdict"),
        how=claim.optional_text("how") or "",
        evidence=tuple(_evidence(observed) for observed in claim.tables("observed")),
    )


def _evidence(observed: JsonTable) -> Evidence:
    return Evidence(
        fact=observed.text("fact"),
        path=observed.text("path"),
        verdict=_choice(observed, "verdict", Verdict),
        observed=observed.optional_text("observed"),
    )
