"""Claims: what a run says about sentences that people repeat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.brief import in_brief
from comparison.facts.catalogue import Catalogue, Claim, ClaimVerdict
from comparison.verdicts import FactResult, Verdict

NOT_OBSERVED = "not observed"

_OPPOSITE = {
    ClaimVerdict.CONFIRMED: ClaimVerdict.NOT_SUPPORTED,
    ClaimVerdict.NOT_SUPPORTED: ClaimVerdict.CONFIRMED,
}


@dataclass(frozen=True)
class ClaimResult:
    """What a run says about a claim, and the results on which that rests.

    verdict is None when the run did not show what decides about the claim.
    """

    claim: Claim
    verdict: ClaimVerdict | None
    evidence: tuple[FactResult, ...]

    @property
    def words(self) -> str:
        """The verdict as it is printed."""
        return self.verdict.value if self.verdict else NOT_OBSERVED


def judge_claims(catalogue: Catalogue, results: Sequence[FactResult]) -> list[ClaimResult]:
    """Return what the results of a run say about each claim."""
    return [_judge(claim, results) for claim in catalogue.claims]


def _judge(claim: Claim, results: Sequence[FactResult]) -> ClaimResult:
    evidence = tuple(result for result in results if result.fact.id in claim.facts)
    return ClaimResult(claim, _verdict(claim, evidence), evidence)


def _verdict(claim: Claim, evidence: Iterable[FactResult]) -> ClaimVerdict | None:
    """Return the expected verdict if every fact that decides holds, its opposite if one does not.

    A fact that holds on one of its paths and is not observed on another holds.
    """
    deciding = [result for result in evidence if result.fact.id in claim.decided_by]
    if any(result.verdict in {Verdict.FAILED, Verdict.DIVERGED} for result in deciding):
        return _OPPOSITE[claim.verdict_expected]
    held = {result.fact.id for result in deciding if result.verdict is Verdict.HELD}
    return claim.verdict_expected if held >= set(claim.decided_by) else None


def claims_document(results: Iterable[ClaimResult]) -> list[dict[str, Any]]:
    """Return the claims as `results.json` holds them."""
    return [
        {
            "id": result.claim.id,
            "text": result.claim.text,
            "verdict": result.words,
            "how": result.claim.how,
            "facts": list(result.claim.facts),
            "observed": [
                {
                    "fact": one.fact.id,
                    "path": one.path.value,
                    "verdict": one.verdict.value,
                    "observed": in_brief(one.observed) if one.observed is not None else None,
                }
                for one in result.evidence
            ],
        }
        for result in results
    ]
