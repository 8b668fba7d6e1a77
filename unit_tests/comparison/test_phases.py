"""Which scenarios run together, under which changes, and what is read when they are over."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from comparison import sequence
from comparison.clients import Clients
from comparison.deployed import Deployed
from comparison.examinations.logs import log_lines
from comparison.observation import JobObservation, Sending
from comparison.path import EVERY_PATH, QUICK_PATHS, Path
from comparison.phases import PHASES, SCENARIOS, Phase, chosen_phases
from comparison.run import RunRecord
from comparison.senders.call import body_of
from comparison.stack_outputs import StackOutputs
from comparison.targets import Target
from lambdas.probe.job import parse
from stacks.naming import Output, Stack

MakeJob = Callable[..., JobObservation]


@pytest.fixture
def deployed(local: Target) -> Deployed:
    return Deployed(
        target=replace(local, settling=0.01),
        clients=cast("Clients", SimpleNamespace()),
        outputs=StackOutputs(
            "test", {output.value: "value" for output in Output}, frozenset(Stack)
        ),
        function_timeout=6,
        queues={},
    )


def test_every_scenario_has_a_name_of_its_own() -> None:
    counts = Counter(scenario.name for scenario in SCENARIOS)
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_job_is_one_that_the_function_understands() -> None:
    sendings = [sending for one in SCENARIOS for sending in one.on(EVERY_PATH, "r1")]
    for sending in sendings:
        if sending.payload is None:
            assert parse(body_of(sending)).job == sending.job
    assert len({sending.job for sending in sendings}) == len(sendings)


def test_a_padded_job_is_as_long_as_it_is_to_be() -> None:
    sending = Sending("padded", Path.SNS, "r1.padded.sns.1", "answer", padded_to=1000)
    assert len(body_of(sending).encode()) == 1000


def test_no_concurrency_is_seen_on_every_quick_path() -> None:
    (scenario,) = next(phase for phase in PHASES if phase.name == "no concurrency").scenarios
    assert [sending.path for sending in scenario.on(EVERY_PATH, "r1")] == list(QUICK_PATHS)


def test_only_the_first_phase_leaves_everything_as_it_is() -> None:
    assert [bool(phase.changes) for phase in PHASES] == [False, True, True, True, True]


def test_a_phase_runs_with_the_scenarios_that_are_asked_for_and_its_changes() -> None:
    (chosen,) = chosen_phases(["no-target"])
    assert [scenario.name for scenario in chosen.scenarios] == ["no-target"]
    assert chosen.changes == PHASES[-1].changes
    assert chosen_phases([]) == PHASES


def _watched(*jobs: JobObservation) -> Callable[..., Any]:
    return lambda *_: RunRecord("r1", 0, 1, tuple(jobs))


def test_an_inspection_sees_the_jobs_of_its_phase(
    deployed: Deployed, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(Path.SDK_SYNC)
    monkeypatch.setattr(sequence, "carry_out", _watched(job))
    phase = Phase(
        "plain",
        PHASES[0].scenarios,
        examinations={"beside": lambda _: "examined"},
        inspections={"afterwards": lambda jobs, _: [one.sending.job for one in jobs]},
    )
    record = sequence.run_phases(deployed, [phase], [Path.SDK_SYNC], Console(quiet=True))
    assert record.jobs == (job,)
    assert record.examined == {"beside": "examined", "afterwards": [job.sending.job]}


def test_examinations_of_a_phase_that_does_not_run_are_not_carried_out(
    deployed: Deployed, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "carry_out", _watched(make_job(Path.SDK_SYNC)))
    phases = [
        Phase("plain", PHASES[0].scenarios),
        Phase("refusals", (), examinations={"refused": lambda _: "asked"}),
    ]
    record = sequence.run_phases(deployed, phases, [Path.SDK_SYNC], Console(quiet=True))
    assert record.examined == {}


def test_a_target_that_is_gone_ends_the_run_with_what_was_seen_until_then(
    deployed: Deployed, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, carried_out = make_job(Path.SDK_SYNC), []

    def gone(*_: object) -> Any:
        carried_out.append(True)
        return RunRecord(
            "r1",
            0,
            1,
            (job,),
            interruption="the target stopped answering",
            cut_short=frozenset({"cut"}),
        )

    monkeypatch.setattr(sequence, "carry_out", gone)
    phases = [Phase(name, PHASES[0].scenarios) for name in ("plain", "next")]
    record = sequence.run_phases(deployed, phases, [Path.SDK_SYNC], Console(quiet=True))
    assert record.interruption == "the target stopped answering"
    assert record.cut_short == {"cut"}
    assert record.jobs == (job,)
    assert carried_out == [True]


class FakeLogs:
    """A log group in which lines arrive late: each look finds one more of them."""

    exceptions = SimpleNamespace(ResourceNotFoundException=KeyError)

    def __init__(self, streams: dict[str, list[str]], *, visible: int = 100) -> None:
        self._streams = streams
        self._visible = visible

    def get_paginator(self, _: str) -> "FakeLogs":
        return self

    def paginate(self, *, logStreamNames: list[str], **_: Any) -> Any:  # noqa: N803 - as the API spells it
        self._visible += 1
        (stream,) = logStreamNames
        yield {"events": [{"message": line} for line in self._streams[stream][: self._visible]]}


def _logged(deployed: Deployed, logs: FakeLogs) -> Deployed:
    target = replace(deployed.target, settling=5)
    return replace(deployed, target=target, clients=cast("Clients", SimpleNamespace(logs=logs)))


def _platform(kind: str, request_id: str) -> str:
    return json.dumps({"type": f"platform.{kind}", "record": {"requestId": request_id}})


def test_lines_about_a_request_are_waited_for(deployed: Deployed, make_job: MakeJob) -> None:
    ours = [_platform("start", "request-1"), _platform("report", "request-1")]
    logs = FakeLogs({"stream-1": [_platform("start", "other"), *ours]}, visible=0)
    jobs = [make_job(Path.SDK_SYNC, attempts=[(0.1, 0.2)])]
    assert log_lines(jobs, _logged(deployed, logs)) == {"request-1": ours}


def test_a_log_stream_that_is_missing_holds_no_line(deployed: Deployed, make_job: MakeJob) -> None:
    jobs = [make_job(Path.SDK_SYNC, attempts=[(0.1, 0.2)])]
    stage = replace(_logged(deployed, FakeLogs({})), target=deployed.target)
    assert log_lines(jobs, stage) == {"request-1": []}
