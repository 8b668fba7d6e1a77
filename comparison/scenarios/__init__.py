"""Scenarios: what is sent down which path so that facts can be seen."""

from comparison.scenarios.batches import BATCHES
from comparison.scenarios.every_path import EVERY_PATH_SCENARIOS
from comparison.scenarios.scenario import Scenario

PLAIN: tuple[Scenario, ...] = (*EVERY_PATH_SCENARIOS, *BATCHES)
"""Scenarios that leave everything that paths share as it is, and so may run together."""
