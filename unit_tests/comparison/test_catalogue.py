from collections.abc import Callable
from datetime import date
from pathlib import Path as FilePath

import pytest

from comparison.facts.catalogue import (
    CatalogueError,
    Cell,
    ClaimVerdict,
    Evidence,
    load_catalogue,
)
from comparison.path import Path

FACT = """
[[fact]]
id = "AG-11"
paths = ["api-gateway"]
statement = "When the function raises, the client gets 502."
source = "https://example.com/"
evidence = "published"
recorded = 2025-05-20
recording = "curl of an edge REST API"
observe = "Send raise."
expected = { status = 502 }
"""
CELLS = "\n".join(f'{path} = {{ not_applicable = "no such thing" }}' for path in Path)
BEHAVIOUR = f"""
[[behaviour]]
id = "D02"
question = "What status does the caller get when the function raises?"
facts = ["AG-11"]
[behaviour.cells]
{CELLS}
"""
CLAIM = """
[[claim]]
id = "leak"
text = "The exception reaches the client."
verdict_expected = "not supported"
facts = ["AG-11"]
decided_by = ["AG-11"]
how = "Send raise and read the body."
"""

WriteCatalogue = Callable[..., FilePath]


@pytest.fixture
def write(tmp_path: FilePath) -> WriteCatalogue:
    """Write a small catalogue, of which a test changes what it is about."""

    def write_files(
        fact: str = FACT, behaviour: str = BEHAVIOUR, claim: str = CLAIM, **other: str
    ) -> FilePath:
        files = {"api_gateway": fact, "matrix": behaviour, "claims": claim, **other}
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write_files


def test_a_fact_is_read_with_its_source_and_evidence(write: WriteCatalogue) -> None:
    fact = load_catalogue(write()).fact("AG-11")
    assert fact.section == "api_gateway"
    assert fact.paths == (Path.API_GATEWAY,)
    assert fact.source == "https://example.com/"
    assert fact.evidence is Evidence.PUBLISHED
    assert fact.recorded == date(2025, 5, 20)
    assert fact.expected == {Path.API_GATEWAY: {"status": 502}}
    assert fact.is_checked
    assert fact.is_asserted


def test_one_expectation_holds_on_every_path_of_a_fact(write: WriteCatalogue) -> None:
    fact = FACT.replace('["api-gateway"]', '["api-gateway", "alb"]')
    catalogue = load_catalogue(write(fact))
    assert catalogue.fact("AG-11").expected == {
        Path.API_GATEWAY: {"status": 502},
        Path.ALB: {"status": 502},
    }
    assert [fact.id for fact in catalogue.facts_on(Path.ALB)] == ["AG-11"]
    assert catalogue.facts_on(Path.SQS) == ()


def test_an_expectation_may_differ_by_path(write: WriteCatalogue) -> None:
    fact = FACT.replace('["api-gateway"]', '["api-gateway", "alb"]').replace(
        "expected = { status = 502 }",
        "expected_by_path = { api-gateway = { status = 502 }, alb = { status = 503 } }",
    )
    assert load_catalogue(write(fact)).fact("AG-11").expected == {
        Path.API_GATEWAY: {"status": 502},
        Path.ALB: {"status": 503},
    }


def test_an_unconfirmed_fact_is_checked_but_not_asserted(write: WriteCatalogue) -> None:
    fact = load_catalogue(write(FACT.replace('"published"', '"unconfirmed"'))).fact("AG-11")
    assert fact.is_checked
    assert not fact.is_asserted


def test_an_unchecked_fact_gives_its_reason(write: WriteCatalogue) -> None:
    text = FACT.replace("expected = { status = 502 }", 'unchecked = "costs money"')
    fact = load_catalogue(write(text)).fact("AG-11")
    assert not fact.is_checked
    assert not fact.is_asserted
    assert fact.unchecked == "costs money"
    assert fact.expected == {}


def test_a_cell_names_its_facts_or_says_why_there_are_none(write: WriteCatalogue) -> None:
    cells = (
        CELLS.replace(
            'api-gateway = { not_applicable = "no such thing" }',
            'api-gateway = { documented = "502", facts = ["AG-11"] }',
        )
    ).replace(
        'alb = { not_applicable = "no such thing" }',
        'alb = { documented = "502", facts = [], not_observed = "no recording" }',
    )
    (behaviour,) = load_catalogue(write(behaviour=BEHAVIOUR.replace(CELLS, cells))).behaviours
    assert behaviour.cells[Path.API_GATEWAY] == Cell("502", ("AG-11",))
    assert behaviour.cells[Path.ALB] == Cell("502", not_observed="no recording")
    assert behaviour.cells[Path.SQS] == Cell(None, not_applicable="no such thing")


def test_a_claim_says_what_the_experiment_is_expected_to_show(write: WriteCatalogue) -> None:
    (claim,) = load_catalogue(write()).claims
    assert claim.verdict_expected is ClaimVerdict.NOT_SUPPORTED
    assert claim.facts == ("AG-11",)
    assert claim.decided_by == ("AG-11",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = "https://example.com/"\n', "", "source is missing"),
        ('"https://example.com/"', '" "', "source is blank"),
        ('"https://example.com/"', '"the manual"', "source 'the manual' is no https:// address"),
        ('statement = "When', 'statements = "When', "statement is missing"),
        ('["api-gateway"]', '["gateway"]', "paths: 'gateway' is none of sdk-sync, cli-sync, api-"),
        ('["api-gateway"]', "[7]", "paths is not a list of texts"),
        ('["api-gateway"]', '"api-gateway"', "paths is not a list"),
        ('["api-gateway"]', "[]", "paths is missing"),
        ('"published"', '"rumour"', "evidence: 'rumour' is none of recorded, captured, published"),
        ("2025-05-20", '"2025-05-20"', "recorded is not a date"),
        ("expected = { status = 502 }", "", "neither expected nor unchecked is given"),
        ("502 }", '502 }\nunchecked = "no"', "expected and unchecked exclude each other"),
        ('observe = "Send raise."', "", "observe is missing"),
        ("502 }", "{ at_least = 'x' } }", "expected on api-gateway: a bound in {'at_least': 'x'}"),
        ("502 }", "502 }\ncolour = 'red'", "'colour' is not a key of this entry"),
        (
            "expected = {",
            "expected_by_path = { api-gateway = 1 }\nexpected = {",
            "expected_by_path must stand alone and have exactly the paths",
        ),
        (
            "expected = { status = 502 }",
            "expected_by_path = { alb = 1 }",
            "expected_by_path must stand alone and have exactly the paths",
        ),
    ],
)
def test_a_wrong_fact_is_named_in_one_line(
    write: WriteCatalogue, old: str, new: str, message: str
) -> None:
    assert old in FACT
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(FACT.replace(old, new)))
    assert str(error.value).startswith(f"api_gateway.toml: fact AG-11: {message}")
    assert "\n" not in str(error.value)


def test_an_id_is_used_once_in_all_files(write: WriteCatalogue) -> None:
    with pytest.raises(CatalogueError, match=r"^other.toml: fact AG-11: the id is used twice$"):
        load_catalogue(write(other=FACT))


def test_an_entry_without_an_id_is_named_by_its_number(write: WriteCatalogue) -> None:
    text = FACT + FACT.replace('id = "AG-11"', "")
    with pytest.raises(CatalogueError, match=r"^api_gateway.toml: fact number 2: id is missing$"):
        load_catalogue(write(text))


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('{ documented = "502", facts = ["AG-99"] }', "there is no fact AG-99"),
        ('{ documented = "502", facts = ["AG-11"] }', "fact AG-11 is not checked on this path"),
        ('{ documented = "502", facts = [] }', "needs either facts or not_observed"),
        ('{ facts = [], not_observed = "no" }', "documented is missing"),
        ('{ documented = "x", not_observed = "y", a = 1 }', "'a' is not a key of this entry"),
        ('{ not_applicable = "x", documented = "y" }', "'documented' is not a key of this entry"),
    ],
)
def test_a_wrong_cell_is_named_in_one_line(write: WriteCatalogue, cell: str, message: str) -> None:
    behaviour = BEHAVIOUR.replace('alb = { not_applicable = "no such thing" }', f"alb = {cell}")
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(behaviour=behaviour))
    assert str(error.value) == f"matrix.toml: behaviour D02: cells: alb: {message}"


def test_every_path_has_a_cell(write: WriteCatalogue) -> None:
    behaviour = BEHAVIOUR.replace('sqs = { not_applicable = "no such thing" }', "")
    with pytest.raises(
        CatalogueError, match=r"^matrix.toml: behaviour D02: cells: sqs is missing$"
    ):
        load_catalogue(write(behaviour=behaviour))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('facts = ["AG-11"]', "facts = []", "facts is missing"),
        ('facts = ["AG-11"]', 'facts = ["AG-99"]', "there is no fact AG-99"),
        ('decided_by = ["AG-11"]', "", "decided_by must name some of its facts"),
        ('decided_by = ["AG-11"]', 'decided_by = ["AS-01"]', "decided_by must name some of its"),
        ('"not supported"', '"nonsense"', "verdict_expected: 'nonsense' is none of confirmed, not"),
    ],
)
def test_a_wrong_claim_is_named_in_one_line(
    write: WriteCatalogue, old: str, new: str, message: str
) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(claim=CLAIM.replace(old, new)))
    assert str(error.value).startswith(f"claims.toml: claim leak: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[fact", "sns.toml: is not TOML: "),
        ("[[facts]]", "sns.toml: 'facts' is no [[fact]]"),
        ("fact = 1", "sns.toml: 'fact' is no list of tables"),
    ],
)
def test_a_file_that_is_no_list_of_facts_is_named(
    write: WriteCatalogue, text: str, message: str
) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(sns=text))
    assert str(error.value).startswith(message)


def test_a_missing_file_is_named(write: WriteCatalogue) -> None:
    folder = write()
    (folder / "matrix.toml").unlink()
    with pytest.raises(CatalogueError, match=r"^matrix.toml: cannot be read: "):
        load_catalogue(folder)


def test_the_catalogue_holds_every_fact_and_checks_most() -> None:
    catalogue = load_catalogue()
    facts = [fact for fact in catalogue.facts if fact.section != "harness"]
    assert len(facts) == 210
    assert sum(fact.is_checked for fact in facts) >= 150
    assert len(catalogue.behaviours) == 25
    assert len(catalogue.claims) == 2


def test_a_behaviours_facts_are_those_of_its_cells() -> None:
    catalogue = load_catalogue()
    for behaviour in catalogue.behaviours:
        in_cells = {fact for cell in behaviour.cells.values() for fact in cell.facts}
        unchecked = {fact for fact in behaviour.facts if not catalogue.fact(fact).is_checked}
        assert in_cells == set(behaviour.facts) - unchecked, behaviour.id


def test_what_was_recorded_says_when_and_what() -> None:
    for fact in load_catalogue().facts:
        if fact.evidence in {Evidence.RECORDED, Evidence.CAPTURED, Evidence.PUBLISHED}:
            assert fact.recorded, fact.id
            assert fact.recording, fact.id
