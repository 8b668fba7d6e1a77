"""docs/facts.md is made from the facts, and is current."""

from pathlib import Path as FilePath

import pytest

from comparison.command_line import HELD, main
from comparison.documentation import facts_document
from comparison.facts.catalogue import load_catalogue

FILE = FilePath(__file__).parents[2] / "docs" / "facts.md"


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == facts_document(load_catalogue()), (
        "run `python -m comparison facts > docs/facts.md`"
    )


def test_the_command_prints_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts"]) == HELD
    assert capsys.readouterr().out == facts_document(load_catalogue())


def test_every_fact_is_there_with_its_source_and_its_check_or_why_it_has_none() -> None:
    sections = facts_document(load_catalogue()).split("\n### ")
    by_heading = {section.partition("\n")[0]: section for section in sections}
    for fact in load_catalogue().facts:
        section = by_heading[fact.id]
        assert f"[source]({fact.source})" in section
        assert ("Not checked: " in section) == (not fact.is_checked)
        assert f"{fact.evidence}" in section


def test_the_counts_are_those_of_the_facts_about_paths() -> None:
    facts = [fact for fact in load_catalogue().facts if fact.section != "harness"]
    checked = sum(fact.is_checked for fact in facts)
    assert f"**{checked} of the {len(facts)} are checked**" in facts_document(load_catalogue())


def test_every_behaviour_names_every_path_once() -> None:
    document = facts_document(load_catalogue())
    for behaviour in load_catalogue().behaviours:
        table = document.split(f"### {behaviour.id}: ")[1].partition("\n### ")[0]
        for path in behaviour.cells:
            assert table.count(f"`{path}`") == 1


def test_every_link_leads_to_a_heading() -> None:
    document = facts_document(load_catalogue())
    anchors = {
        "".join(c for c in line.lstrip("# ").lower() if c.isalnum() or c in " -").replace(" ", "-")
        for line in document.splitlines()
        if line.startswith("##")
    }
    linked = {part.partition(")")[0] for part in document.split("](#")[1:]}
    assert linked <= anchors
