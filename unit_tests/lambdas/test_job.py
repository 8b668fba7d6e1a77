import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.probe.job import Job, JobError, Work, parse

VALID: dict[Work, list[dict[str, Any]]] = {
    Work.ANSWER: [{}],
    Work.ECHO: [{}],
    Work.SLEEP: [{"seconds": 0}, {"seconds": 0.5}, {"seconds": 900}],
    Work.RAISE: [{}, {"message": ""}, {"message": "no"}],
    Work.FAIL: [{}],
    Work.FAIL_FIRST: [{"times": 0}, {"times": 2}],
    Work.FAIL_FIRST_ITEM: [{"times": 1}],
    Work.TIME_OUT: [{}],
    Work.EXIT: [{"code": 0}, {"code": 255}],
    Work.RETURN: [{"value": None}, {"value": {"batchItemFailures": [{}]}}, {"value": "text"}],
    Work.RETURN_UNSERIALIZABLE: [{}],
    Work.LARGE_ANSWER: [{"bytes": 0}, {"bytes": 6_291_557}],
}


@pytest.mark.parametrize(
    ("work", "parameters"),
    [(work, parameters) for work, examples in VALID.items() for parameters in examples],
)
def test_a_job_is_the_same_after_its_journey(work: Work, parameters: dict[str, Any]) -> None:
    job = Job("r1", "r1.1", work, parameters)

    assert json.loads(job.to_json()) == {"run": "r1", "job": "r1.1", "do": work, **parameters}
    assert parse(job.to_json()) == job


def test_every_work_has_examples() -> None:
    assert set(VALID) == set(Work)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is no job"),
        ("not json", "the job is not JSON"),
        ('{"run": "r1"', "the job is not JSON"),
        ("[" * 100_000, "the job is not JSON"),
        ('{"run": "r1", "job": "r1.1", "do": "return", "value": NaN}', "NaN is not a JSON value"),
        ("null", "the job must be a JSON object"),
        ('["r1"]', "the job must be a JSON object"),
        ('"answer"', "the job must be a JSON object"),
        ('{"job": "r1.1", "do": "answer"}', 'field "run" is missing'),
        ('{"run": "r1", "do": "answer"}', 'field "job" is missing'),
        ('{"run": "r1", "job": "r1.1"}', 'field "do" is missing'),
    ],
)
def test_what_is_not_a_job_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(JobError, match=complaint):
        parse(text)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"run": ""}, 'field "run" must be a string and not empty'),
        ({"run": 1}, 'field "run" must be a string and not empty'),
        ({"job": None}, 'field "job" must be a string and not empty'),
        ({"job": "r1#1"}, 'field "job" must not contain "#"'),
        ({"do": "dance"}, 'field "do" must be one of: answer, echo, sleep, raise, fail, '),
        ({"do": None}, 'field "do" must be one of'),
        ({"do": ["answer"]}, 'field "do" must be one of'),
        ({"do": "answer", "colour": "red"}, 'field "colour" is not a parameter of "answer"'),
        ({"do": "answer", "seconds": 1}, 'field "seconds" is not a parameter of "answer"'),
        ({"do": "sleep"}, 'field "seconds" is missing: "sleep" needs a number from 0 to 900'),
        ({"do": "sleep", "seconds": "1"}, 'field "seconds" must be a number from 0 to 900'),
        ({"do": "sleep", "seconds": True}, 'field "seconds" must be a number'),
        ({"do": "sleep", "seconds": -0.1}, 'field "seconds" must be a number'),
        ({"do": "sleep", "seconds": 901}, 'field "seconds" must be a number'),
        ({"do": "raise", "message": 1}, 'field "message" must be a string'),
        ({"do": "fail-first"}, 'field "times" is missing'),
        ({"do": "fail-first", "times": 1.0}, 'field "times" must be a whole number, 0 or more'),
        ({"do": "fail-first-item", "times": -1}, 'field "times" must be a whole number'),
        ({"do": "exit"}, 'field "code" is missing'),
        ({"do": "exit", "code": 256}, 'field "code" must be a whole number from 0 to 255'),
        ({"do": "exit", "code": False}, 'field "code" must be a whole number'),
        ({"do": "return"}, 'field "value" is missing: "return" needs any JSON value'),
        ({"do": "large-answer"}, 'field "bytes" is missing'),
        ({"do": "large-answer", "bytes": 10_000_001}, 'field "bytes" must be a whole number'),
    ],
)
def test_a_malformed_job_is_refused_by_the_name_of_the_field(
    changes: dict[str, Any], complaint: str
) -> None:
    fields = {"run": "r1", "job": "r1.1", "do": "answer", **changes}

    with pytest.raises(JobError) as refusal:
        parse(json.dumps(fields))

    assert str(refusal.value).startswith(complaint)


def test_a_malformed_job_cannot_even_be_made() -> None:
    with pytest.raises(JobError, match='field "seconds" is missing'):
        Job("r1", "r1.1", Work.SLEEP)


@given(st.text())
def test_any_text_is_a_job_or_refused(text: str) -> None:
    try:
        parse(text)
    except JobError as refusal:
        assert str(refusal)


def test_whoever_builds_jobs_does_not_load_boto3() -> None:
    code = "import sys, lambdas.probe.job; sys.exit('boto3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
