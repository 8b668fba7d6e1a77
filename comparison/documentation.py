"""`docs/facts.md`: all facts and the matrix of what is documented, made from the data."""

import re
from collections.abc import Iterable

from comparison.facts.catalogue import Behaviour, Catalogue, Cell, Claim, Fact
from comparison.path import Path

TITLES = {
    "sdk": "Synchronous invocation: SDK and CLI",
    "api_gateway": "Synchronous invocation: API Gateway",
    "alb": "Synchronous invocation: Application Load Balancer",
    "asynchronous": "Asynchronous invocation",
    "s3": "Asynchronous invocation: S3",
    "eventbridge": "Asynchronous invocation: EventBridge rules and schedules",
    "sns": "Asynchronous invocation: SNS",
    "sqs": "Polling: SQS",
    "other": "Paths that are not deployed",
    "harness": "What a harness has to know",
}
"""Headings of the sections, in their order; a section is a file of facts."""

HARNESS = "harness"
"""Section whose facts are about observing, and are not counted among the facts about paths."""

MATRIX_TITLE = "What tells the paths apart"
CLAIMS_TITLE = "Claims"

INTRODUCTION = """\
<!-- Made by `python -m comparison facts > docs/facts.md` from comparison/facts/; do not edit. -->

# Facts

What AWS documents, or was seen to do, when something invokes a Lambda function: {facts} facts,
each with its source. **{checked} of the {facts} are checked** by every run, on all paths that are
named; the others say why not. {unconfirmed} of the checked ones are not confirmed on AWS: they are
observed and reported, never asserted.

Evidence, the strongest first: *recorded* by tests that ran on AWS, *captured* by a third party,
*published* as a single session, *model* that AWS ships in its SDKs, *cdk* synthesis, *documented*
by AWS, *field* reports of users, *unconfirmed*.

{contents}
"""


def facts_document(catalogue: Catalogue) -> str:
    """Return `docs/facts.md`, as Markdown."""
    sections = {
        title: [fact for fact in catalogue.facts if fact.section == section]
        for section, title in TITLES.items()
    }
    return "\n".join(
        [
            _introduction(catalogue),
            f"## {MATRIX_TITLE}\n",
            *map(_behaviour, catalogue.behaviours),
            f"## {CLAIMS_TITLE}\n",
            *map(_claim, catalogue.claims),
            *(_section(title, facts) for title, facts in sections.items()),
        ]
    )


def _introduction(catalogue: Catalogue) -> str:
    about_paths = [fact for fact in catalogue.facts if fact.section != HARNESS]
    checked = [fact for fact in about_paths if fact.is_checked]
    contents = [MATRIX_TITLE, CLAIMS_TITLE, *TITLES.values()]
    return INTRODUCTION.format(
        facts=len(about_paths),
        checked=len(checked),
        unconfirmed=sum(not fact.is_asserted for fact in checked),
        contents="\n".join(f"- [{title}](#{_anchor(title)})" for title in contents),
    )


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    kept = (character for character in title.lower() if character.isalnum() or character in " -")
    return "".join(kept).replace(" ", "-")


def _behaviour(behaviour: Behaviour) -> str:
    """Return one row of the matrix, turned: a line for the paths that answer alike."""
    alike: dict[str, list[tuple[Path, Cell]]] = {}
    for path, cell in behaviour.cells.items():
        alike.setdefault(_answer(cell), []).append((path, cell))
    lines = [
        f"| {_paths(path for path, _ in group)} | {answer} | {_links(cell for _, cell in group)} |"
        for answer, group in alike.items()
    ]
    heading = f"### {behaviour.id}: {behaviour.question}"
    return "\n".join([heading, "", "| paths | documented | facts |", "|---|---|---|", *lines, ""])


def _answer(cell: Cell) -> str:
    if cell.not_applicable:
        return f"*not applicable: {_text(cell.not_applicable)}*"
    documented = _text(cell.documented or "")
    return (
        f"{documented} *(not observed: {_text(cell.not_observed)})*"
        if cell.not_observed
        else documented
    )


def _links(cells: Iterable[Cell]) -> str:
    facts = dict.fromkeys(fact for cell in cells for fact in cell.facts)
    return ", ".join(f"[{fact}](#{_anchor(fact)})" for fact in facts)


def _claim(claim: Claim) -> str:
    facts = ", ".join(f"[{fact}](#{_anchor(fact)})" for fact in claim.facts)
    return (
        f"### {claim.text}\n\nExpected: **{claim.verdict_expected}**. {_text(claim.how)} "
        f"Facts: {facts}.\n"
    )


def _section(title: str, facts: Iterable[Fact]) -> str:
    return "\n".join([f"## {title}\n", *map(_fact, facts)])


def _fact(fact: Fact) -> str:
    paths = f"{_paths(fact.paths)}; " if fact.paths else ""
    return (
        f"### {fact.id}\n\n{_text(fact.statement)}\n\n"
        f"- {paths}{_evidence(fact)}; [source]({fact.source})\n- {_check(fact)}\n"
    )


def _evidence(fact: Fact) -> str:
    when = f" {fact.recorded}" if fact.recorded else ""
    what = f" ({_text(fact.recording)})" if fact.recording else ""
    return f"{fact.evidence}{when}{what}"


def _check(fact: Fact) -> str:
    if fact.unchecked:
        return f"Not checked: {_text(fact.unchecked)}."
    asserted = "Checked" if fact.is_asserted else "Observed, not asserted"
    return f"{asserted}: {_text(fact.observe or '')}"


def _paths(paths: Iterable[Path]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def _text(text: str) -> str:
    """Return a text with those characters escaped that Markdown takes for more than themselves."""
    return re.sub(r"([*<|\[\]])", r"\\\1", text)
