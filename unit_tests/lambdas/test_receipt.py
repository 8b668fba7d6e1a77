import logging
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.probe.job import Job, Work
from lambdas.probe.receipt import Receipt, TableError, iso_8601

if TYPE_CHECKING:
    from unit_tests.lambdas.conftest import FunctionUnderTest

THROTTLED = TableError("ThrottlingException", unanswered=False)
UNANSWERED = TableError("Read timeout on endpoint URL", unanswered=True)

ON_EVERY_PATH = {
    "run",
    "receipt",
    "job",
    "path",
    "request_id",
    "started_at",
    "finished_at",
    "outcome",
    "batch_size",
    "cold",
    "environment_id",
    "log_stream",
    "expires_at",
}


@pytest.fixture(autouse=True)
def no_trace_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)


def test_a_receipt_has_the_attributes_that_the_harness_reads(function: "FunctionUnderTest") -> None:
    function.send("direct", Job("r1", "r1.1", Work.ANSWER))

    [receipt] = function.table.receipts
    assert set(receipt) == ON_EVERY_PATH
    assert receipt["run"] == "r1"
    assert receipt["receipt"] == f"r1.1#{receipt['started_at']}#request-1"
    assert receipt["request_id"] == "request-1"
    assert receipt["path"] == "direct"
    assert receipt["batch_size"] == 1
    assert receipt["outcome"] == "answered"
    assert receipt["log_stream"] == "2026/11/21/[$LATEST]0123456789abcdef"
    assert str(receipt["started_at"]) <= str(receipt["finished_at"])
    started_at = datetime.fromisoformat(str(receipt["started_at"])).timestamp()
    assert receipt["expires_at"] == int(started_at) + 3600


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1795298400.1239, "2026-11-21T22:00:00.123Z"),
    ],
)
def test_times_are_in_utc_with_milliseconds(seconds: float, text: str) -> None:
    assert iso_8601(seconds) == text


def test_receipts_of_a_batch_tell_message_and_receive_count(function: "FunctionUnderTest") -> None:
    function.send("sqs", *(Job("r1", f"r1.{number}", Work.ANSWER) for number in (1, 2, 3)))

    assert [
        (receipt["job"], receipt["message_id"], receipt["receive_count"], receipt["batch_size"])
        for receipt in function.table.receipts
    ] == [
        ("r1.1", "00000000-0000-4000-8000-000000000001", 1, 3),
        ("r1.2", "00000000-0000-4000-8000-000000000002", 2, 3),
        ("r1.3", "00000000-0000-4000-8000-000000000003", 3, 3),
    ]


def test_only_the_first_invocation_of_a_process_is_cold(function: "FunctionUnderTest") -> None:
    function.send("sqs", *(Job("r1", f"r1.{number}", Work.ANSWER) for number in (1, 2, 3)))
    function.send("direct", Job("r1", "r1.4", Work.ANSWER))

    assert [receipt["cold"] for receipt in function.table.receipts] == [True, True, True, False]
    assert len({receipt["environment_id"] for receipt in function.table.receipts}) == 1


def test_two_processes_have_two_environment_ids(
    function: "FunctionUnderTest", another_function: "FunctionUnderTest"
) -> None:
    for process in (function, another_function):
        process.send("direct", Job("r1", "r1.1", Work.ANSWER))

    [receipt], [other] = function.table.receipts, another_function.table.receipts
    assert receipt["environment_id"] != other["environment_id"]


@pytest.mark.parametrize(
    ("header", "kept"), [("Root=1-67a0b1c2-0;Sampled=0", "Root=1-67a0b1c2-0;Sampled=0"), ("", None)]
)
def test_a_trace_header_is_kept_unless_it_is_empty(
    function: "FunctionUnderTest", monkeypatch: pytest.MonkeyPatch, header: str, kept: str | None
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)

    function.send("direct", Job("r1", "r1.1", Work.ANSWER))

    assert function.table.receipts[0].get("trace_header") == kept


@pytest.mark.parametrize(
    ("client", "text"),
    [
        (None, '{"client": null, "custom": {"a": 1}, "env": null}'),
        (
            SimpleNamespace(installation_id="i", app_title="t"),
            '{"client": {"installation_id": "i", "app_title": "t", "app_version_name": null, '
            '"app_version_code": null, "app_package_name": null}, "custom": {"a": 1}, "env": null}',
        ),
    ],
)
def test_a_client_context_is_kept(function: "FunctionUnderTest", client: Any, text: str) -> None:
    client_context = SimpleNamespace(client=client, custom={"a": 1}, env=None)

    function.invoke({"run": "r1", "job": "r1.1", "do": "answer"}, client_context)

    assert function.table.receipts[0]["client_context"] == text


def test_only_echo_keeps_the_event(
    function: "FunctionUnderTest", recorded: Callable[[str], Any]
) -> None:
    function.invoke(recorded("api-gateway"))
    function.send("direct", Job("r1", "r1.2", Work.ECHO))

    assert [receipt.get("event") for receipt in function.table.receipts] == [
        None,
        '{"run":"r1","job":"r1.2","do":"echo"}',
    ]


@pytest.mark.parametrize(("characters", "kept"), [(65_536, True), (65_537, False)])
def test_an_event_of_more_than_64_kilobytes_is_left_out(
    function: "FunctionUnderTest", characters: int, kept: bool, recorded: Callable[[str], Any]
) -> None:
    event = recorded("sns")
    event["Records"][0]["Sns"]["Message"] = '{"run":"r1","job":"r1.1","do":"echo"}'
    function.invoke(event)
    missing = characters - len(str(function.table.receipts[0]["event"]))
    function.table.items.clear()
    event["Records"][0]["Sns"]["Subject"] = "x" * (missing + len("null") - len('""'))

    answer = function.invoke(event)

    assert ("event" in function.table.receipts[0]) is kept
    assert answer["event"] == event


def test_the_receipt_is_written_before_the_work(
    function: "FunctionUnderTest", monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[object, bool]] = []
    monkeypatch.setattr(
        "lambdas.probe.work.time.sleep",
        lambda _: seen.extend((r["outcome"], "finished_at" in r) for r in function.table.receipts),
    )

    function.send("direct", Job("r1", "r1.1", Work.SLEEP, {"seconds": 5}))

    assert seen == [("started", False)]
    assert function.table.outcomes == {"r1.1": "answered"}


def test_a_job_costs_two_calls_to_the_table(function: "FunctionUnderTest") -> None:
    function.send("sqs", *(Job("r1", f"r1.{number}", Work.ANSWER) for number in (1, 2, 3)))

    assert function.table.calls == ["put", "complete"] * 3


@pytest.mark.parametrize("error", [THROTTLED, UNANSWERED])
def test_a_table_that_cannot_be_written_does_not_stop_the_work(
    function: "FunctionUnderTest", error: TableError, caplog: pytest.LogCaptureFixture
) -> None:
    function.table.error = error

    answer = function.send("direct", Job("r1", "r1.1", Work.ANSWER))

    assert answer["receipt"] == "not written"
    [line] = caplog.records
    assert line.getMessage() == f"receipt not written: run r1, job r1.1: {error}"
    assert line.levelno == logging.WARNING
    assert function.table.calls == ["put"]


def test_a_receipt_that_cannot_be_completed_counts_as_not_written(
    function: "FunctionUnderTest", monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_the_table(_: float) -> None:
        function.table.error = THROTTLED

    monkeypatch.setattr("lambdas.probe.work.time.sleep", fail_the_table)

    answer = function.send("direct", Job("r1", "r1.1", Work.SLEEP, {"seconds": 1}))

    assert answer["receipt"] == "not written"
    assert function.table.outcomes == {"r1.1": "started"}


@pytest.mark.parametrize(("error", "calls"), [(THROTTLED, 3), (UNANSWERED, 1)])
def test_a_batch_waits_but_once_for_a_table_that_does_not_answer(
    function: "FunctionUnderTest",
    error: TableError,
    calls: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    function.table.error = error

    answer = function.send("sqs", *(Job("r1", f"r1.{number}", Work.ANSWER) for number in (1, 2, 3)))

    assert answer == {"batchItemFailures": []}
    assert function.table.calls == ["put"] * calls
    assert len(caplog.records) == 3


def test_the_next_invocation_asks_the_table_again(function: "FunctionUnderTest") -> None:
    function.table.error = UNANSWERED
    function.send("direct", Job("r1", "r1.1", Work.ANSWER))
    function.table.error = None

    answer = function.send("direct", Job("r1", "r1.2", Work.ANSWER))

    assert answer["receipt"] == "written"


def test_only_attempts_at_the_same_job_count(function: "FunctionUnderTest") -> None:
    job = Job("r1", "r1.1", Work.FAIL_FIRST, {"times": 1})
    now = 1795298400.0
    for other in (
        Receipt(Job("r1", "r1.10", Work.ANSWER), "another-job", now),
        Receipt(Job("r1", "r1", Work.ANSWER), "another-job", now),
        Receipt(Job("r2", "r1.1", Work.ANSWER), "another-run", now),
    ):
        function.table.put({"run": other.job.run, "receipt": other.sort_key})

    with pytest.raises(Exception, match="first attempts"):
        function.send("direct", job)


def test_a_job_fails_once_more_when_its_attempts_cannot_be_counted(
    function: "FunctionUnderTest", caplog: pytest.LogCaptureFixture
) -> None:
    function.table.error = THROTTLED
    job = Job("r1", "r1.1", Work.FAIL_FIRST, {"times": 1})

    with pytest.raises(Exception, match="first attempts"):
        function.send("direct", job)

    assert [line.getMessage().partition(":")[0] for line in caplog.records] == [
        "receipt not written",
        "earlier attempts not counted",
    ]


def test_attempts_sort_by_their_start() -> None:
    job = Job("r1", "r1.1", Work.ANSWER)

    keys = [Receipt(job, "z", 1795298400.1).sort_key, Receipt(job, "a", 1795298400.2).sort_key]

    assert sorted(keys) == keys
    assert keys[0] == "r1.1#2026-11-21T22:00:00.100Z#z"
