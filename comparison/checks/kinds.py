"""Kinds of checks: made from the names of scenarios and examinations, for many facts alike."""

from collections.abc import Mapping
from typing import Any

from comparison.checks.observed import inside, key_names
from comparison.checks.seen import Check, Seen
from comparison.path import Path


def one_job(scenario: str) -> Check:
    """Return the check that reads what was seen of a scenario's job."""
    return lambda seen, path: seen.described(scenario, path)


def side_by_side(**scenarios: str) -> Check:
    """Return the check that reads what was seen of the jobs of several scenarios, by label."""

    def check(seen: Seen, path: Path) -> Mapping[str, Any]:
        return {label: seen.described(scenario, path) for label, scenario in scenarios.items()}

    return check


def with_keys(scenario: str, *steps: str | int) -> Check:
    """Return the check of one job that also names the keys of a table inside what was seen."""

    def check(seen: Seen, path: Path) -> Mapping[str, Any]:
        job = seen.described(scenario, path)
        return {**job, "keys": key_names(inside(job, *steps))}

    return check


def examined(examination: str, *steps: str | int) -> Check:
    """Return the check that reads an examination's answer, or a part of it."""

    def check(seen: Seen, path: Path) -> object:
        del path  # an examination is not about a single job
        return inside(seen.answer_of(examination), *steps)

    return check
