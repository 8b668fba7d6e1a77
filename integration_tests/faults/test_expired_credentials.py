"""Credentials that expire in the middle: it is told, and with new ones all goes on."""

import threading

import pytest

from comparison.deployed import Deployed

from .aws_request import Refusal
from .calls import ANSWER, RAISE, operation, plain
from .conftest import Commands, check_destroyed, observe
from .fault_proxy import FaultProxy, Refuse, Rule, Tell
from .middle_of_a_run import MiddleOfARun, check_cut_short

pytestmark = pytest.mark.usefixtures("impatient")

STAGE = "expired"


def expired(since: threading.Event) -> Rule:
    """Return the rule that refuses whatever is signed."""
    return Rule(Refuse(Refusal.EXPIRED), each_operation=True, since=since)


def test_a_run_ends_with_what_was_seen_until_then(proxy: FaultProxy, deployed: Deployed) -> None:
    moment = threading.Event()
    with proxy.injecting(expired(moment), *MiddleOfARun(moment.set).rules):
        record = observe(deployed, plain(ANSWER, RAISE))
    check_cut_short(record)
    assert "The security token included in the request is expired" in str(record.interruption)


def test_a_deployment_ends_with_one_line_and_is_destroyed_with_new_ones(
    proxy: FaultProxy, commands: Commands
) -> None:
    moment = threading.Event()
    creation = Rule(
        Tell(moment.set, forwarded=True), [operation("cloudformation CreateStack")], times=1
    )
    with proxy.injecting(expired(moment), creation):
        deployed = commands.deployment("deploy", "--stage", STAGE)
        assert moment.is_set()
        refused = commands.deployment("destroy", "--stage", STAGE)
    assert "cdk deploy failed" in deployed.refusal
    assert "security token included in the request is expired" in deployed.refusal
    assert "to remove what is deployed: make destroy" in deployed.refusal
    assert "security token included in the request is expired" in refused.refusal
    check_destroyed(commands, STAGE)
