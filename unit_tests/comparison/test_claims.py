"""What a run says about sentences that people repeat."""

from collections.abc import Iterable

import pytest
from rich.console import Console

from comparison.claims import claims_document, judge_claims
from comparison.facts.catalogue import Catalogue, load_catalogue
from comparison.findings import print_claims
from comparison.path import Path
from comparison.targets import Target
from comparison.verdicts import FactResult, Verdict

CATALOGUE = load_catalogue()
CLAIMS = {claim.id: claim for claim in CATALOGUE.claims}

Found = tuple[str, Path, Verdict]


def verdict_on(claim: str, found: Iterable[Found]) -> str:
    results = [
        FactResult(CATALOGUE.fact(fact), path, {}, {"delay": 0.1}, verdict)
        for fact, path, verdict in found
    ]
    (result,) = judge_claims(Catalogue(CATALOGUE.facts, (), (CLAIMS[claim],)), results)
    return result.words


WITHOUT_WINDOW, WITH_WINDOW = "QS-21", "QS-22"


@pytest.mark.parametrize(
    ("without_window", "verdict"),
    [
        (Verdict.HELD, "not supported"),
        (Verdict.FAILED, "confirmed"),
        (Verdict.DIVERGED, "confirmed"),
        (Verdict.NOT_OBSERVED, "not observed"),
    ],
)
@pytest.mark.parametrize("with_window", list(Verdict))
def test_a_message_without_a_window_decides_about_the_window(
    without_window: Verdict, with_window: Verdict, verdict: str
) -> None:
    found = [
        (WITHOUT_WINDOW, Path.SQS, without_window),
        (WITH_WINDOW, Path.SQS, with_window),
    ]
    assert verdict_on("batching-window", found) == verdict


def test_an_event_invocation_is_confirmed_when_all_that_decides_holds() -> None:
    slow = ("AS-01", Path.SDK_EVENT, Verdict.HELD)
    throttled = ("AS-02", Path.SDK_EVENT, Verdict.HELD)
    assert verdict_on("event-invocation", [slow, throttled]) == "confirmed"
    assert verdict_on("event-invocation", [slow]) == "not observed"
    not_seen = ("AS-01", Path.CLI_EVENT, Verdict.NOT_OBSERVED)
    assert verdict_on("event-invocation", [slow, throttled, not_seen]) == "confirmed"
    failed = ("AS-01", Path.CLI_EVENT, Verdict.FAILED)
    assert verdict_on("event-invocation", [slow, throttled, failed]) == "not supported"


def test_a_run_that_shows_nothing_says_nothing() -> None:
    for result in judge_claims(CATALOGUE, []):
        assert result.words == "not observed"


def test_the_results_say_what_a_verdict_rests_on() -> None:
    seen = FactResult(CATALOGUE.fact("QS-21"), Path.SQS, {}, {"delay": 0.04}, Verdict.HELD)
    document = {one["id"]: one for one in claims_document(judge_claims(CATALOGUE, [seen]))}
    written = document["batching-window"]
    assert written["verdict"] == "not supported"
    assert written["text"] == CLAIMS["batching-window"].text
    assert written["how"] == CLAIMS["batching-window"].how
    assert written["facts"] == ["QS-03", "QS-21", "QS-22"]
    assert written["observed"] == [
        {"fact": "QS-21", "path": "sqs", "verdict": "held", "observed": "delay 0.04"}
    ]


def test_the_printed_claims_say_what_was_measured_on(local: Target) -> None:
    console = Console(width=120, record=True, force_terminal=False)
    seen = FactResult(CATALOGUE.fact("QS-21"), Path.SQS, {}, {"delay": 0.04}, Verdict.HELD)
    print_claims(console, local, judge_claims(CATALOGUE, [seen]))
    text = console.export_text()
    assert f"claim not supported: {CLAIMS['batching-window'].text}" in text
    assert "QS-21 on sqs held: delay 0.04" in text
    assert "on an emulator, not on AWS" in text
