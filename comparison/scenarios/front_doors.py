"""Scenarios of API Gateway and the load balancer."""

from comparison.scenarios.scenario import Scenario

FRONT_DOORS: tuple[Scenario, ...] = ()
