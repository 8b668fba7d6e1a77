"""What is changed for a phase is undone whatever happens, an interrupt at any moment included."""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from comparison import sequence
from comparison.changes import (
    environment_variable,
    occupied_concurrency,
    reserved_concurrency,
    signature_version,
    without_permissions,
    without_target,
)
from comparison.clients import Clients
from comparison.deployed import Deployed
from comparison.path import QUICK_PATHS, Path
from comparison.phases import PHASES, SERVICES, Phase
from comparison.run import RunRecord
from comparison.stack_outputs import StackOutputs
from comparison.targets import Target
from stacks.naming import Output, Stack

RECEIPT = {
    "job": {"S": "occupation"},
    "request_id": {"S": "request-1"},
    "path": {"S": "direct"},
    "started_at": {"S": "2026-01-01T00:00:00.000Z"},
    "outcome": {"S": "started"},
    "batch_size": {"N": "1"},
    "cold": {"BOOL": True},
    "environment_id": {"S": "environment-1"},
    "log_stream": {"S": "stream-1"},
}
EXCLUSIVE = [phase for phase in PHASES if phase.changes]


class Throttled(Exception):
    """Stands for the exception of that kind that a client has."""


class NoPolicy(Exception):
    """Stands for the exception of that kind that a client has."""


class PermissionExists(Exception):
    """Stands for the exception of that kind that a client has."""


class FakeStage:
    """What the changes read and change of a stage, and an interrupt after a number of requests."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {
            "reserved": None,
            "configuration": {
                "Timeout": 6,
                "Environment": {"Variables": {"RECEIPTS_TABLE": "receipts"}},
            },
            "policy": {sid: _statement(sid) for sid in SERVICES},
            "targets": ["function-arn"],
            "signature": "1",
        }
        self.changes_made = 0
        self.interrupt_after: int | None = None
        self.refused = ""
        self.unwelcome = ""
        self.invoked = threading.Event()
        self.throttles = 0
        self.timeout_when_invoked = 0
        self.exceptions = SimpleNamespace(
            TooManyRequestsException=Throttled,
            ResourceNotFoundException=NoPolicy,
            ResourceConflictException=PermissionExists,
        )

    def _change(self, operation: str, **changed: Any) -> None:
        """Make a change, unless it is refused; the answer to it may never arrive."""
        if operation == self.refused:
            raise ClientError({"Error": {"Code": "LimitExceeded", "Message": "no"}}, operation)
        self.state |= copy.deepcopy(changed)
        self.changes_made += 1
        if self.changes_made == self.interrupt_after:
            raise KeyboardInterrupt

    def get_function_concurrency(self, **_: Any) -> dict[str, Any]:
        reserved = self.state["reserved"]
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def put_function_concurrency(
        self,
        FunctionName: str,  # noqa: N803 - as the API spells it
        ReservedConcurrentExecutions: int,  # noqa: N803 - as the API spells it
    ) -> None:
        self._change("PutFunctionConcurrency", reserved=ReservedConcurrentExecutions)

    def delete_function_concurrency(self, **_: Any) -> None:
        self._change("DeleteFunctionConcurrency", reserved=None)

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return {**copy.deepcopy(self.state["configuration"]), "LastUpdateStatus": "Successful"}

    def update_function_configuration(self, *, FunctionName: str, **settings: Any) -> None:  # noqa: N803 - as the API spells it
        configuration = self.state["configuration"] | settings
        self._change("UpdateFunctionConfiguration", configuration=configuration)

    def get_policy(self, **_: Any) -> dict[str, Any]:
        if not self.state["policy"]:
            raise NoPolicy
        return {"Policy": json.dumps({"Statement": list(self.state["policy"].values())})}

    def remove_permission(self, *, StatementId: str, **_: Any) -> None:  # noqa: N803 - as the API spells it
        policy = {sid: one for sid, one in self.state["policy"].items() if sid != StatementId}
        self._change("RemovePermission", policy=policy)

    def add_permission(self, *, StatementId: str, **permission: Any) -> None:  # noqa: N803 - as the API spells it
        assert StatementId not in self.state["policy"]
        if StatementId == self.unwelcome:
            raise ClientError({"Error": {"Code": "Throttled", "Message": "no"}}, "AddPermission")
        statement = _statement(StatementId)
        assert permission["Principal"] == statement["Principal"]["Service"]
        assert permission["SourceArn"] == statement["Condition"]["ArnLike"]["AWS:SourceArn"]
        assert permission["SourceAccount"] == "123456789012"
        self._change("AddPermission", policy=self.state["policy"] | {StatementId: statement})

    def deregister_targets(self, **_: Any) -> None:
        self._change("DeregisterTargets", targets=[])

    def register_targets(self, *, Targets: list[dict[str, str]], **_: Any) -> None:  # noqa: N803 - as the API spells it
        if "elasticloadbalancing.amazonaws.com" not in self.state["policy"]:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "RegisterTargets")
        self._change("RegisterTargets", targets=[target["Id"] for target in Targets])

    def get_topic_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"SignatureVersion": self.state["signature"]}}

    def set_topic_attributes(self, *, AttributeValue: str, **_: Any) -> None:  # noqa: N803 - as the API spells it
        self._change("SetTopicAttributes", signature=AttributeValue)

    def invoke(self, **_: Any) -> None:
        if self.throttles:
            self.throttles -= 1
            raise Throttled("Rate Exceeded.")
        self.timeout_when_invoked = self.state["configuration"]["Timeout"]
        self.invoked.set()

    def get_paginator(self, _: str) -> "FakeStage":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Items": [RECEIPT] if self.invoked.is_set() else []}]


def _statement(sid: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Principal": {"Service": sid},
        "Condition": {
            "ArnLike": {"AWS:SourceArn": f"arn:of:{sid}"},
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
        },
    }


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def deployed(stage: FakeStage, local: Target) -> Deployed:
    services = ("lambda_", "caller_lambda", "elbv2", "sns", "dynamodb")
    clients = SimpleNamespace(**dict.fromkeys(services, stage))
    outputs = {output.value: "value" for output in Output}
    outputs |= {Output.FUNCTION_ARN.value: "function-arn"}
    return Deployed(
        target=replace(local, settling=0.2),
        clients=cast("Clients", clients),
        outputs=StackOutputs("test", outputs, frozenset(Stack)),
        function_timeout=6,
        queues={},
    )


@pytest.mark.parametrize("phase", EXCLUSIVE, ids=lambda phase: phase.name)
def test_a_phase_changes_something_and_leaves_all_as_it_was(
    phase: Phase, stage: FakeStage, deployed: Deployed
) -> None:
    before = copy.deepcopy(stage.state)
    with phase.changed(deployed):
        assert stage.state != before
    assert stage.state == before


@pytest.mark.parametrize("phase", EXCLUSIVE, ids=lambda phase: phase.name)
def test_an_interrupt_at_any_moment_leaves_all_as_it_was(
    phase: Phase, deployed: Deployed, stage: FakeStage
) -> None:
    before = copy.deepcopy(stage.state)
    for moment in range(1, _changes_of(phase, deployed, stage) + 1):
        stage.changes_made, stage.interrupt_after = 0, moment
        with pytest.raises(KeyboardInterrupt), phase.changed(deployed):
            raise AssertionError("the interrupt came before")
        assert stage.state == before, f"interrupted after change number {moment}"


def _changes_of(phase: Phase, deployed: Deployed, stage: FakeStage) -> int:
    """Count the requests that change something when a phase begins."""
    stage.changes_made = 0
    with phase.changed(deployed):
        return stage.changes_made


@pytest.mark.parametrize("phase", EXCLUSIVE, ids=lambda phase: phase.name)
def test_an_interrupt_while_jobs_are_watched_leaves_all_as_it_was(
    phase: Phase, stage: FakeStage, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, during = copy.deepcopy(stage.state), []

    def interrupted(*_: object) -> None:
        during.append(copy.deepcopy(stage.state))
        raise KeyboardInterrupt

    monkeypatch.setattr(sequence, "carry_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sequence.run_phases(
            deployed, [replace(phase, examinations={})], QUICK_PATHS, Console(quiet=True)
        )
    assert during != [before]
    assert stage.state == before


def test_reserved_concurrency_is_what_it_was_before(stage: FakeStage, deployed: Deployed) -> None:
    stage.state["reserved"] = 7
    with reserved_concurrency(deployed, 0):
        assert stage.state["reserved"] == 0
    assert stage.state["reserved"] == 7


def test_an_environment_variable_joins_the_others(stage: FakeStage, deployed: Deployed) -> None:
    with environment_variable(deployed, "PROBE_INIT", "raise"):
        assert stage.state["configuration"]["Environment"]["Variables"] == {
            "RECEIPTS_TABLE": "receipts",
            "PROBE_INIT": "raise",
        }


def test_only_the_permissions_of_the_named_services_are_taken_away(
    stage: FakeStage, deployed: Deployed
) -> None:
    with without_permissions(deployed, ["sns.amazonaws.com"]):
        assert set(stage.state["policy"]) == set(SERVICES) - {"sns.amazonaws.com"}
    assert set(stage.state["policy"]) == set(SERVICES)


def test_a_permission_that_cannot_be_given_back_keeps_no_other_away(
    stage: FakeStage, deployed: Deployed
) -> None:
    for stage.unwelcome in SERVICES:
        stage.state["policy"] = {sid: _statement(sid) for sid in SERVICES}
        with pytest.raises(ClientError), without_permissions(deployed, SERVICES):
            pass
        assert set(stage.state["policy"]) == set(SERVICES) - {stage.unwelcome}


def test_a_target_is_put_back_as_soon_as_its_permission_is_in_force(
    stage: FakeStage, deployed: Deployed
) -> None:
    permission = stage.state["policy"]["elasticloadbalancing.amazonaws.com"]
    with without_target(deployed):
        del stage.state["policy"]["elasticloadbalancing.amazonaws.com"]
        in_force = {"elasticloadbalancing.amazonaws.com": permission}
        threading.Timer(0.05, stage.state["policy"].update, [in_force]).start()
    assert stage.state["targets"] == ["function-arn"]


@pytest.mark.parametrize("change", [without_target, partial(signature_version, version="2")])
def test_a_stage_without_the_stack_is_left_alone(
    change: Any, stage: FakeStage, deployed: Deployed
) -> None:
    outputs = replace(deployed.outputs, stacks=frozenset({Stack.FUNCTION}))
    with change(replace(deployed, outputs=outputs)):
        assert stage.changes_made == 0


def test_the_concurrency_is_in_use_before_anything_else_happens(
    stage: FakeStage, deployed: Deployed
) -> None:
    with occupied_concurrency(deployed):
        assert stage.state["reserved"] == 1
        assert stage.invoked.is_set()


def test_the_function_may_work_for_as_long_as_its_concurrency_is_to_be_in_use(
    stage: FakeStage, deployed: Deployed
) -> None:
    target = replace(deployed.target, factor=1, propagation=30)
    with occupied_concurrency(replace(deployed, target=target)):
        assert stage.timeout_when_invoked > 30 + 45


def test_a_throttle_that_is_still_in_force_is_waited_out(
    stage: FakeStage, deployed: Deployed
) -> None:
    stage.throttles = 1
    with occupied_concurrency(deployed):
        assert stage.invoked.is_set()


def test_a_phase_whose_change_is_refused_is_left_out_and_the_next_one_runs(
    stage: FakeStage, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = copy.deepcopy(stage.state)
    stage.refused = "UpdateFunctionConfiguration"
    ran = _phases_that_run(deployed, monkeypatch)
    assert ran == ["no concurrency", "refusals"]
    assert stage.state == before


def test_a_change_that_cannot_be_undone_ends_the_run_and_says_so(
    stage: FakeStage, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.refused = "DeleteFunctionConcurrency"
    console = Console(quiet=True)
    monkeypatch.setattr(sequence, "carry_out", _nothing_seen)
    record = sequence.run_phases(deployed, _without_examinations(), QUICK_PATHS, console)
    assert record.interruption is not None
    assert "no concurrency ended early" in record.interruption
    assert "may still be in force: destroy" in record.interruption


def test_a_target_that_stops_answering_is_told_before_what_could_not_be_undone(
    stage: FakeStage, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.refused = "DeleteFunctionConcurrency"
    gone = RunRecord("r1", 0, 1, (), interruption="the target stopped answering")
    monkeypatch.setattr(sequence, "carry_out", lambda *_: gone)
    phases = _without_examinations()
    record = sequence.run_phases(deployed, phases, QUICK_PATHS, Console(quiet=True))
    assert record.interruption is not None
    assert record.interruption.startswith("the target stopped answering; the phase no concurrency")


def _nothing_seen(*_: object) -> Any:
    return RunRecord("r1", 0, 1, ())


def _without_examinations() -> list[Phase]:
    return [replace(phase, examinations={}) for phase in EXCLUSIVE]


def _phases_that_run(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ran: list[str] = []

    @contextmanager
    def noted(phase: Phase, deployed: Deployed) -> Iterator[None]:
        with changed(phase, deployed):
            ran.append(phase.name)
            yield

    changed = Phase.changed
    monkeypatch.setattr(Phase, "changed", noted)
    monkeypatch.setattr(sequence, "carry_out", _nothing_seen)
    sequence.run_phases(deployed, _without_examinations(), QUICK_PATHS, Console(quiet=True))
    return ran


def test_a_change_has_time_to_spread_before_jobs_leave(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    departures: list[float] = []

    def noted(_deployed: object, _run: object, sendings: Any, _progress: object) -> Any:
        departures.extend(sending.after for sending in sendings)
        return _nothing_seen()

    monkeypatch.setattr(sequence, "carry_out", noted)
    slow = replace(deployed, target=replace(deployed.target, propagation=30))
    sequence.run_phases(slow, _without_examinations()[:1], [Path.SDK_SYNC], Console(quiet=True))
    assert departures == [30]
