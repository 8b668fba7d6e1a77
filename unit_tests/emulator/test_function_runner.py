"""Which execution environment an invocation gets, and what remains afterwards: nothing."""

import json
import os
import threading
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comparison.waiting import eventually
from emulator.engine import runtime_folder
from emulator.engine.invocation import Function, InvocationResult, Throttled, ThrottleReason
from emulator.engine.runtime_folder import CannotRunFunction
from unit_tests.emulator.running_functions import (
    MakeFunctions,
    RunningFunctions,
    function,
    processes_below,
    zip_file,
)

WAITING = """
    import os, pathlib, time
    def handler(event, context):
        if event:
            pathlib.Path(event, str(os.getpid())).touch()
            while not pathlib.Path(event, "go-on").exists():
                time.sleep(0.005)
        return os.getpid()
    """
"""Given a folder, it leaves a file with its process id there and waits for the file `go-on`."""


DETACHING = """
    import subprocess
    subprocess.Popen(["sleep", "60"], start_new_session=True)
"""


def process_of(result: InvocationResult) -> int:
    assert result.function_error is None, result.payload
    process = json.loads(result.payload)
    assert isinstance(process, int)
    return process


class Rendezvous:
    """A folder where waiting functions show up and are let go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def expect(self, count: int) -> None:
        def all_there() -> None:
            assert len(list(self.folder.iterdir())) == count

        eventually(all_there, within=10, every=0.01, what=f"{count} running functions")

    def release(self) -> None:
        (self.folder / "go-on").touch()


@pytest.fixture
def rendezvous(tmp_path: Path) -> Rendezvous:
    folder = tmp_path / "rendezvous"
    folder.mkdir()
    return Rendezvous(folder)


@pytest.fixture
def waiting() -> Function:
    return function(WAITING)


def begin(
    functions: RunningFunctions, waiting: Function, rendezvous: Rendezvous, count: int = 1
) -> list[Future[InvocationResult]]:
    """Begin invocations and wait until all of them run."""
    invocations = [functions.begin(waiting, str(rendezvous)) for _ in range(count)]
    rendezvous.expect(count)
    return invocations


def test_a_warm_environment_is_used_again(functions: RunningFunctions, waiting: Function) -> None:
    processes = {process_of(functions.invoke(waiting)) for _ in range(5)}

    assert len(processes) == 1


def test_invocations_at_the_same_time_have_an_environment_each(
    functions: RunningFunctions, waiting: Function, rendezvous: Rendezvous
) -> None:
    invocations = begin(functions, waiting, rendezvous, count=6)
    rendezvous.release()

    assert len({process_of(invocation.result()) for invocation in invocations}) == 6


def test_versions_have_environments_of_their_own(
    functions: RunningFunctions, waiting: Function
) -> None:
    first = process_of(functions.invoke(replace(waiting, version="1")))
    second = process_of(functions.invoke(replace(waiting, version="2")))

    assert first != second
    assert process_of(functions.invoke(replace(waiting, version="1"))) == first


def test_what_waits_for_a_start_takes_an_environment_that_becomes_free(
    functions: RunningFunctions,
) -> None:
    quick = function(
        "import os, time\ntime.sleep(0.2)\ndef handler(event, context): return os.getpid()"
    )

    invocations = [functions.begin(quick) for _ in range(20)]

    assert len({process_of(invocation.result()) for invocation in invocations}) < 10


def test_slow_starts_do_not_keep_others_from_starting(
    make_functions: MakeFunctions, waiting: Function
) -> None:
    functions = make_functions()
    slow = function("import time\ntime.sleep(4)\ndef handler(event, context): pass")
    starting = [functions.begin(slow) for _ in range(os.cpu_count() or 1)]

    functions.invoke(waiting)

    assert not any(invocation.done() for invocation in starting)


def test_reserved_concurrency_zero_throttles_everything(functions: RunningFunctions) -> None:
    stopped = function("print('ran')", reserved_concurrency=0)

    with pytest.raises(Throttled) as throttled:
        functions.invoke(stopped)

    assert throttled.value.reason is ThrottleReason.RESERVED_FUNCTION_CONCURRENCY
    assert functions.log(stopped) == []


def test_reserved_concurrency_is_the_functions_limit(
    functions: RunningFunctions, waiting: Function, rendezvous: Rendezvous
) -> None:
    limited = replace(waiting, reserved_concurrency=2)
    invocations = begin(functions, limited, rendezvous, count=2)

    with pytest.raises(Throttled) as throttled:
        functions.invoke(limited)
    assert throttled.value.reason is ThrottleReason.RESERVED_FUNCTION_CONCURRENCY

    rendezvous.release()
    for invocation in invocations:
        invocation.result()
    functions.invoke(limited)


def test_a_failed_invocation_makes_room(functions: RunningFunctions) -> None:
    leaving = function("import os\ndef handler(event, context): os._exit(1)")
    limited = replace(leaving, reserved_concurrency=1)

    for _ in range(3):
        assert functions.invoke(limited).function_error == "Unhandled"


def test_a_change_of_reserved_concurrency_keeps_the_environments(
    functions: RunningFunctions, waiting: Function
) -> None:
    before = process_of(functions.invoke(waiting))

    assert process_of(functions.invoke(replace(waiting, reserved_concurrency=3))) == before


def test_the_account_limits_functions_without_reserved_concurrency(
    make_functions: MakeFunctions, waiting: Function, rendezvous: Rendezvous
) -> None:
    functions = make_functions(account_concurrency=2)
    invocations = begin(functions, waiting, rendezvous, count=2)

    with pytest.raises(Throttled) as throttled:
        functions.invoke(function(WAITING))
    assert throttled.value.reason is ThrottleReason.ACCOUNT_CONCURRENCY
    functions.invoke(function(WAITING, reserved_concurrency=1))

    rendezvous.release()
    for invocation in invocations:
        invocation.result()
    functions.invoke(function(WAITING))


@pytest.mark.parametrize(
    "change",
    [{"environment": {"A": "1"}}, {"timeout_seconds": 9}, {"memory_megabytes": 512}],
)
def test_a_new_configuration_gets_new_environments(
    functions: RunningFunctions, waiting: Function, change: dict[str, Any]
) -> None:
    before = process_of(functions.invoke(waiting))
    after = process_of(functions.invoke(replace(waiting, **change)))

    assert after != before
    assert_ended(before)


def test_new_code_runs_at_once_and_the_old_finishes_what_it_does(
    functions: RunningFunctions, waiting: Function, rendezvous: Rendezvous
) -> None:
    (old,) = begin(functions, waiting, rendezvous)
    code = zip_file({"index.py": "def handler(event, context): return 'new'"})
    updated = replace(waiting, code=code, code_sha256="another")

    assert functions.invoke(updated).payload == b'"new"'
    rendezvous.release()
    assert_ended(process_of(old.result()))


def test_a_retired_function_has_no_environments(
    functions: RunningFunctions, waiting: Function, rendezvous: Rendezvous
) -> None:
    warm = process_of(functions.invoke(waiting))
    (busy,) = begin(functions, waiting, rendezvous)

    functions.call(functions.runner.retire(waiting.arn))

    rendezvous.release()
    assert_ended(warm, process_of(busy.result()))
    functions.invoke(waiting)


def test_an_idle_environment_is_ended(make_functions: MakeFunctions, waiting: Function) -> None:
    functions = make_functions(idle_seconds=0.1)

    process = process_of(functions.invoke(waiting))

    assert_ended(process)
    assert process_of(functions.invoke(waiting)) != process


def test_who_stops_waiting_does_not_stop_the_function(
    functions: RunningFunctions, waiting: Function, rendezvous: Rendezvous
) -> None:
    (abandoned,) = begin(functions, waiting, rendezvous)

    abandoned.cancel()
    rendezvous.release()

    def ended() -> None:
        assert any(line.startswith("REPORT") for line in functions.log(waiting))

    eventually(ended, within=5, every=0.02)
    functions.invoke(waiting)


def test_a_package_that_is_no_zip_file_cannot_run(functions: RunningFunctions) -> None:
    broken = function(code=b"no zip", reserved_concurrency=1)

    for _ in range(2):
        with pytest.raises(CannotRunFunction, match="Could not unzip"):
            functions.invoke(broken)


def test_another_language_cannot_run(functions: RunningFunctions) -> None:
    with pytest.raises(CannotRunFunction, match=r"f cannot run: its runtime is nodejs24\.x"):
        functions.invoke(function(name="f", runtime="nodejs24.x"))


def test_without_the_runtime_client_one_line_says_what_is_missing(
    make_functions: MakeFunctions, waiting: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_folder, "RUNTIME_INTERFACE_CLIENT", ("not_installed",))
    functions = make_functions()

    for _ in range(2):
        with pytest.raises(CannotRunFunction) as error:
            functions.invoke(waiting)

    assert "not_installed" in str(error.value)
    assert "Linux on x86-64 and arm64 only" in str(error.value)
    assert "\n" not in str(error.value)


def test_closing_leaves_no_process_no_file_and_no_thread(
    make_functions: MakeFunctions, rendezvous: Rendezvous
) -> None:
    threads = threading.active_count()
    descriptors = open_descriptors()
    functions = make_functions()
    forking = function(DETACHING + WAITING)
    functions.invoke(forking)
    invocations = begin(functions, forking, rendezvous, count=3)
    assert len(processes_below(functions.folder)) == 6

    functions.close()

    assert processes_below(functions.folder) == []
    assert not functions.folder.exists()
    for invocation in invocations:
        with pytest.raises(CancelledError):
            invocation.result()
    assert threading.active_count() == threads
    assert open_descriptors() == descriptors


def test_closing_during_a_start_leaves_nothing(
    make_functions: MakeFunctions, waiting: Function
) -> None:
    functions = make_functions()
    for _ in range(4):
        functions.begin(waiting)

    functions.close()

    assert processes_below(functions.folder) == []
    assert not functions.folder.exists()


def test_a_warm_invocation_does_not_leak(functions: RunningFunctions, waiting: Function) -> None:
    functions.invoke(waiting)
    descriptors = open_descriptors()

    for _ in range(50):
        functions.invoke(waiting)

    assert open_descriptors() == descriptors


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def assert_ended(*processes: int) -> None:
    def all_ended() -> None:
        assert [each for each in processes if Path(f"/proc/{each}").exists()] == []

    eventually(all_ended, within=5, every=0.02)
