"""Facts that a single plain job shows: the check is the scenario in which it is seen."""

from collections.abc import Mapping
from functools import partial

from comparison.checks.seen import Check, Seen
from comparison.path import Path

SCENARIO_OF_FACT: Mapping[str, str] = {
    "SI-01": "slow",
    "SI-15": "raise",
    "AS-05": "raise",
    "AS-06": "raise",
    "AS-07": "raise",
    "AS-25": "raise",
    "S3-08": "answer",
    "S3-09": "raise",
    "EB-01": "raise",
    "EB-03": "raise",
    "SN-07": "raise",
}
"""Facts whose expectation can be read off the one job that a scenario sends down a path."""


def _in_scenario(scenario: str, seen: Seen, path: Path) -> object:
    return seen.described(scenario, path)


PLAIN_JOBS: Mapping[str, Check] = {
    fact: partial(_in_scenario, scenario) for fact, scenario in SCENARIO_OF_FACT.items()
}
