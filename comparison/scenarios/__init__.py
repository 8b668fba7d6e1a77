"""Scenarios: what is sent down which path so that facts can be seen."""

from comparison.scenarios.asynchronous import ASYNCHRONOUS
from comparison.scenarios.batches import BATCHES
from comparison.scenarios.direct import DIRECT
from comparison.scenarios.every_path import EVERY_PATH_SCENARIOS
from comparison.scenarios.front_doors import FRONT_DOORS
from comparison.scenarios.queues import QUEUES
from comparison.scenarios.scenario import Scenario
from comparison.scenarios.triggers import TRIGGERS

PLAIN: tuple[Scenario, ...] = (
    *EVERY_PATH_SCENARIOS,
    *BATCHES,
    *DIRECT,
    *FRONT_DOORS,
    *ASYNCHRONOUS,
    *TRIGGERS,
    *QUEUES,
)
"""Scenarios that leave everything that paths share as it is, and so may run together."""
