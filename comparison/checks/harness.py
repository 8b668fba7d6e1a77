"""Checks of what a harness must know: client retries, logs."""

from collections.abc import Mapping

from comparison.verdicts import Check

HARNESS_CHECKS: Mapping[str, Check] = {}
