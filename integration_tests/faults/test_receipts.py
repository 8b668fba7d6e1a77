"""The receipts table refuses the function, or is told the same thing twice."""

import json
from collections.abc import Iterator

import pytest

from comparison.changes import environment_variable
from comparison.deployed import Deployed
from comparison.observation import JobObservation, Place
from comparison.run import RunRecord
from comparison.waiting import eventually
from stacks.naming import Output

from .aws_request import Refusal
from .calls import ANSWER, on, operation, plain
from .conftest import observe
from .fault_proxy import Cut, Fault, FaultProxy, Refuse, Repeat, Rule

PUT, UPDATE = operation("dynamodb PutItem"), operation("dynamodb UpdateItem")
PATHS = ("sdk-sync", "sdk-event", "sqs")


@pytest.fixture(scope="module", autouse=True)
def receipts_by_proxy(proxy: FaultProxy, deployed: Deployed) -> Iterator[None]:
    """Let the function, and nothing else of the emulator, write its receipts by the proxy."""
    with environment_variable(deployed, "AWS_ENDPOINT_URL_DYNAMODB", proxy.endpoint):
        yield


@pytest.mark.parametrize(
    "fault", [Refuse(Refusal.THROTTLED), Cut()], ids=["throttled", "connection cut"]
)
def test_a_table_that_takes_no_receipts_does_not_keep_the_function_from_its_work(
    fault: Fault, proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(Rule(fault, [PUT])):
        record = observe(deployed, plain(on(ANSWER, *PATHS)))
        assert proxy.injected()[PUT] > 0
    waited, queued, polled = record.jobs
    assert waited.caller is not None
    assert json.loads(waited.caller.body)["receipt"] == "not written"
    assert [ending.where for ending in queued.endings] == [Place.ON_SUCCESS]
    assert [ending.where for ending in polled.endings] == [Place.DELETED]
    assert record.interruption is None
    check_logged(deployed, record)


def test_a_receipt_that_cannot_be_completed_shows_that_the_function_started(
    proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(Rule(Refuse(Refusal.THROTTLED), [UPDATE])):
        record = observe(deployed, plain(on(ANSWER, "sdk-event")))
    for job in record.jobs:
        (attempt,) = job.attempts
        assert (attempt.outcome, attempt.finished_at) == ("started", None)
    assert record.interruption is None
    check_logged(deployed, record)


def check_logged(deployed: Deployed, record: RunRecord) -> None:
    """See that the function's log has a line about each receipt that was not written."""

    def check() -> None:
        pages = deployed.clients.logs.get_paginator("filter_log_events").paginate(
            logGroupName=deployed.outputs[Output.LOG_GROUP_NAME]
        )
        lines = [event["message"] for page in pages for event in page["events"]]
        for job in record.jobs:
            told = [line for line in lines if "receipt not written" in line and id_of(job) in line]
            assert told, f"no line about {id_of(job)}"

    eventually(check, within=deployed.target.settling, what="the log")


def id_of(job: JobObservation) -> str:
    return f"job {job.sending.job}:"


TWICE = {
    "by the network": Rule(Repeat(), [PUT, UPDATE]),
    "by the function, whose answer was lost": Rule(
        Cut(forwarded=True), [PUT, UPDATE], times=1, each_operation=True
    ),
}


@pytest.mark.parametrize("rule", TWICE.values(), ids=TWICE)
def test_a_receipt_that_is_written_twice_is_one_attempt(
    rule: Rule, proxy: FaultProxy, deployed: Deployed
) -> None:
    with proxy.injecting(rule):
        record = observe(deployed, plain(on(ANSWER, "sdk-sync", "sdk-event")))
        assert proxy.injected().keys() == {PUT, UPDATE}
    for job in record.jobs:
        assert [attempt.outcome for attempt in job.attempts] == ["answered"], job
