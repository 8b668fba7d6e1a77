import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.probe.job import Job, JobError, Work
from lambdas.probe.probe import RequestedError
from lambdas.probe.receipt import TableError

if TYPE_CHECKING:
    from unit_tests.lambdas.conftest import FunctionUnderTest

RETURNING_A_VALUE = ["direct", "s3", "eventbridge", "schedule", "sns"]
REQUESTS = ["api-gateway", "alb", "alb-multi-value"]
MESSAGE_IDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3)]


class Exited(BaseException):
    """Stands for the end of the process."""


def asking(work: Work, *, number: int = 1, **parameters: object) -> Job:
    return Job("r1", f"r1.{number}", work, parameters)


def body(path: str, **more: object) -> dict[str, object]:
    return {
        "run": "r1",
        "job": "r1.1",
        "path": path,
        "request_id": "request-1",
        "receipt": "written",
        **more,
    }


def failures(*message_ids: str) -> dict[str, object]:
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}


# Paths whose answer is the value that the handler returns


@pytest.mark.parametrize("path", RETURNING_A_VALUE)
def test_the_answer_is_the_value_itself(path: str, function: "FunctionUnderTest") -> None:
    assert function.send(path, asking(Work.ANSWER)) == body(path)
    assert function.table.outcomes == {"r1.1": "answered"}


@pytest.mark.parametrize("path", [*RETURNING_A_VALUE, *REQUESTS, "sqs"])
def test_the_receipt_names_the_path(path: str, function: "FunctionUnderTest") -> None:
    jobs = [asking(Work.ANSWER, number=number) for number in ((1, 2, 3) if path == "sqs" else (1,))]

    function.send(path, *jobs)

    assert {receipt["path"] for receipt in function.table.receipts} == {
        path.removesuffix("-multi-value")
    }


def test_an_echo_is_answered_with_the_event(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    event = recorded("eventbridge")
    event["detail"]["do"] = "echo"

    assert function.invoke(event) == body("eventbridge", event=event)


@pytest.mark.parametrize("path", RETURNING_A_VALUE)
def test_a_large_answer_is_a_string_of_that_length(
    path: str, function: "FunctionUnderTest"
) -> None:
    answer = function.send(path, asking(Work.LARGE_ANSWER, bytes=1000))

    assert isinstance(answer, str)
    assert len(answer) == 1000


@pytest.mark.parametrize("path", RETURNING_A_VALUE)
def test_a_failure_is_raised_where_no_answer_can_tell_it(
    path: str, function: "FunctionUnderTest"
) -> None:
    with pytest.raises(RequestedError, match="the job asked for a failure"):
        function.send(path, asking(Work.FAIL))

    assert function.table.outcomes == {"r1.1": "failed"}


@pytest.mark.parametrize("path", RETURNING_A_VALUE)
def test_a_malformed_job_is_raised(path: str, function: "FunctionUnderTest") -> None:
    with pytest.raises(JobError, match='field "do" is missing'):
        function.send(path, '{"run": "r1", "job": "r1.1"}')

    assert function.table.receipts == []


def test_an_object_that_is_gone_is_no_job(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    with pytest.raises(JobError, match=r"s3://jobs-bucket/r1/job 1@home\.json is gone"):
        function.invoke(recorded("s3"))


def test_two_records_in_an_s3_event_are_two_jobs(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    function.send("s3", asking(Work.ANSWER))
    event = recorded("s3")
    event["Records"] *= 2

    answers = function.invoke(event)["answers"]

    assert [answer["job"] for answer in answers] == ["r1.1", "r1.1"]


# Schedule: the event brings no job, one waits for the rule


def test_a_schedule_without_a_waiting_job_does_nothing(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    assert function.invoke(recorded("schedule")) == {"job": None}
    assert function.table.receipts == []


def test_the_retries_of_a_scheduled_event_get_its_job_and_later_events_none(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    event = recorded("schedule")
    with pytest.raises(RequestedError):
        function.send("schedule", asking(Work.FAIL_FIRST, times=1))

    later = function.invoke(event | {"id": "a-minute-later"})
    retry = function.invoke(event)

    assert later == {"job": None}
    assert retry["job"] == "r1.1"


def test_a_waiting_job_that_cannot_be_read_is_tried_again(function: "FunctionUnderTest") -> None:
    function.table.error = TableError("ThrottlingException", unanswered=False)

    with pytest.raises(JobError, match="rule/every-minute cannot be read: ThrottlingException"):
        function.send("schedule", asking(Work.ANSWER))


# API Gateway and ALB


def test_api_gateway_is_answered_with_the_keys_that_it_knows(
    function: "FunctionUnderTest",
) -> None:
    answer = function.send("api-gateway", asking(Work.ANSWER))

    assert json.loads(answer.pop("body")) == body("api-gateway")
    assert answer == {"statusCode": 200, "headers": {"content-type": "application/json"}}


def test_the_alb_is_answered_with_a_status_description(function: "FunctionUnderTest") -> None:
    answer = function.send("alb", asking(Work.ANSWER))

    assert json.loads(answer.pop("body")) == body("alb")
    assert answer == {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "isBase64Encoded": False,
        "headers": {"content-type": "application/json"},
    }


def test_an_alb_in_multi_value_mode_is_answered_with_lists(function: "FunctionUnderTest") -> None:
    answer = function.send("alb-multi-value", asking(Work.ANSWER))

    assert json.loads(answer.pop("body")) == body("alb")
    assert answer == {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "isBase64Encoded": False,
        "multiValueHeaders": {"content-type": ["application/json"]},
    }


@pytest.mark.parametrize("path", REQUESTS)
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "there is no job"),
        ("{", "the job is not JSON: "),
        ('{"run": "r1", "job": "r1.1", "do": "dance"}', 'field "do" must be one of: '),
    ],
)
def test_a_request_without_a_proper_job_is_a_bad_request(
    path: str, text: str, error: str, function: "FunctionUnderTest"
) -> None:
    answer = function.send(path, text)

    assert answer["statusCode"] == 400
    assert answer.get("statusDescription") in (None, "400 Bad Request")
    assert json.loads(answer["body"])["error"].startswith(error)
    assert function.table.receipts == []


def test_a_body_that_cannot_be_decoded_is_a_bad_request(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    answer = function.invoke(recorded("alb") | {"isBase64Encoded": True})

    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]) == {"error": "the body is not UTF-8 text in base64"}


@pytest.mark.parametrize("path", REQUESTS)
def test_a_failed_request_is_a_server_error_with_a_body(
    path: str, function: "FunctionUnderTest"
) -> None:
    answer = function.send(path, asking(Work.FAIL))

    assert answer["statusCode"] == 500
    assert answer.get("statusDescription") in (None, "500 Internal Server Error")
    assert json.loads(answer["body"]) == body(path.removesuffix("-multi-value"))
    assert function.table.outcomes == {"r1.1": "failed"}


@pytest.mark.parametrize("path", REQUESTS)
def test_a_large_answer_is_a_body_of_that_length(path: str, function: "FunctionUnderTest") -> None:
    answer = function.send(path, asking(Work.LARGE_ANSWER, bytes=1000))

    assert len(answer["body"]) == 1000
    assert "text/plain" in str(answer)


# SQS


@pytest.mark.parametrize("path", ["sqs", "sqs-fifo"])
def test_a_batch_without_failures_is_answered_with_an_empty_list(
    path: str, function: "FunctionUnderTest"
) -> None:
    answer = function.send(path, *(asking(Work.ANSWER, number=number) for number in (1, 2, 3)))

    assert answer == {"batchItemFailures": []}
    assert list(function.table.outcomes) == ["r1.1", "r1.2", "r1.3"]


@pytest.mark.parametrize("bad", ["", "not json", "{}", '{"run": "r1", "job": "r1.2", "do": "?"}'])
def test_a_bad_message_returns_alone(
    bad: str, function: "FunctionUnderTest", caplog: pytest.LogCaptureFixture
) -> None:
    answer = function.send("sqs", asking(Work.ANSWER), bad, asking(Work.ANSWER, number=3))

    assert answer == failures(MESSAGE_IDS[1])
    assert function.table.outcomes == {"r1.1": "answered", "r1.3": "answered"}
    [line] = caplog.messages
    assert line.startswith(f"message {MESSAGE_IDS[1]} failed: ")


def test_a_job_that_fails_returns_alone(function: "FunctionUnderTest") -> None:
    answer = function.send(
        "sqs",
        asking(Work.FAIL),
        asking(Work.ANSWER, number=2),
        asking(Work.FAIL_FIRST_ITEM, number=3, times=1),
    )

    assert answer == failures(MESSAGE_IDS[0], MESSAGE_IDS[2])
    assert function.table.outcomes == {"r1.1": "failed", "r1.2": "answered", "r1.3": "failed"}


@pytest.mark.parametrize("failing", [asking(Work.FAIL, number=2), "not json"])
def test_no_message_of_a_fifo_queue_overtakes_a_failed_one(
    failing: Job | str, function: "FunctionUnderTest"
) -> None:
    answer = function.send("sqs-fifo", asking(Work.ANSWER), failing, asking(Work.ANSWER, number=3))

    assert answer == failures(MESSAGE_IDS[1], MESSAGE_IDS[2])
    assert "r1.3" not in function.table.outcomes


def test_a_job_that_raises_fails_the_whole_batch(function: "FunctionUnderTest") -> None:
    with pytest.raises(RequestedError, match="no"):
        function.send(
            "sqs",
            asking(Work.ANSWER),
            asking(Work.RAISE, number=2, message="no"),
            asking(Work.ANSWER, number=3),
        )

    assert function.table.outcomes == {"r1.1": "answered", "r1.2": "raised"}


def test_the_last_value_that_a_batch_is_to_return_wins(function: "FunctionUnderTest") -> None:
    answer = function.send(
        "sqs",
        asking(Work.RETURN, value={"batchItemFailures": [{"itemIdentifier": ""}]}),
        asking(Work.RETURN, number=2, value={"batchItemFailures": None}),
        asking(Work.FAIL, number=3),
    )

    assert answer == {"batchItemFailures": None}


# On every path


EVERY_PATH = [*RETURNING_A_VALUE, *REQUESTS]


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_job_that_raises_raises_after_its_receipt(
    path: str, function: "FunctionUnderTest"
) -> None:
    with pytest.raises(RequestedError, match="no"):
        function.send(path, asking(Work.RAISE, message="no"))

    assert function.table.outcomes == {"r1.1": "raised"}


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_job_that_fails_at_first_is_answered_in_the_end(
    path: str, function: "FunctionUnderTest"
) -> None:
    job = asking(Work.FAIL_FIRST, times=2)
    for _ in range(2):
        with pytest.raises(RequestedError):
            function.send(path, job)

    function.send(path, job)

    outcomes = [receipt["outcome"] for receipt in function.table.receipts]
    assert outcomes == ["raised", "raised", "answered"]


@pytest.mark.parametrize("path", EVERY_PATH)
@pytest.mark.parametrize("value", [None, "text", {"statusCode": 200, "wrongValue": "value"}])
def test_a_value_is_returned_as_it_is(
    path: str, value: object, function: "FunctionUnderTest"
) -> None:
    assert function.send(path, asking(Work.RETURN, value=value)) == value
    assert function.table.outcomes == {"r1.1": "answered"}


@pytest.mark.parametrize("path", EVERY_PATH)
def test_what_json_cannot_express_is_returned_all_the_same(
    path: str, function: "FunctionUnderTest"
) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(function.send(path, asking(Work.RETURN_UNSERIALIZABLE)))


@pytest.mark.parametrize("path", EVERY_PATH)
def test_the_process_ends_after_the_receipt(
    path: str, function: "FunctionUnderTest", monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(code: int) -> None:
        raise Exited(code)

    monkeypatch.setattr("lambdas.probe.probe.os._exit", leave)

    with pytest.raises(Exited, match="3"):
        function.send(path, asking(Work.EXIT, code=3))

    assert function.table.outcomes == {"r1.1": "exited"}
