"""Facts that a single plain job shows: the check is the scenario in which it is seen."""

from collections.abc import Mapping
from functools import partial

from comparison.checks.seen import Seen
from comparison.path import Path
from comparison.verdicts import Check

SCENARIO_OF_FACT: Mapping[str, str] = {}


def _in_scenario(scenario: str, seen: Seen, path: Path) -> object:
    return seen.described(scenario, path)


PLAIN_JOBS: Mapping[str, Check] = {
    fact: partial(_in_scenario, scenario) for fact, scenario in SCENARIO_OF_FACT.items()
}
