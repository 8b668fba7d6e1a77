"""Scenarios that run while something is changed that all paths share (see `comparison.phases`)."""

from comparison.observation import HttpOptions
from comparison.path import QUICK_PATHS, Path
from comparison.scenarios.scenario import Scenario, one_job
from stacks.naming import MULTI_VALUE_PATH, Alias

NO_CONCURRENCY = (
    Scenario("no-concurrency", "reserved concurrency is 0", QUICK_PATHS, one_job("answer")),
)

FULL_CONCURRENCY = (
    Scenario(
        "full-concurrency",
        "the reserved concurrency is in use, and free again later",
        (Path.SDK_EVENT,),
        one_job("answer"),
    ),
    Scenario(
        "full-concurrency-for-too-long",
        "the same for an event that may be 60 s old",
        (Path.SDK_EVENT,),
        one_job("answer", qualifier=Alias.AGE_60),
    ),
)

INIT_ERROR = (
    Scenario("init-error", "the module fails to import", (Path.SDK_SYNC,), one_job("answer")),
)

REFUSALS = (
    Scenario(
        "no-permission",
        "the function's policy no longer lets the service in",
        (Path.API_GATEWAY, Path.ALB, Path.EVENTBRIDGE, Path.SNS),
        one_job("answer"),
    ),
    Scenario(
        "no-target",
        "the target group has no registered target",
        (Path.ALB,),
        one_job("answer", http=HttpOptions(resource=MULTI_VALUE_PATH)),
    ),
)
