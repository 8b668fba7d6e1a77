"""`junit.xml`: the verdicts as test results, for CI systems.

A suite is a path, a test is a fact. A fact that diverges as listed, or was not observed, counts as
skipped, with the reason. The elements and attributes are those that Jenkins, GitLab and the common
schemas agree on.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from comparison.report import words
from comparison.report.model import Fact, Results, Verdict
from comparison.report.svg import in_xml

NAME: Final = "lambda-invocation-paths"
SKIPPED: Final = frozenset({Verdict.DIVERGED, Verdict.NOT_OBSERVED})


def render_junit(results: Results) -> str:
    """Return the results as JUnit XML."""
    root = Element("testsuites", name=NAME)
    for path in results.paths:
        _suite(root, results, path, [fact for fact in results.facts if fact.path == path])
    if results.interruption:
        _interruption(root, results)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    indent(root)
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: Element, results: Results, name: str, facts: Sequence[Fact]) -> Element:
    verdicts = [fact.verdict for fact in facts]
    suite = SubElement(
        root,
        "testsuite",
        name=in_xml(name),
        tests=str(len(facts)),
        failures=str(verdicts.count(Verdict.FAILED)),
        errors="0",
        skipped=str(sum(verdict in SKIPPED for verdict in verdicts)),
        time="0",
        timestamp=datetime.fromtimestamp(results.started, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        hostname=in_xml(results.target.name),
    )
    properties = SubElement(suite, "properties")
    provenance = in_xml(words.provenance(results.target))
    SubElement(properties, "property", name="provenance", value=provenance)
    for fact in facts:
        _case(suite, fact)
    return suite


def _case(suite: Element, fact: Fact) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=in_xml(f"{NAME}.{fact.path}"),
        name=in_xml(f"{fact.id} {fact.statement}"),
        time="0",
    )
    reason = in_xml(f"{fact.verdict}: {fact.explanation}" if fact.explanation else fact.verdict)
    if fact.verdict is Verdict.FAILED:
        failure = SubElement(case, "failure", message=reason, type="failed")
        failure.text = in_xml(
            f"{fact.explanation}\nexpected: {fact.expected!r}\nobserved: {fact.observed!r}\n"
            f"source: {fact.source}"
        )
    elif fact.verdict in SKIPPED:
        SubElement(case, "skipped", message=reason)


def _interruption(root: Element, results: Results) -> None:
    suite = _suite(root, results, "run", [])
    suite.set("tests", "1")
    suite.set("errors", "1")
    case = SubElement(
        suite, "testcase", classname=f"{NAME}.run", name="the run came to its end", time="0"
    )
    SubElement(case, "error", message=in_xml(results.interruption or ""), type="interrupted")
