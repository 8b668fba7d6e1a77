"""Functions that misbehave: the caller gets AWS's error and nobody else is disturbed."""

import json
import os
import resource
import time
from typing import Any

import pytest

from comparison.waiting import eventually
from emulator.engine.function_output import OUTPUT_LIMIT_BYTES
from emulator.engine.invocation import Function
from unit_tests.emulator.running_functions import (
    RunningFunctions,
    function,
    is_alive,
    zip_file,
)


@pytest.fixture
def neighbour(functions: RunningFunctions) -> Function:
    """A warm function that does nothing wrong."""
    polite = function("def handler(event, context): return event")
    functions.invoke(polite)
    return polite


def assert_undisturbed(functions: RunningFunctions, neighbour: Function) -> None:
    assert functions.invoke(neighbour, "still here").payload == b'"still here"'


def assert_alive(functions: RunningFunctions, misbehaving: Function) -> None:
    assert functions.invoke(misbehaving, "behave").payload == b'"good"'


def assert_ended(*processes: int) -> None:
    def all_ended() -> None:
        assert [each for each in processes if is_alive(each)] == []

    eventually(all_ended, within=5, every=0.02)


def misbehaving(lines: str, **settings: Any) -> Function:
    """A function that runs these lines unless it is told to behave."""
    body = "".join(f"    {line}\n" for line in lines.strip().splitlines())
    source = f"""import os, signal, subprocess, sys, threading, time
def handler(event, context):
    if event == "behave":
        return "good"
{body}"""
    return function(code=zip_file({"index.py": source}), **settings)


def test_a_flood_of_output_is_cut_and_the_function_goes_on(
    functions: RunningFunctions, neighbour: Function
) -> None:
    flooding = misbehaving("print(('x' * 99 + '\\n') * 1_000_000)\nreturn 'done'")
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    running = functions.begin(flooding)
    assert_undisturbed(functions, neighbour)
    result = running.result()

    assert result.payload == b'"done"'
    log = functions.log(flooding)
    assert OUTPUT_LIMIT_BYTES // 2 < sum(map(len, log)) < OUTPUT_LIMIT_BYTES + 2000
    (dropped,) = [json.loads(line) for line in log if "platform.logsDropped" in line]
    assert dropped["record"]["droppedRecords"] == 1_000_000 - OUTPUT_LIMIT_BYTES // 100
    assert log[-1].startswith("REPORT RequestId: ")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_before
    assert grown < 50 * 1024  # kilobytes, of the 100 MB that were written
    assert_alive(functions, flooding)


def test_a_flood_without_a_line_break_is_cut_too(functions: RunningFunctions) -> None:
    flooding = misbehaving("sys.stdout.write('x' * 20_000_000)\nreturn 'done'")

    assert functions.invoke(flooding).payload == b'"done"'
    assert sum(map(len, functions.log(flooding))) < OUTPUT_LIMIT_BYTES + 2000


@pytest.mark.parametrize("garbage", ["os.urandom(5_000_000)", "b'\\xa5Z\\0\\x03' * 1000"])
def test_garbage_on_standard_output_is_only_logged(
    functions: RunningFunctions, garbage: str
) -> None:
    printing = misbehaving(f"os.write(1, {garbage})\nreturn 'done'")

    assert functions.invoke(printing).payload == b'"done"'
    assert_alive(functions, printing)


def test_json_on_standard_output_is_no_answer(functions: RunningFunctions) -> None:
    printing = misbehaving(
        """os.write(1, b'{"status": "ok", "result": "false"}' + bytes([10]))
return 'true'"""
    )

    assert [functions.invoke(printing).payload for _ in range(3)] == [b'"true"'] * 3


def test_a_closed_standard_output_does_not_matter(functions: RunningFunctions) -> None:
    closing = misbehaving("os.close(1)\nos.close(2)\nreturn 'done'")

    assert functions.invoke(closing).payload == b'"done"'
    assert_alive(functions, closing)


def test_closed_descriptors_do_not_matter(functions: RunningFunctions, neighbour: Function) -> None:
    closing = misbehaving("os.closerange(0, 1000)\nreturn 'done'")

    assert functions.invoke(closing).payload == b'"done"'  # the client connects again
    assert_undisturbed(functions, neighbour)
    assert_alive(functions, closing)


def test_a_handler_that_forks_ends_with_its_children(functions: RunningFunctions) -> None:
    forking = misbehaving(
        """
child = os.fork()
if child == 0:
    time.sleep(60)
detached = subprocess.Popen(["sleep", "60"], start_new_session=True)
without = subprocess.Popen(["/bin/sleep", "60"], env={})
if event == "exit":
    print("children", child, detached.pid, without.pid)
    os._exit(1)
print("children", child, detached.pid, without.pid)
time.sleep(60)""",
        timeout_seconds=1,
    )

    for event in ("exit", "time out"):
        functions.invoke(forking, event)

    lines = [line.split()[1:] for line in functions.log(forking) if line.startswith("children")]
    children = [int(word) for words in lines for word in words]
    assert len(children) == 6
    assert_ended(*children)
    assert_alive(functions, forking)


def test_a_child_without_environment_variables_ends_with_the_process(
    functions: RunningFunctions,
) -> None:
    leaving = misbehaving(
        """
child = subprocess.Popen(["/bin/sleep", "60"], env={})
print("child", child.pid)
os._exit(1)"""
    )

    functions.invoke(leaving)

    (line,) = [line for line in functions.log(leaving) if line.startswith("child")]
    assert_ended(int(line.split()[1]))


def test_two_halves_of_a_fork_that_both_answer_harm_only_themselves(
    functions: RunningFunctions, neighbour: Function
) -> None:
    forking = misbehaving("os.fork()\nreturn 'done'", timeout_seconds=1)

    # They write into the same connection, so that anything may arrive, or nothing.
    for event in ("fork", "behave", "behave"):
        functions.invoke(forking, event)
        assert_undisturbed(functions, neighbour)

    assert_alive(functions, forking)


def test_ignoring_sigterm_does_not_help(functions: RunningFunctions) -> None:
    ignoring = misbehaving(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('process', os.getpid())\n"
        "while True: time.sleep(1)",
        timeout_seconds=1,
    )

    result = functions.invoke(ignoring)

    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"
    (line,) = [line for line in functions.log(ignoring) if line.startswith("process")]
    assert_ended(int(line.split()[1]))


def test_a_handler_that_kills_its_group_kills_nobody_else(
    functions: RunningFunctions, neighbour: Function
) -> None:
    killing = misbehaving("os.kill(0, signal.SIGKILL)")

    result = functions.invoke(killing)

    assert "signal: killed" in json.loads(result.payload)["errorMessage"]
    assert_undisturbed(functions, neighbour)
    assert_alive(functions, killing)


def test_a_handler_that_stops_itself_times_out(functions: RunningFunctions) -> None:
    stopping = misbehaving("os.kill(os.getpid(), signal.SIGSTOP)", timeout_seconds=1)

    result = functions.invoke(stopping)

    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"
    assert_alive(functions, stopping)


def test_between_invocations_nothing_runs(functions: RunningFunctions) -> None:
    counting = function(
        """
        import threading, time
        count = 0
        def go_on():
            global count
            while True:
                count += 1
                time.sleep(0.001)
        threading.Thread(target=go_on, daemon=True).start()
        def handler(event, context):
            before = count
            time.sleep(0.05)
            return [before, count]
        """
    )

    _, left = json.loads(functions.invoke(counting).payload)
    idle_until = time.monotonic() + 0.3

    def idled() -> None:
        assert time.monotonic() > idle_until

    eventually(idled, within=2, every=0.1)
    found, later = json.loads(functions.invoke(counting).payload)

    assert found - left < 50  # of the 300 that it would have counted
    assert later > found


def test_a_process_that_ends_while_it_is_idle_is_replaced(functions: RunningFunctions) -> None:
    asked = function("import os\ndef handler(event, context): return os.getpid()")
    process = json.loads(functions.invoke(asked).payload)

    os.kill(process, 9)
    assert_ended(process)

    another = json.loads(functions.invoke(asked).payload)
    assert another != process


def test_garbage_on_the_runtime_api_disturbs_only_the_function_itself(
    functions: RunningFunctions, neighbour: Function
) -> None:
    talking = misbehaving(
        """
import http.client, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
with socket.create_connection((host, int(port))) as connection:
    connection.sendall(b"no HTTP at all\\r\\n\\r\\n")
    said = connection.recv(100)
base = "/2018-06-01/runtime/invocation/"
statuses = []
for method, path in (("GET", base + "next"), ("POST", base + "another/response"),
                     ("POST", "/2018-06-01/runtime/init/error"), ("GET", "/")):
    client = http.client.HTTPConnection(host, int(port))
    client.request(method, path, body=b"{}")
    statuses.append(client.getresponse().status)
return [said[:12].decode(), *statuses]"""
    )

    answer = json.loads(functions.invoke(talking).payload)

    assert answer == ["HTTP/1.1 400", 403, 400, 403, 404]
    assert_undisturbed(functions, neighbour)
    assert_alive(functions, talking)
