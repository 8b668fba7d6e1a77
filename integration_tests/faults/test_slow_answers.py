"""Answers that take long: nothing is missed meanwhile."""

from comparison.deployed import Deployed

from .calls import ANSWER, on, operation, plain
from .conftest import observe
from .fault_proxy import Delay, FaultProxy, Rule


def test_what_happens_while_the_receipts_are_read_is_not_missed(
    proxy: FaultProxy, deployed: Deployed
) -> None:
    late = Rule(Delay(1.0, forwarded=True), [operation("dynamodb Query")])
    with proxy.injecting(late):
        record = observe(deployed, plain(on(ANSWER, "sdk-sync", "sdk-event", "alb", "sns")))
    for job in record.jobs:
        assert [attempt.outcome for attempt in job.attempts] == ["answered"]
    assert record.interruption is None
