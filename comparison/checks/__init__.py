"""Checks: how each fact is observed in a run."""

from collections.abc import Mapping

from comparison.checks.plain_jobs import PLAIN_JOBS
from comparison.verdicts import Check

CHECKS: Mapping[str, Check] = {**PLAIN_JOBS}
"""The check of every fact that has one, by the fact's id."""
