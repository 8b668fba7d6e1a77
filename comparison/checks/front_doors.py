"""Checks of API Gateway and the load balancer."""

from collections.abc import Mapping

from comparison.verdicts import Check

FRONT_DOORS_CHECKS: Mapping[str, Check] = {}
