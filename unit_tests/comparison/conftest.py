"""Jobs and targets for the tests of the harness."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from comparison.observation import Attempt, CallerSaw, Ending, JobObservation, Place, Sending
from comparison.path import Path
from comparison.targets import Target, load_target

MakeJob = Callable[..., JobObservation]

SENT_AT = 1_000.0


def attempt(started_at: float, finished_at: float | None = None, **fields: Any) -> Attempt:
    values: dict[str, Any] = {
        "request_id": "request-1",
        "path": "direct",
        "outcome": "started" if finished_at is None else "answered",
        "batch_size": 1,
        "receive_count": None,
        "message_id": None,
        "cold": False,
        "environment_id": "environment-1",
        "log_stream": "stream-1",
        "trace_header": None,
        "client_context": None,
        "event": None,
    }
    return Attempt(started_at=started_at, finished_at=finished_at, **(values | fields))


@pytest.fixture
def make_job() -> MakeJob:
    def make(
        path: Path,
        *,
        scenario: str = "answer",
        number: int = 1,
        caller: CallerSaw | None = CallerSaw(SENT_AT, 0.1, 200),  # noqa: B008 - frozen
        attempts: Sequence[tuple[float, float | None]] = (),
        ended: Sequence[Place] = (),
    ) -> JobObservation:
        return JobObservation(
            Sending(scenario, path, f"r1.{scenario}.{path}.{number}", "answer"),
            caller,
            tuple(attempt(SENT_AT + start, end and SENT_AT + end) for start, end in attempts),
            tuple(Ending(place, SENT_AT + 9) for place in ended),
        )

    return make


@pytest.fixture
def local() -> Target:
    return load_target("local")
