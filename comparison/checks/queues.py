"""Checks of SQS."""

from collections.abc import Mapping

from comparison.verdicts import Check

QUEUES_CHECKS: Mapping[str, Check] = {}
