"""Scenarios of SQS."""

from comparison.scenarios.scenario import Scenario

QUEUES: tuple[Scenario, ...] = ()
