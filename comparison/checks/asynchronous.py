"""Checks of asynchronous invocation, on every path that has it."""

from collections.abc import Mapping

from comparison.verdicts import Check

ASYNCHRONOUS_CHECKS: Mapping[str, Check] = {}
