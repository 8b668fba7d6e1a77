"""Scenarios of S3, EventBridge, the schedule and SNS."""

from comparison.scenarios.scenario import Scenario

TRIGGERS: tuple[Scenario, ...] = ()
