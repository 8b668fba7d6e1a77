"""What stands in the log of a function, in order and to the letter."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from comparison.waiting import eventually
from emulator.engine.invocation import Function, LogFormat
from emulator.engine.log_stream import TAIL_BYTES
from unit_tests.emulator.running_functions import RunningFunctions, function

ID = "11111111-2222-3333-4444-555555555555"
INIT_START = r"INIT_START Runtime Version: python:3\.13\.v\d+\t"
INIT_START += r"Runtime Version ARN: arn:aws:lambda:eu-central-1::runtime:[0-9a-f]{64}\n"
START = rf"START RequestId: {ID} Version: \$LATEST\n"
END = rf"END RequestId: {ID}\n"
REPORT = rf"REPORT RequestId: {ID}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
REPORT += r"Memory Size: 128 MB\tMax Memory Used: [1-9]\d* MB\t"
INIT_DURATION = r"Init Duration: \d+\.\d\d ms\t"
CLOCK = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def assert_matches(log: list[str], *patterns: str) -> None:
    """Every message matches its pattern, and there are no others."""
    assert len(log) == len(patterns), log
    for message, pattern in zip(log, patterns, strict=True):
        assert re.fullmatch(pattern, message), (message, pattern)


def test_a_cold_and_a_warm_invocation(functions: RunningFunctions) -> None:
    printing = function("def handler(event, context): print('at work')")

    functions.invoke(printing, request_id=ID)
    functions.invoke(printing, request_id=ID)

    assert_matches(
        functions.log(printing),
        *(INIT_START, START, "at work\n", END, REPORT + INIT_DURATION + "\n"),
        *(START, "at work\n", END, REPORT + "\n"),
    )


def test_every_environment_has_a_stream_of_its_own(functions: RunningFunctions) -> None:
    waiting = function("import time\ndef handler(event, context): time.sleep(0.3)")

    invocations = [functions.begin(waiting) for _ in range(2)]
    for each in invocations:
        each.result()

    today = datetime.now(UTC).strftime("%Y/%m/%d")
    streams = functions.log_streams(waiting)
    assert len(streams) == 2
    for stream in streams:
        assert re.fullmatch(rf"{today}/\[\$LATEST\][0-9a-f]{{32}}", stream)


def test_in_a_log_group_of_another_name_the_stream_names_the_function(
    functions: RunningFunctions,
) -> None:
    sharing = function("def handler(event, context): pass", log_group="/shared", version="7")

    functions.invoke(sharing)

    (stream,) = functions.log_streams(sharing)
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{sharing.name}\[7\][0-9a-f]{{32}}", stream)


def test_output_keeps_its_order_and_its_messages(functions: RunningFunctions) -> None:
    writing = function(
        """
        import logging, os, sys
        def handler(event, context):
            print("one\\ntwo")
            logging.getLogger().warning("three\\nlines\\nin one")
            print("four", file=sys.stderr)
            os.write(1, "fünf\\n".encode())
            logging.getLogger().error("six")
            print("seven", end="")
            raise ValueError("eight")
        """
    )

    functions.invoke(writing, request_id=ID)

    assert_matches(
        functions.log(writing)[2:-2],
        *("one\n", "two\n"),
        rf"\[WARNING\]\t{CLOCK}\t{ID}\tthree\nlines\nin one\n",
        *("four\n", "fünf\n"),
        rf"\[ERROR\]\t{CLOCK}\t{ID}\tsix\n",
        r"\[ERROR\] ValueError: eight\nTraceback \(most recent call last\):\n"
        r"\xa0\xa0File \".*/index.py\", line 10, in handler\n"
        r"\xa0\xa0\xa0\xa0raise ValueError\(\"eight\"\)",
        "seven",
    )


def test_a_long_invocation_logs_while_it_runs(functions: RunningFunctions) -> None:
    waiting = function(
        """
        import pathlib, tempfile, time
        def handler(event, context):
            print("waiting")
            while not pathlib.Path(event).exists():
                time.sleep(0.01)
        """
    )
    go_on = functions.folder / "go-on"
    running = functions.begin(waiting, str(go_on))

    def logged() -> None:
        assert "waiting\n" in functions.log(waiting)

    eventually(logged, within=5, every=0.02)
    go_on.touch()
    running.result()


def test_a_timeout_shows_as_a_status(functions: RunningFunctions) -> None:
    slow = function("import time\ndef handler(event, context): time.sleep(30)", timeout_seconds=1)

    result = functions.invoke(slow, request_id=ID)

    assert_matches(
        functions.log(slow)[1:], START, END, REPORT + INIT_DURATION + "Status: timeout\n"
    )
    duration = re.search(r"\tDuration: (.*?) ms\tBilled", functions.log(slow)[-1])
    assert duration is not None
    assert duration[1] == "1000.00"
    assert result.billed_milliseconds > 1000


def test_an_exit_shows_as_a_status(functions: RunningFunctions) -> None:
    leaving = function("import os\ndef handler(event, context): os._exit(1)")

    functions.invoke(leaving, request_id=ID)

    status = "Status: error\tError Type: Runtime.ExitError\n"
    assert_matches(functions.log(leaving)[1:], START, END, REPORT + INIT_DURATION + status)


@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        ("import nowhere", "Runtime.ImportModuleError"),
        ("raise ValueError", "Runtime.Unknown"),
        ("import os; os._exit(1)", "Runtime.ExitError"),
    ],
)
def test_a_failed_start_is_reported_for_both_of_its_phases(
    functions: RunningFunctions, source: str, error_type: str
) -> None:
    broken = function(source)

    functions.invoke(broken, request_id=ID)

    status = f"Status: error\tError Type: {error_type}\n"
    report = r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: {}\t" + status
    log = [line for line in functions.log(broken) if not line.startswith(("[WARN", "[ERROR"))]
    assert_matches(
        log,
        *(INIT_START, report.format("init"), report.format("invoke")),
        *(START, END, REPORT.replace("[1-9]", "") + status),
    )


def test_the_start_after_a_reset_counts_as_duration(functions: RunningFunctions) -> None:
    leaving = function(
        """
        import os, time
        time.sleep(0.2)
        def handler(event, context):
            if event == "exit":
                os._exit(1)
        """
    )
    functions.invoke(leaving, "exit")

    result = functions.invoke(leaving, request_id=ID)

    assert_matches(functions.log(leaving)[4:], START, END, REPORT + "\n")
    assert result.billed_milliseconds > 200


def test_the_start_of_the_environment_is_billed(functions: RunningFunctions) -> None:
    slow_to_start = function("import time\ntime.sleep(0.2)\ndef handler(event, context): pass")

    cold = functions.invoke(slow_to_start)
    warm = functions.invoke(slow_to_start)

    assert cold.billed_milliseconds > 200 > warm.billed_milliseconds > 0


def test_a_traced_invocation_names_its_trace(functions: RunningFunctions) -> None:
    traced = function("def handler(event, context): pass", tracing_active=True)
    root = "1-5759e988-bd862e3fe1be46a994272793"

    functions.invoke(traced, trace_header=f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1")
    functions.invoke(traced, trace_header=f"Root={root};Parent=53995c3f42cd8ad8;Sampled=0")

    sampled, unsampled = functions.log(traced)[3::3]
    assert f"XRAY TraceId: {root}\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t\n" in sampled
    assert "XRAY" not in unsampled


def test_the_tail_is_the_log_of_this_invocation(functions: RunningFunctions) -> None:
    printing = function("def handler(event, context): print(event)")
    functions.invoke(printing, "earlier")

    tail = functions.invoke(printing, "now", request_id=ID).log_tail.decode()

    assert_matches(tail.splitlines(keepends=True), START, "now\n", END, REPORT + "\n")


def test_the_tail_of_a_cold_invocation_begins_with_its_start(functions: RunningFunctions) -> None:
    printing = function("print('importing')\ndef handler(event, context): print('now')")

    tail = functions.invoke(printing, request_id=ID).log_tail.decode()

    report = REPORT + INIT_DURATION + "\n"
    assert_matches(tail.splitlines(keepends=True), START, "now\n", END, report)


def test_the_tail_holds_the_last_four_kilobytes(functions: RunningFunctions) -> None:
    printing = function("def handler(event, context): print('x' * 9000)")

    tail = functions.invoke(printing, request_id=ID).log_tail

    assert len(tail) == TAIL_BYTES
    assert tail.startswith(b"xxx")
    assert tail.decode().splitlines()[-2] == f"END RequestId: {ID}"


JSON_LOGGING = """
    import logging
    def handler(event, context):
        print("as it is")
        logging.getLogger("probe").info("said")
        logging.getLogger("probe").debug("not said")
        if event == "exit":
            raise SystemExit(2)
        if event == "raise":
            raise ValueError("no")
    """


@pytest.fixture
def in_json() -> Function:
    return function(JSON_LOGGING, log_format=LogFormat.JSON)


def events_of(log: list[str]) -> list[Any]:
    return [json.loads(line) if line.startswith("{") else line for line in log]


def test_json_events_have_the_keys_that_aws_documents(
    functions: RunningFunctions, in_json: Function
) -> None:
    functions.invoke(in_json, request_id=ID)

    init_start, start, text, said, report = events_of(functions.log(in_json))
    for event in (init_start, start, report):
        assert list(event) == ["time", "type", "record"]
        assert re.fullmatch(CLOCK, event["time"])
    assert init_start["type"] == "platform.initStart"
    assert init_start["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "runtimeVersion": "python:3.13.v0",
        "runtimeVersionArn": f"arn:aws:lambda:eu-central-1::runtime:{'0' * 64}",
        "functionName": in_json.name,
        "functionVersion": "$LATEST",
        "instanceId": functions.log_streams(in_json)[0],
        "instanceMaxMemory": 128 * 1024 * 1024,
    }
    assert start["type"] == "platform.start"
    assert start["record"] == {
        "requestId": ID,
        "functionArn": in_json.arn,
        "version": "$LATEST",
    }
    assert text == "as it is\n"
    assert said["level"] == "INFO"
    assert said["message"] == "said"
    assert said["requestId"] == ID
    assert report["type"] == "platform.report"
    assert list(report["record"]) == ["requestId", "metrics", "status"]
    assert report["record"]["status"] == "success"
    assert list(report["record"]["metrics"]) == [
        "durationMs",
        "billedDurationMs",
        "memorySizeMB",
        "maxMemoryUsedMB",
        "initDurationMs",
    ]


def test_json_tells_of_a_crash(functions: RunningFunctions, in_json: Function) -> None:
    functions.invoke(in_json, "exit", request_id=ID)

    done, report = events_of(functions.log(in_json))[-2:]
    assert done["type"] == "platform.runtimeDone"
    assert list(done["record"]) == ["requestId", "status", "errorType", "metrics"]
    assert list(done["record"]["metrics"]) == ["durationMs", "producedBytes"]
    for event in (done, report):
        assert event["record"]["status"] == "error"
        assert event["record"]["errorType"] == "Runtime.ExitError"


def test_json_tells_of_an_exception_in_one_event(
    functions: RunningFunctions, in_json: Function
) -> None:
    functions.invoke(in_json, "raise", request_id=ID)

    error = events_of(functions.log(in_json))[-2]
    assert error["level"] == "ERROR"
    assert error["errorType"] == "ValueError"
    assert error["requestId"] == ID


def test_json_tells_of_a_failed_start(functions: RunningFunctions) -> None:
    broken = function("raise SystemExit(2)", log_format=LogFormat.JSON)

    functions.invoke(broken)

    events = events_of(functions.log(broken))
    assert [event["type"] for event in events] == [
        "platform.initStart",
        *("platform.initRuntimeDone", "platform.initReport"),
        *("platform.initRuntimeDone", "platform.initReport"),
        *("platform.start", "platform.runtimeDone", "platform.report"),
    ]
    assert [event["record"]["phase"] for event in events[:5]] == ["init"] * 3 + ["invoke"] * 2
    assert {event["record"]["errorType"] for event in events[1:5]} == {"Runtime.ExitError"}


def test_json_tells_of_a_trace(functions: RunningFunctions) -> None:
    traced = function(
        "def handler(event, context): pass", tracing_active=True, log_format=LogFormat.JSON
    )
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    functions.invoke(traced, trace_header=header)

    _, start, report = events_of(functions.log(traced))
    for event in (start, report):
        assert event["record"]["tracing"] == {
            "spanId": "53995c3f42cd8ad8",
            "type": "X-Amzn-Trace-Id",
            "value": header,
        }
