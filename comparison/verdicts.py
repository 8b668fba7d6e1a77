"""Facts against observations: held, failed, diverged as listed, or not observed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from comparison.checks.seen import Check, NotObserved, Seen
from comparison.divergences import Divergence
from comparison.facts.catalogue import Catalogue, Fact
from comparison.facts.matching import is_matcher, mismatch
from comparison.path import Path
from comparison.targets import TargetName

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
"""What a check raises when an observation lacks what AWS always has."""


class Verdict(StrEnum):
    """What came of a fact on a path."""

    HELD = "held"
    FAILED = "failed"
    DIVERGED = "diverged"
    NOT_OBSERVED = "not-observed"


@dataclass(frozen=True)
class FactResult:
    """One fact on one path: what was expected, what was observed, and the verdict.

    explanation says in one line how the observation differs, or why there is none. jobs are the ids
    of those that show it.
    """

    fact: Fact
    path: Path
    expected: object
    observed: object
    verdict: Verdict
    explanation: str = ""
    jobs: tuple[str, ...] = ()


def judge(
    catalogue: Catalogue,
    checks: Mapping[str, Check],
    divergences: Iterable[Divergence],
    seen: Seen,
    paths: Iterable[Path],
) -> list[FactResult]:
    """Return the verdict on every checked fact on every path of a run, in catalogue order."""
    listed = {
        (row.fact, path): row
        for row in divergences
        if row.target is seen.target.name
        for path in row.paths
    }
    on = set(paths)
    return [
        _judge(fact, path, checks[fact.id], listed.get((fact.id, path)), seen)
        for fact in catalogue.facts
        for path in fact.expected
        if path in on and fact.id in checks
    ]


def _judge(
    fact: Fact, path: Path, check: Check, divergence: Divergence | None, seen: Seen
) -> FactResult:
    expected = fact.expected[path]
    seen = replace(seen, asked_for=[])
    observed: object = None
    difference: str | None
    try:
        observed = check(seen, path)
    except NotObserved as reason:
        return FactResult(fact, path, expected, None, Verdict.NOT_OBSERVED, str(reason))
    except UNREADABLE as error:
        # A target may leave out what the check reads: that is how it differs, and no end of a run.
        difference = f"what was observed cannot be read: {error!r}"
    else:
        difference = mismatch(expected, observed)
    verdict, explanation = _verdict(fact, difference, divergence, seen.target.name)
    return FactResult(
        fact,
        path,
        expected,
        relevant(expected, observed),
        verdict,
        explanation,
        tuple(dict.fromkeys(seen.asked_for)),
    )


def _verdict(
    fact: Fact, difference: str | None, divergence: Divergence | None, target: TargetName
) -> tuple[Verdict, str]:
    if difference is None and (divergence is None or divergence.varies):
        return Verdict.HELD, ""
    if difference is None:
        return Verdict.FAILED, f"{target} keeps this fact now: remove it from divergences.toml"
    if divergence is not None:
        return Verdict.DIVERGED, f"{difference} (listed: {divergence.seen})"
    if not fact.is_asserted:
        return Verdict.DIVERGED, f"{difference} (not confirmed on AWS, not asserted)"
    return Verdict.FAILED, difference


def relevant(expected: object, observed: object) -> Any:
    """Return the part of an observation that an expectation speaks of."""
    if isinstance(expected, Mapping) and isinstance(observed, Mapping):
        if not expected or is_matcher(expected):
            return observed
        return {
            key: relevant(value, observed[key])
            for key, value in expected.items()
            if key in observed
        }
    return observed
