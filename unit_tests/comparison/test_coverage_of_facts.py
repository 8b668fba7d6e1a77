"""A fact without a check and a check without a fact: collecting this file fails on either."""

from dataclasses import replace

import pytest

from comparison import command_line
from comparison.checks import CHECKS
from comparison.coverage import uncovered
from comparison.facts.catalogue import Catalogue, Evidence, Fact, load_catalogue
from comparison.path import Path

if missing := uncovered(load_catalogue(), CHECKS):
    raise pytest.UsageError("; ".join(missing))

FACT = Fact(
    id="XX-01",
    section="test",
    paths=(Path.SQS,),
    statement="Two attempts.",
    source="https://example.com/",
    evidence=Evidence.DOCUMENTED,
    observe="look",
    expected={Path.SQS: {"attempts": 2}},
)
UNCHECKED = replace(FACT, id="XX-02", expected={}, unchecked="costs money")
CATALOGUE = Catalogue((FACT, UNCHECKED), (), ())


def test_nothing_is_wrong_when_exactly_the_checked_facts_have_a_check() -> None:
    assert uncovered(CATALOGUE, {"XX-01"}) == []


def test_a_fact_without_a_check_is_named() -> None:
    assert uncovered(CATALOGUE, {}) == ["fact XX-01 has no check"]


def test_a_check_without_a_fact_is_named() -> None:
    assert uncovered(CATALOGUE, {"XX-01", "XX-03"}) == ["check XX-03 has no fact"]


def test_a_check_of_a_fact_that_says_why_it_has_none_is_named() -> None:
    assert uncovered(CATALOGUE, {"XX-01", "XX-02"}) == [
        "fact XX-02 has a check and says it has none"
    ]


def test_the_command_line_refuses_to_run_while_a_fact_has_no_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "CHECKS", {**CHECKS, "XX-03": CHECKS["QS-01"]})
    assert command_line.main([]) == command_line.REFUSED
    assert capsys.readouterr().err == "comparison: check XX-03 has no fact\n"
