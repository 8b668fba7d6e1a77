"""Whether every fact that is to be checked has a check, and every check a fact."""

from collections.abc import Iterable

from comparison.facts.catalogue import Catalogue


def uncovered(catalogue: Catalogue, checks: Iterable[str]) -> list[str]:
    """Return what is wrong, one line each: facts without a check, checks without a fact.

    checks are the ids of the facts that have one.
    """
    checked = {fact.id for fact in catalogue.facts if fact.is_checked}
    unchecked = {fact.id for fact in catalogue.facts} - checked
    named = set(checks)
    return [
        *(f"fact {fact} has no check" for fact in sorted(checked - named)),
        *(f"fact {fact} has a check and says it has none" for fact in sorted(named & unchecked)),
        *(f"check {fact} has no fact" for fact in sorted(named - checked - unchecked)),
    ]
