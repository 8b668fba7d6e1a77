"""`summary.md`: the run in short, for a comment on a pull request or the summary of a CI job."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from comparison.report import words
from comparison.report.cost import cost
from comparison.report.layout import typical
from comparison.report.model import Fact, Job, Results, Verdict
from comparison.report.notices import notices

MOST_FACTS: Final = 40
"""How many facts of one verdict are listed: a comment can only be so long."""
COLUMNS: Final = (
    "path",
    "invocation type",
    "slow: caller waited",
    "raise: caller got",
    "raise: attempts",
    "raise: ended",
)


def render_summary(results: Results) -> str:
    """Return the summary as Markdown."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    verdicts = Counter(fact.verdict for fact in results.facts)
    told = [f"{verdicts[verdict]} {_in_words(verdict)}" for verdict in Verdict if verdicts[verdict]]
    yield f"## One function, every way in: {', '.join(told) or 'no facts'}"
    yield ""
    yield f"**{escaped(words.provenance(results.target))}**"
    for notice in notices(results):
        yield f"\n> {escaped(notice)}"
    yield from _paths(results)
    for verdict in (Verdict.FAILED, Verdict.DIVERGED):
        yield from _facts(verdict, [fact for fact in results.facts if fact.verdict is verdict])
    yield from _claims(results)
    total = cost(results.jobs)
    yield ""
    yield (
        f"{words.many(total.jobs, 'job')}, {words.many(total.invocations, 'invocation')}, "
        f"{total.billed_milliseconds:,} ms computed from their receipts. "
        f"{escaped(' '.join(words.pace_note(results.target)))}"
    )


def _paths(results: Results) -> Iterator[str]:
    rows = [
        [path, kind.value, *_cells([job for job in results.jobs if job.path == path])]
        for path, kind in results.paths.items()
    ]
    if not rows:
        return
    yield ""
    yield _row(COLUMNS)
    yield _row(["---"] * len(COLUMNS))
    yield from map(_row, rows)


def _cells(jobs: Sequence[Job]) -> list[str]:
    slow, failing = (_typical(jobs, scenario) for scenario in ("slow", "raise"))
    if failing is None:
        got, attempts, ended = "", "", ""
    else:
        got, attempts = words.answer(failing.caller), str(len(failing.attempts))
        ended = ", ".join(ending.where for ending in failing.endings)
    waited = words.duration(slow.caller.seconds) if slow and slow.caller else ""
    return [waited, got, attempts, ended]


def _typical(jobs: Iterable[Job], scenario: str) -> Job | None:
    of_scenario = [job for job in jobs if job.scenario == scenario]
    return typical(of_scenario) if of_scenario else None


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(escaped(cell) or '-' for cell in cells)} |"


def _facts(verdict: Verdict, facts: Sequence[Fact]) -> Iterator[str]:
    if not facts:
        return
    yield ""
    yield f"### {words.many(len(facts), 'fact')} {_in_words(verdict)}: {words.MEANING[verdict]}"
    yield ""
    for fact in facts[:MOST_FACTS]:
        said = f": {escaped(fact.explanation)}" if fact.explanation else ""
        yield f"- **{escaped(fact.id)}** on {escaped(fact.path)}, {escaped(fact.statement)}{said}"
    if len(facts) > MOST_FACTS:
        yield f"- and {len(facts) - MOST_FACTS} more"


def _claims(results: Results) -> Iterator[str]:
    if results.claims:
        yield "\n### Claims\n"
    for claim in results.claims:
        yield f"- “{escaped(claim.text)}” **{escaped(claim.verdict)}**"


def _in_words(verdict: Verdict) -> str:
    return verdict.replace("-", " ")


def escaped(text: str) -> str:
    """Return a text of one line that Markdown shows as it is, whatever it holds."""
    plain = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", " ".join(text.split()))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
