"""Checks of the direct paths: the SDK and the CLI, both ways."""

from collections.abc import Mapping

from comparison.verdicts import Check

DIRECT_CHECKS: Mapping[str, Check] = {}
