"""Checks: how each fact is observed in a run."""

from collections.abc import Mapping

from comparison.checks.asynchronous import ASYNCHRONOUS_CHECKS
from comparison.checks.direct import DIRECT_CHECKS
from comparison.checks.front_doors import FRONT_DOORS_CHECKS
from comparison.checks.harness import HARNESS_CHECKS
from comparison.checks.plain_jobs import PLAIN_JOBS
from comparison.checks.queues import QUEUES_CHECKS
from comparison.checks.seen import Check
from comparison.checks.triggers import TRIGGERS_CHECKS

CHECKS: Mapping[str, Check] = {
    **PLAIN_JOBS,
    **DIRECT_CHECKS,
    **FRONT_DOORS_CHECKS,
    **ASYNCHRONOUS_CHECKS,
    **TRIGGERS_CHECKS,
    **QUEUES_CHECKS,
    **HARNESS_CHECKS,
}
"""The check of every fact that has one, by the fact's id."""
