"""junit.xml: as CI systems read it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from comparison.report.junit import render_junit
from comparison.report.model import Results, Verdict
from comparison.report.reading import parse_results

Document = dict[str, Any]

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {
        "name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname",
    },
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}  # fmt: skip
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}


def read(results: Results) -> ElementTree.Element:
    return ElementTree.fromstring(render_junit(results))  # noqa: S314 - our own


def test_only_elements_and_attributes_of_the_common_schema_are_used(results: Results) -> None:
    for element in read(replace(results, interruption="gone")).iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        if element.tag == "testsuite":
            assert element[0].tag == "properties"


def test_each_fact_on_each_path_is_a_test_with_its_verdict(results: Results) -> None:
    root = read(results)
    verdicts = Counter(fact.verdict for fact in results.facts)
    assert len(root.findall(".//testcase")) == len(results.facts)
    assert len(root.findall(".//failure")) == verdicts[Verdict.FAILED]
    skipped = verdicts[Verdict.DIVERGED] + verdicts[Verdict.NOT_OBSERVED]
    assert len(root.findall(".//skipped")) == skipped


def test_counts_add_up(results: Results) -> None:
    root = read(results)
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert int(root.attrib["tests"]) == len(results.facts)


def test_a_failure_says_what_was_expected_and_observed(results: Results) -> None:
    failure = read(results).find(".//failure")
    assert failure is not None
    assert "status: expected 200, observed 500" in failure.attrib["message"]
    assert "source: https://" in (failure.text or "")


def test_a_run_that_was_cut_short_is_an_error(results: Results) -> None:
    root = read(replace(results, interruption="the target is gone"))
    assert root.attrib["errors"] == "1"
    error = root.find(".//error")
    assert error is not None
    assert error.attrib["message"] == "the target is gone"


def test_markup_and_control_characters_in_results_keep_it_well_formed(
    run_document: Document,
) -> None:
    facts = [
        fact | {"statement": "<x>&\x00\x1b", "explanation": "]]>\ud800", "observed": "\x07"}
        for fact in run_document["facts"]
    ]
    root = read(parse_results(run_document | {"facts": facts}))
    assert len(root.findall(".//testcase")) == len(facts)


def test_an_empty_run_is_a_valid_file(make_document: Callable[..., Document]) -> None:
    assert read(parse_results(make_document([]))).attrib["tests"] == "0"
