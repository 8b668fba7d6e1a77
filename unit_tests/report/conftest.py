"""A realistic run, as `results.json` holds it, made up of parts that tests can change."""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from comparison.facts.catalogue import Behaviour, Catalogue, Cell, load_catalogue
from comparison.path import QUICK_PATHS, InvocationType, Path
from comparison.report.model import Job, Results
from comparison.report.reading import parse_results

Document = dict[str, Any]
MakeJob = Callable[..., Document]

START = datetime(2026, 11, 21, 22, 0, tzinfo=UTC).timestamp()
VERDICTS = ("held", "failed", "diverged", "not-observed")
WORST_FIRST = ("failed", "diverged", "not-observed", "held")
FAILURE_SINKS = ("on-failure destination", "function dead-letter queue")
DESCRIPTIONS = {
    "answer": "the function answers at once",
    "slow": "the function works for 5 s, then answers",
    "raise": "the function raises an exception",
    "burst": "10 messages at once into a batching window",
    "trickle": "3 messages, a second apart, into a batching window",
    "bad-message": "a batch in which one message fails and reports it",
}


def moment(seconds: float) -> str:
    """Write seconds since the start of the run as results.json does."""
    at = datetime.fromtimestamp(START + seconds, UTC)
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def attempt(start: float, end: float | None, **fields: Any) -> Document:
    """Return an attempt; times are in seconds since the start of the run."""
    return {
        "request_id": "request-1",
        "started_at": moment(start),
        "finished_at": None if end is None else moment(end),
        "batch_size": 1,
        "receive_count": None,
        "cold": False,
        "log_stream": "2026/11/21/[$LATEST]0",
        "outcome": "started" if end is None else "answered",
    } | fields


def job(
    path: str,
    scenario: str = "answer",
    number: int = 1,
    *,
    sent: float | None = 0.0,
    waited: float | None = 0.02,
    status: int | None = 200,
    attempts: list[Document] | None = None,
    ended: list[tuple[str, float]] | None = None,
) -> Document:
    """Return a job; a caller that waited None was never answered."""
    endings = [{"where": where, "at": moment(at)} for where, at in ended or []]
    caller = {
        "status": status,
        "seconds": waited,
        "body": "{}",
        "error": None,
        "function_error": None,
    }
    return {
        "job": f"r1.{scenario}.{path}.{number}",
        "path": path,
        "scenario": scenario,
        "sent_at": None if sent is None or waited is None else moment(sent),
        "caller": None if waited is None else caller,
        "attempts": attempts or [],
        "ended": endings[0] if endings else None,
        "endings": endings,
    }


def document(jobs: list[Document], **fields: Any) -> Document:
    """Return a results.json with these jobs, on the paths that they name."""
    named = {one["path"] for one in jobs}
    return {
        "schema": 1,
        "project": {"version": "0.1.0", "commit": "0123456789abcdef0123456789abcdef01234567"},
        "started": moment(0),
        "finished": moment(45),
        "target": {
            "name": "local",
            "version": "local 1.5.33",
            "pace": "fast",
            "region": "us-east-1",
            "factor": 60,
        },
        "interruption": None,
        "paths": [
            {"path": path.value, "invocation_type": path.invocation_type.value}
            for path in Path
            if path in named
        ],
        "scenarios": [
            {"scenario": name, "description": text} for name, text in DESCRIPTIONS.items()
        ],
        "jobs": jobs,
        "facts": [],
        "matrix": [],
        "claims": [],
    } | fields


def _synchronous(path: Path, delay: float) -> Iterator[Document]:
    started, name = delay / 2, path.value
    failure = 502 if path in {Path.API_GATEWAY, Path.ALB} else 200
    for scenario, work, status in (("answer", 0.01, 200), ("slow", 5.0, 200), ("raise", 0.01, 0)):
        outcome = "raised" if scenario == "raise" else "answered"
        run = attempt(
            started, started + work, request_id=f"{name}-{scenario}", outcome=outcome, cold=True
        )
        waited = delay + work
        sent = job(name, scenario, waited=waited, status=status or failure, attempts=[run])
        sent["endings"] = [{"where": "caller", "at": moment(waited)}]
        yield sent | {"ended": sent["endings"][0]}


def _asynchronous(path: Path, delay: float) -> Iterator[Document]:
    name = path.value
    status = 202 if path in {Path.SDK_EVENT, Path.CLI_EVENT} else 200
    for scenario, work in (("answer", 0.01), ("slow", 5.0)):
        run = attempt(delay, delay + work, request_id=f"{name}-{scenario}")
        end = [("on-success destination", delay + work + 0.1)]
        yield job(name, scenario, waited=delay / 3, status=status, attempts=[run], ended=end)
    runs = [
        attempt(start, start + 0.01, request_id=f"{name}-raise", outcome="raised")
        for start in (delay, delay + 1.02, delay + 3.05)
    ]
    ended = [(where, delay + 3.2) for where in FAILURE_SINKS]
    yield job(name, "raise", waited=delay / 3, status=status, attempts=runs, ended=ended)


def _polled() -> Iterator[Document]:
    for scenario, work in (("answer", 0.01), ("slow", 5.0)):
        run = attempt(0.1, 0.1 + work, request_id=f"sqs-{scenario}", receive_count=1)
        yield job("sqs", scenario, attempts=[run], ended=[("deleted from the queue", 0.2 + work)])
    runs = [
        attempt(at, at + 0.01, request_id=f"sqs-raise-{at}", outcome="raised", receive_count=count)
        for count, at in enumerate((0.1, 6.2, 12.3), 1)
    ]
    yield job("sqs", "raise", attempts=runs, ended=[("dead-letter queue", 18.5)])
    yield from _batch("burst", [0.0] * 10, 5.05)
    yield from _batch("trickle", [0.0, 1.0, 2.0], 5.05)
    yield from _bad_message()


def _batch(scenario: str, sent: list[float], start: float) -> Iterator[Document]:
    for number, at in enumerate(sent, 1):
        begun = start + number / 100
        run = attempt(
            begun, begun + 0.01, request_id=f"sqs-{scenario}", batch_size=len(sent), receive_count=1
        )
        end = [("deleted from the queue", begun + 0.02)]
        yield job("sqs", scenario, number, sent=at, attempts=[run], ended=end)


def _bad_message() -> Iterator[Document]:
    for number in range(1, 5):
        first = attempt(0.3, 0.32, request_id="sqs-bad-1", batch_size=4, receive_count=1)
        if number != 2:
            yield job(
                "sqs",
                "bad-message",
                number,
                attempts=[first],
                ended=[("deleted from the queue", 0.33)],
            )
            continue
        again = [
            attempt(at, at + 0.01, request_id=f"sqs-bad-{at}", outcome="failed", receive_count=2)
            for at in (6.4, 12.5)
        ]
        tries = [first | {"outcome": "failed"}, *again]
        yield job("sqs", "bad-message", number, attempts=tries, ended=[("dead-letter queue", 18.7)])


def every_job() -> list[Document]:
    """Return the jobs of all scenarios on ten paths."""
    by_path: dict[Path, list[Document]] = {}
    for position, path in enumerate(QUICK_PATHS):
        delay = 0.02 + position * 0.03
        match path.invocation_type:
            case InvocationType.SYNCHRONOUS:
                by_path[path] = list(_synchronous(path, delay))
            case InvocationType.ASYNCHRONOUS:
                by_path[path] = list(_asynchronous(path, delay))
            case InvocationType.POLL_BASED:
                by_path[path] = list(_polled())
    return [
        one
        for scenario in DESCRIPTIONS
        for jobs in by_path.values()
        for one in jobs
        if one["scenario"] == scenario
    ]


def every_fact(catalogue: Catalogue) -> list[Document]:
    """Return a verdict on every fact of the catalogue, mostly that it held."""
    chance = random.Random(5)  # noqa: S311 - the same run every time
    return [
        {
            "id": fact.id,
            "path": path.value,
            "statement": fact.statement,
            "source": fact.source,
            "evidence": fact.evidence.value,
            "expected": expected,
            "observed": expected,
            "verdict": (verdict := chance.choices(VERDICTS, (90, 1, 4, 5))[0]),
            "explanation": "" if verdict == "held" else "status: expected 200, observed 500",
            "jobs": [f"r1.{chance.choice(['answer', 'slow', 'raise'])}.{path.value}.1"],
        }
        for fact in catalogue.facts
        for path, expected in fact.expected.items()
        if path in QUICK_PATHS
    ]


def every_behaviour(catalogue: Catalogue, facts: list[Document]) -> list[Document]:
    """Return the matrix of the catalogue, with the verdicts of these facts."""
    return [_behaviour(behaviour, facts) for behaviour in catalogue.behaviours]


def _behaviour(behaviour: Behaviour, facts: list[Document]) -> Document:
    cells = [
        _cell(path.value, cell, facts)
        for path, cell in behaviour.cells.items()
        if path in QUICK_PATHS
    ]
    return {"id": behaviour.id, "question": behaviour.question, "cells": cells}


def _cell(path: str, cell: Cell, facts: list[Document]) -> Document:
    of_cell = [fact for fact in facts if fact["path"] == path and fact["id"] in cell.facts]
    verdicts = [fact["verdict"] for fact in of_cell]
    worst = min(verdicts, key=WORST_FIRST.index, default="not-observed")
    return {
        "path": path,
        "documented": cell.documented,
        "observed": "status 200; 3 attempts" if verdicts else None,
        "verdict": "not-applicable" if cell.not_applicable else worst,
        "reason": cell.not_applicable or cell.not_observed,
        "facts": list(cell.facts),
        "sources": list(dict.fromkeys(fact["source"] for fact in of_cell)),
    }


def many_jobs(count: int) -> list[Document]:
    """Return so many jobs, evenly on ten paths, with three attempts on those that try again."""
    chance = random.Random(7)  # noqa: S311 - the same run every time
    jobs = []
    for number in range(count):
        path = QUICK_PATHS[number % len(QUICK_PATHS)]
        sent = number / 100
        tries = 3 if path.invocation_type is InvocationType.ASYNCHRONOUS else 1
        batch = number // 100
        runs = [
            attempt(
                sent + chance.lognormvariate(-3, 0.5) + wait,
                sent + 0.6 + wait,
                request_id=f"sqs-{batch}" if path is Path.SQS else f"request-{number}",
                batch_size=10 if path is Path.SQS else 1,
                outcome="answered" if wait == tries - 1 else "raised",
            )
            for wait in range(tries)
        ]
        jobs.append(
            job(
                path.value,
                "load",
                number,
                sent=sent,
                waited=chance.lognormvariate(-3, 0.7),
                attempts=runs,
                ended=[("on-success destination", sent + tries)],
            )
        )
    return jobs


CLAIMS = [
    {
        "id": "event-invocation",
        "text": "An Event invocation returns 202 and no payload.",
        "verdict": "confirmed",
        "how": "Invoke with type Event and look at everything the caller gets.",
        "facts": ["AS-01"],
        "observed": [
            {"fact": "AS-01", "path": "sdk-event", "verdict": "held", "observed": "Invalid" * 9},
            {"fact": "AS-01", "path": "cli-event", "verdict": "not-observed", "observed": None},
        ],
    }
]


def whole_run() -> Document:
    """Return a whole run: ten paths, six scenarios, the real catalogue's facts and matrix."""
    catalogue = load_catalogue()
    facts = every_fact(catalogue)
    return document(
        every_job(), facts=facts, matrix=every_behaviour(catalogue, facts), claims=CLAIMS
    )


@pytest.fixture(scope="session")
def run_document() -> Document:
    """A whole run; not to be changed."""
    return whole_run()


@pytest.fixture(scope="session")
def results(run_document: Document) -> Results:
    """The whole run, as the report reads it."""
    return parse_results(run_document)


@pytest.fixture(scope="session")
def make_attempt() -> MakeJob:
    """Make an attempt, as results.json holds it."""
    return attempt


@pytest.fixture(scope="session")
def make_job() -> MakeJob:
    """Make a job, as results.json holds it."""
    return job


@pytest.fixture(scope="session")
def make_document() -> Callable[..., Document]:
    """Make a results.json of some jobs."""
    return document


@pytest.fixture(scope="session")
def read_jobs() -> Callable[[Iterable[Document]], tuple[Job, ...]]:
    """Read jobs as the report does."""
    return lambda jobs: parse_results(document(list(jobs))).jobs


@pytest.fixture(scope="session")
def large_document(run_document: Document) -> Document:
    """A whole run and 10,000 jobs more."""
    return run_document | {"jobs": run_document["jobs"] + many_jobs(10_000)}
