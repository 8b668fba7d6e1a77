"""Scenarios of synchronous direct invocation: the SDK and the CLI.

Times are in seconds from the start of the run. Jobs leave one after the other, so that a new
account's ten concurrent executions are enough.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from comparison.observation import Sending
from comparison.path import Path
from comparison.scenarios.scenario import NO_PARAMETERS, Scenario, one_job

SDK = (Path.SDK_SYNC,)
SYNCHRONOUS = (Path.SDK_SYNC, Path.CLI_SYNC)
DIRECT_PATHS = (Path.SDK_SYNC, Path.CLI_SYNC, Path.SDK_EVENT, Path.CLI_EVENT)

RETURNED = {"kept": [1, True, "x"]}
CLIENT_CONTEXT = base64.b64encode(json.dumps({"custom": {"who": "caller"}}).encode()).decode()
TRACE_HEADER = "Root=1-65a1b2c3-00112233445566778899aabb"
"""Trace header of the jobs that are part of a trace."""

LARGE_ANSWER_BYTES = 6_400_000
LARGE_VALUE_CHARACTERS = 5_000_000
TOO_LARGE_REQUEST_BYTES = 6_400_000

FIRST_TURN = 3.0
TURNS_APART: Mapping[Path, float] = {
    Path.SDK_SYNC: 0.75,
    Path.CLI_SYNC: 1.25,
    Path.SDK_EVENT: 0.75,
    Path.CLI_EVENT: 1.25,
}
"""The CLI is a program of its own, which takes a second of processor time."""

AFTER_TIME_OUT = 12.0
"""The function's timeout of 6 s is over by then, and the environment has been started again."""


def _in_turn(
    turn: int, work: str, parameters: Mapping[str, Any] = NO_PARAMETERS, **fields: Any
) -> Callable[[Path], Sequence[Sending]]:
    """Return the sendings of a scenario that is one job and has its turn among the others."""

    def sendings(path: Path) -> Sequence[Sending]:
        after = FIRST_TURN + turn * TURNS_APART[path]
        return one_job(work, parameters, after=after, **fields)(path)

    return sendings


def _after_time_out(path: Path) -> list[Sending]:
    # At the same time, so that they spread over the environments, of which one has timed out.
    return [Sending("", path, "", "answer", after=AFTER_TIME_OUT) for _ in range(3)]


DIRECT = (
    Scenario(
        "direct-time-out",
        "the function times out",
        SYNCHRONOUS,
        _in_turn(0, "time-out"),
    ),
    Scenario(
        "return-object",
        "the function returns an object",
        SYNCHRONOUS,
        _in_turn(1, "return", {"value": RETURNED}),
    ),
    Scenario(
        "return-null",
        "the function returns nothing",
        SYNCHRONOUS,
        _in_turn(2, "return", {"value": None}),
    ),
    Scenario(
        "return-text",
        "the function returns a text",
        SYNCHRONOUS,
        _in_turn(3, "return", {"value": "justAString"}),
    ),
    Scenario("echo", "the event as the function receives it", DIRECT_PATHS, _in_turn(4, "echo")),
    Scenario(
        "exit-0",
        "the process ends with status 0",
        SYNCHRONOUS,
        _in_turn(5, "exit", {"code": 0}),
    ),
    Scenario(
        "exit-3",
        "the process ends with status 3",
        SYNCHRONOUS,
        _in_turn(6, "exit", {"code": 3}),
    ),
    Scenario(
        "return-unserializable",
        "the function returns what JSON cannot express",
        SYNCHRONOUS,
        _in_turn(7, "return-unserializable"),
    ),
    Scenario(
        "too-large-request",
        f"a job padded to {TOO_LARGE_REQUEST_BYTES} bytes",
        SYNCHRONOUS,
        _in_turn(8, "answer", padded_to=TOO_LARGE_REQUEST_BYTES),
    ),
    Scenario(
        "not-json",
        "a request that is not JSON",
        SYNCHRONOUS,
        _in_turn(9, "answer", payload=b"not json"),
    ),
    Scenario(
        "large-answer",
        f"the function answers {LARGE_ANSWER_BYTES} bytes",
        SYNCHRONOUS,
        _in_turn(10, "large-answer", {"bytes": LARGE_ANSWER_BYTES}),
    ),
    Scenario(
        "large-request",
        f"{LARGE_VALUE_CHARACTERS} characters go in and come back",
        SYNCHRONOUS,
        _in_turn(11, "return", {"value": "x" * LARGE_VALUE_CHARACTERS}),
    ),
    Scenario(
        "no-such-function",
        "a function that does not exist is invoked",
        SDK,
        one_job("answer", after=12.5, options={"FunctionName": "no-such-function"}),
    ),
    Scenario(
        "log-tail",
        "the caller asks for the end of the log",
        SDK,
        one_job("answer", after=13, options={"LogType": "Tail"}),
    ),
    Scenario(
        "client-context",
        "the caller sends a client context",
        (Path.SDK_SYNC, Path.SDK_EVENT),
        one_job("answer", after=13.5, options={"ClientContext": CLIENT_CONTEXT}),
    ),
    Scenario(
        "dry-run",
        "the caller only asks whether it may invoke the function",
        SDK,
        one_job("answer", after=14, options={"InvocationType": "DryRun"}),
    ),
    Scenario(
        "traced",
        "the request is part of a trace",
        SDK,
        one_job("answer", after=14.5, trace_header=TRACE_HEADER),
    ),
    Scenario(
        "impatient-client",
        "the SDK waits 1 s for an answer that takes 3 s",
        SDK,
        one_job("sleep", {"seconds": 3}, after=15, read_timeout=1),
    ),
    Scenario("after-time-out", "answers after an invocation has timed out", SDK, _after_time_out),
)
