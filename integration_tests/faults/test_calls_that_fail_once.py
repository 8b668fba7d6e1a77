"""Every AWS call fails in one run: it is survived, and nothing that was seen is lost."""

from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest

from comparison.deployed import read_deployed
from comparison.examinations import EXAMINATIONS
from comparison.examinations.logs import LOG_INSPECTIONS
from comparison.examinations.queues import REFUSED_MAPPINGS
from comparison.examinations.refused_settings import REFUSED_SETTINGS
from comparison.guard import guard
from comparison.observation import JobObservation, Unanswered
from comparison.path import QUICK_PATHS, Path
from comparison.phases import PHASES, Phase
from comparison.run import BY_PROGRAM, RunRecord
from deployment.cdk import Cdk
from deployment.deployment import DeploymentOptions, cdk_for
from deployment.doctor import account_findings

from .aws_request import Refusal
from .calls import (
    ANSWER,
    BATCH,
    BY_CALLERS,
    BY_THE_DOCTOR,
    LEFT_FOR_THE_SCHEDULE,
    MORE_CALLS,
    OF_COMPARISONS,
    OF_DEPLOYMENTS,
    SOONER_AND_LATER,
    on,
    operation,
    plain,
    pretended,
)
from .conftest import NOT_DEPLOYED, STAGE, environment_of, observe
from .fault_proxy import Cut, FaultProxy, Rule, once_each

IN_THIS_PROCESS = [path for path in QUICK_PATHS if path not in BY_PROGRAM]
UNCHANGED = plain(
    on(ANSWER, *IN_THIS_PROCESS),
    SOONER_AND_LATER,
    BATCH,
    LEFT_FOR_THE_SCHEDULE,
    examinations={**EXAMINATIONS, **REFUSED_SETTINGS, **REFUSED_MAPPINGS},
    inspections=LOG_INSPECTIONS,
)
CHANGED = Phase(
    "changed",
    [replace(on(ANSWER, "sdk-sync"), name="refused")],
    changes=tuple(
        change
        for phase in PHASES
        if phase.name in {"no concurrency", "init error", "refusals"}
        for change in phase.changes
    ),
)
WHO = operation("sts GetCallerIdentity")
"""It is asked twice at most, because nothing else may be asked before it is answered."""


@pytest.fixture(scope="module")
def record(proxy: FaultProxy, deployed_stage: Cdk, soon_again: None) -> RunRecord:
    """A run in which every call is throttled once, and the answer to it lost once."""
    target = deployed_stage.target
    rules = (
        once_each(Refusal.THROTTLED, *OF_COMPARISONS),
        Rule(Cut(forwarded=True), OF_COMPARISONS - {WHO}, times=1, each_operation=True),
    )
    with environment_of(target), proxy.injecting(*rules, *MORE_CALLS):
        guard(target)
        record = observe(read_deployed(target, STAGE), UNCHANGED, CHANGED)
        faults = proxy.injected()
    assert faults.keys() == OF_COMPARISONS
    assert min(faults[call] for call in OF_COMPARISONS - {WHO, *chain(*BY_CALLERS)}) >= 2
    return record


def test_the_run_goes_on_to_its_end(record: RunRecord) -> None:
    assert record.interruption is None
    assert [job.sending.job for job in record.jobs if job.ended is None] == []


def test_callers_see_it_because_they_do_not_ask_again(record: RunRecord) -> None:
    refused = Counter(job.sending.path for job in of_phase(record, UNCHANGED) if was_refused(job))
    assert refused[Path.SDK_SYNC] + refused[Path.SDK_EVENT] == 2
    # One SendMessage, and two messages of one SendMessageBatch.
    assert refused[Path.SQS] == 1 + 2
    assert [refused[path] for path in (Path.S3, Path.EVENTBRIDGE, Path.SNS)] == [1, 1, 1]


def test_every_other_job_is_answered_and_has_its_receipt(record: RunRecord) -> None:
    for job in of_phase(record, UNCHANGED):
        if not was_refused(job) and job.sending.path is not Path.SCHEDULE:
            assert [attempt.outcome for attempt in job.attempts] == ["answered"], job


def test_every_examination_is_answered(record: RunRecord) -> None:
    names = {*UNCHANGED.examinations, *UNCHANGED.inspections}
    assert record.examined.keys() == names
    unanswered = {
        name: answer for name, answer in record.examined.items() if isinstance(answer, Unanswered)
    }
    assert unanswered == {}


def test_the_changes_of_a_phase_are_made(record: RunRecord) -> None:
    (job,) = of_phase(record, CHANGED)
    assert job.caller is not None
    assert job.caller.error == "TooManyRequestsException"


def test_the_doctor_asks_again(proxy: FaultProxy, deployed_stage: Cdk, soon_again: None) -> None:
    cdk = cdk_for(deployed_stage.target, DeploymentOptions(NOT_DEPLOYED), deployed_stage.output)
    quota = pretended("service-quotas GetServiceQuota", '{"Quota": {"Value": 5}}')
    with proxy.injecting(once_each(Refusal.THROTTLED, *OF_DEPLOYMENTS), quota):
        told = "\n".join(map(str, account_findings(cdk)))
        assert proxy.injected().keys() >= {*chain(*BY_THE_DOCTOR)}
    assert Refusal.THROTTLED.value not in told


def of_phase(record: RunRecord, phase: Phase) -> list[JobObservation]:
    names = {scenario.name for scenario in phase.scenarios}
    return [job for job in record.jobs if job.sending.scenario in names]


def was_refused(job: JobObservation) -> bool:
    return job.caller is not None and job.caller.error is not None
