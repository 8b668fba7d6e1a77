"""Checks of S3, EventBridge, the schedule and SNS."""

from collections.abc import Mapping

from comparison.verdicts import Check

TRIGGERS_CHECKS: Mapping[str, Check] = {}
