"""A call that changes what all paths share, or undoes that, and fails."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from rich.console import Console

from comparison.changes import add_permissions
from comparison.deployed import Deployed
from comparison.examinations.permissions import function_policy
from stacks.naming import Output

from .aws_request import Operation, Refusal
from .calls import AFTER_A_PHASE, ANSWER, BEFORE_A_PHASE, changed, on, plain
from .conftest import names, observe
from .fault_proxy import FaultProxy, Refuse, Rule, always

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize("failing", BEFORE_A_PHASE, ids=names)
def test_a_phase_whose_change_fails_is_left_out_and_the_next_one_runs(
    failing: Mapping[Operation, str], proxy: FaultProxy, deployed: Deployed
) -> None:
    told = io.StringIO()
    phases = [changed(name) for name in failing.values()]
    with proxy.injecting(always(Refusal.FAILED, *failing)):
        console = Console(file=told, width=500)
        record = observe(deployed, *phases, plain(on(ANSWER, "alb")), console=console)
    left_out = [line for line in told.getvalue().splitlines() if "is left out" in line]
    for line, (call, name) in zip(left_out, failing.items(), strict=True):
        assert f"The phase {name} is left out" in line
        assert call.name in line
    assert [job.sending.scenario for job in record.jobs] == ["answer"]
    assert record.interruption is None


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("failing", AFTER_A_PHASE, ids=str)
def test_a_change_that_cannot_be_undone_ends_the_run_and_keeps_what_was_seen(
    failing: Operation, proxy: FaultProxy, deployed: Deployed
) -> None:
    name, calls_before = AFTER_A_PHASE[failing]
    with proxy.injecting(Rule(Refuse(Refusal.FAILED), [failing], skip=calls_before)):
        hasty = replace(deployed, target=replace(deployed.target, settling=0.5))
        record = observe(hasty, changed(name), plain(on(ANSWER, "alb")))
    assert record.interruption is not None
    assert f"the phase {name} ended early" in record.interruption
    assert failing.name in record.interruption
    assert "may still be in force: destroy the stage and deploy it again" in record.interruption
    (job,) = record.jobs
    assert job.caller is not None


@pytest.fixture
def restored(deployed: Deployed) -> Iterator[None]:
    """Give the stage back the settings that a phase has changed."""
    outputs, clients = deployed.outputs, deployed.clients
    function = outputs[Output.FUNCTION_NAME]
    policy = function_policy(deployed)
    configuration = clients.lambda_.get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"]
    yield
    clients.lambda_.delete_function_concurrency(FunctionName=function)
    clients.lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )
    clients.sns.set_topic_attributes(
        TopicArn=outputs[Output.TOPIC_ARN], AttributeName="SignatureVersion", AttributeValue="1"
    )
    add_permissions(deployed, policy)
    clients.elbv2.register_targets(
        TargetGroupArn=outputs[Output.MULTI_VALUE_TARGET_GROUP_ARN],
        Targets=[{"Id": outputs[Output.FUNCTION_ARN]}],
    )
