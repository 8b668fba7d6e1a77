"""An AWS call that always fails: what is told, and what goes on. Every call of the harness."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from comparison.checks.seen import NotObserved, Seen
from comparison.deployed import Deployed
from comparison.examinations import examine
from comparison.examinations.logs import LOG_INSPECTIONS
from comparison.observation import Place, Unanswered
from comparison.scenarios.scenario import Scenario
from deployment.cdk import Cdk
from deployment.deployment import DeploymentOptions, cdk_for
from deployment.doctor import account_findings
from deployment.stages import left_of_deleted_stack

from .aws_request import Operation, Refusal
from .calls import (
    AFTER_THE_SCHEDULE,
    ANSWER,
    AT_THE_END_OF_A_JOB,
    AT_THE_START,
    BEFORE_DESTRUCTION,
    BY_CALLERS,
    BY_THE_DOCTOR,
    IN_DEPLOYMENTS,
    IN_EXAMINATIONS,
    IN_THE_LOG,
    IN_THE_PROOF,
    LEFT_FOR_THE_SCHEDULE,
    OF_COMPARISONS,
    OF_DELETED_STACKS,
    OF_DEPLOYMENTS,
    SOONER_AND_LATER,
    WATCHING,
    on,
    operation,
    operations,
    plain,
    pretended,
)
from .conftest import NOT_DEPLOYED, STAGE, Commands, names, observe
from .fault_proxy import FaultProxy, always

pytestmark = pytest.mark.usefixtures("impatient")


def test_every_call_of_the_harness_has_been_thought_of() -> None:
    assert operations("comparison") == OF_COMPARISONS
    assert operations("deployment") == OF_DEPLOYMENTS
    assert operations("soak") == frozenset()


@pytest.mark.usefixtures("deployed_stage")
@pytest.mark.parametrize("failing", AT_THE_START, ids=str)
def test_at_the_start_the_comparison_is_refused_in_one_line(
    failing: Operation, proxy: FaultProxy, commands: Commands
) -> None:
    with proxy.injecting(always(Refusal.FAILED, failing)):
        ended = commands.compare("--scenario", "answer", "--path", "sqs")
    assert failing.name in ended.refusal
    assert "InternalFailure" in ended.refusal
    assert ended.output == ""


@pytest.mark.parametrize("failing", BY_CALLERS, ids=names)
def test_the_caller_of_a_job_sees_it_and_the_job_is_over(
    failing: Mapping[Operation, Scenario], proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(always(Refusal.FAILED, *failing)):
        record = observe(deployed, plain(*failing.values()))
        assert proxy.injected().keys() == failing.keys()
    for job in record.jobs:
        assert job.caller is not None
        assert job.caller.error is not None
        assert "Internal" in job.caller.error
        assert [ending.where for ending in job.endings] == [Place.CALLER]
    assert record.interruption is None


@pytest.mark.usefixtures("deployed_stage")
def test_a_run_whose_caller_was_refused_says_so(proxy: FaultProxy, commands: Commands) -> None:
    with proxy.injecting(always(Refusal.THROTTLED, operation("lambda Invoke"))):
        ended = commands.compare("--scenario", "raise", "--path", "sdk-sync")
    assert ended.exit_code == 1
    assert "429" in ended.output
    (job,) = commands.results()["jobs"]
    assert job["caller"]["error"] == "TooManyRequestsException"


@pytest.mark.parametrize("failing", AFTER_THE_SCHEDULE, ids=str)
def test_a_schedule_that_cannot_be_stopped_is_told_and_its_job_is_kept(
    failing: Operation, proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(always(Refusal.FAILED, failing)):
        record = observe(deployed, plain(LEFT_FOR_THE_SCHEDULE))
    assert record.interruption is not None
    assert "the schedule's rule may still be enabled" in record.interruption
    assert failing.name in record.interruption
    assert [job.sending.scenario for job in record.jobs] == ["left"]


@pytest.mark.parametrize("failing", WATCHING, ids=str)
def test_a_run_that_cannot_be_watched_ends_soon_with_what_was_seen(
    failing: Operation, proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(always(Refusal.FAILED, failing)):
        record = observe(deployed, plain(on(ANSWER, "sqs")))
    assert record.interruption is not None
    assert failing.name in record.interruption
    (job,) = record.jobs
    assert job.caller is not None
    seen = Seen(deployed.target, record.jobs, 6, cut_short=record.cut_short)
    with pytest.raises(NotObserved):
        seen.only("answer", job.sending.path)


def test_what_cannot_be_deleted_from_a_queue_is_observed_all_the_same(
    proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(always(Refusal.FAILED, AT_THE_END_OF_A_JOB)):
        record = observe(deployed, plain(SOONER_AND_LATER))
        assert proxy.injected()[AT_THE_END_OF_A_JOB] > 1
    for job in record.jobs:
        assert [ending.where for ending in job.endings] == [Place.ON_SUCCESS]
    assert record.interruption is None


@pytest.mark.parametrize("failing", IN_EXAMINATIONS, ids=str)
def test_an_examination_that_gets_no_answer_says_why(
    failing: Operation, proxy: FaultProxy, deployed: Deployed
) -> None:
    question = IN_EXAMINATIONS[failing]
    with proxy.injecting(always(Refusal.FAILED, failing), *question.pretended):
        answers = examine(deployed, {question.name: question.examination})
    answer = answers[question.name]
    assert isinstance(answer, Unanswered)
    assert failing.name in answer.reason


def test_a_log_that_cannot_be_read_is_told(proxy: FaultProxy, deployed: Deployed) -> None:
    phase = plain(on(ANSWER, "sdk-sync"), inspections=LOG_INSPECTIONS)
    with proxy.injecting(always(Refusal.FAILED, IN_THE_LOG)):
        record = observe(deployed, phase)
    answer = record.examined["log-lines"]
    assert isinstance(answer, Unanswered)
    assert IN_THE_LOG.name in answer.reason
    assert record.interruption is None


@pytest.fixture
def without_cdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the CDK CLI do nothing: what is deployed stays deployed."""

    @contextmanager
    def bootstrapping(_cdk: Cdk, _account: str) -> Iterator[None]:
        yield

    monkeypatch.setattr(Cdk, "bootstrapping", bootstrapping)
    for command in ("synthesize", "deploy", "destroy"):
        monkeypatch.setattr(Cdk, command, lambda _: None)


@pytest.mark.usefixtures("deployed_stage", "without_cdk")
@pytest.mark.parametrize("failing", IN_DEPLOYMENTS, ids=str)
def test_a_deployment_ends_with_one_line_that_says_how_to_remove_it(
    failing: Operation, proxy: FaultProxy, commands: Commands
) -> None:
    with proxy.injecting(always(Refusal.FAILED, failing)):
        ended = commands.deployment("deploy", "--stage", STAGE)
    assert failing.name in ended.refusal
    assert "to remove what is deployed: make destroy" in ended.refusal


@pytest.mark.usefixtures("deployed_stage", "without_cdk")
@pytest.mark.parametrize("failing", BEFORE_DESTRUCTION, ids=str)
def test_a_destruction_ends_with_one_line_that_says_how_to_try_again(
    failing: Operation, proxy: FaultProxy, commands: Commands
) -> None:
    with proxy.injecting(always(Refusal.FAILED, failing), ONE_OBJECT):
        ended = commands.deployment("destroy", "--stage", STAGE)
    assert failing.name in ended.refusal
    assert "to remove what is deployed: make destroy" in ended.refusal


ONE_OBJECT = pretended(
    "s3 ListObjectVersions",
    "<ListVersionsResult><Version><Key>one</Key><VersionId>1</VersionId></Version>"
    "</ListVersionsResult>",
)


@pytest.mark.parametrize("failing", IN_THE_PROOF, ids=str)
def test_what_an_emulator_cannot_list_is_told_as_not_proven(
    failing: Operation, proxy: FaultProxy, commands: Commands
) -> None:
    with proxy.injecting(always(Refusal.FAILED, failing)):
        ended = commands.deployment("destroy", "--stage", NOT_DEPLOYED)
    assert ended.exit_code == 0
    (line,) = [line for line in ended.output.splitlines() if "Not proven" in line]
    assert failing.name in line


def test_a_resource_of_which_nobody_tells_whether_it_is_deleted_counts_as_left(
    proxy: FaultProxy, deployed: Deployed
) -> None:
    deleted = pretended(
        "cloudformation DescribeStacks",
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>one</StackName>"
        "<StackStatus>DELETE_COMPLETE</StackStatus></member></Stacks></DescribeStacksResult>"
        "</DescribeStacksResponse>",
    )
    client = deployed.clients.cloudformation
    with proxy.injecting(always(Refusal.FAILED, OF_DELETED_STACKS), deleted):
        assert left_of_deleted_stack(client, "arn:of:stack", "Function")
        assert proxy.injected()[OF_DELETED_STACKS] > 0


@pytest.mark.parametrize("failing", BY_THE_DOCTOR, ids=names)
def test_the_doctor_says_what_it_cannot_read(
    failing: Mapping[Operation, str], proxy: FaultProxy, deployed_stage: Cdk
) -> None:
    cdk = cdk_for(deployed_stage.target, DeploymentOptions(NOT_DEPLOYED), deployed_stage.output)
    with proxy.injecting(always(Refusal.FAILED, *failing)):
        findings = {finding.subject: finding for finding in account_findings(cdk)}
    for call, subject in failing.items():
        assert not findings[subject].ok
        assert call.name in findings[subject].told
