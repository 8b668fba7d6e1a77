"""Scenarios of the direct paths: the SDK and the CLI, both ways."""

from comparison.scenarios.scenario import Scenario

DIRECT: tuple[Scenario, ...] = ()
