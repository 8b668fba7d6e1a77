"""The emulator's own life: how it starts, what it keeps to itself, and that it leaves nothing."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from comparison.waiting import eventually

from .conftest import Aws  # the class, not a fixture

SLEEP = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
ENVIRONMENT = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
PROJECT = Path(__file__).parents[2]
"""The folder that `python -m emulator` is started in."""


class Emulator:
    """A process of the emulator; folder holds all temporary files that it makes."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emulator", *options],
            cwd=PROJECT,
            env=os.environ | {"TMPDIR": str(folder)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def endpoint(self) -> str:
        """Wait until the emulator is ready; return its address."""
        assert self.process.stdout is not None
        timer = threading.Timer(20, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        found = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line + self.process.communicate()[1]
        return found[1]

    def invoke_and_leave(self, aws: Aws) -> None:
        """Have a function run that will not end by itself."""
        function = aws.function(SLEEP, timeout=60)
        aws.invoke(function, {}, InvocationType="Event")
        eventually(lambda: _is_running(self.folder), within=10, what="a running function")


def _is_running(folder: Path) -> None:
    assert _processes(folder), "no process"


def _processes(folder: Path) -> list[str]:
    """Return the processes that have the folder in their environment variables."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                environment = (process / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(folder) + b"/" in environment:
                found.append(process.name)
    return found


def _is_gone(emulator: Emulator, endpoint: str) -> None:
    assert list(emulator.folder.iterdir()) == []
    assert _processes(emulator.folder) == []
    address = urlsplit(endpoint)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port or 0))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    started: list[Emulator] = []

    def start_emulator(*options: str, **environment: str) -> Emulator:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Emulator(folder, *options, **environment))
        return started[-1]

    yield start_emulator
    for emulator in started:
        emulator.process.terminate()
        emulator.process.communicate(timeout=10)


@pytest.mark.parametrize("options", [(), ("--as-shipped",)], ids=["emulator", "as shipped"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_and_nothing_is_left(
    start: Any, number: signal.Signals, options: tuple[str, ...]
) -> None:
    emulator = start("--port", "0", *options)
    endpoint = emulator.endpoint()
    emulator.invoke_and_leave(Aws(endpoint))

    emulator.process.send_signal(number)

    assert emulator.process.wait(5) == 0
    _is_gone(emulator, endpoint)


def test_a_request_that_is_being_answered_does_not_keep_it_alive(start: Any) -> None:
    emulator = start("--port", "0")
    endpoint = emulator.endpoint()
    aws = Aws(endpoint)
    function = aws.function(SLEEP, timeout=60)

    def call() -> None:
        with suppress(BotoCoreError, ClientError):
            aws.invoke(function, {})

    caller = threading.Thread(target=call)
    caller.start()
    eventually(lambda: _is_running(emulator.folder), within=10, what="a running function")

    emulator.process.terminate()

    assert emulator.process.wait(5) == 0
    _is_gone(emulator, endpoint)
    caller.join(5)


def test_when_it_is_killed_no_function_goes_on(start: Any) -> None:
    emulator = start("--port", "0")
    emulator.invoke_and_leave(Aws(emulator.endpoint()))

    emulator.process.kill()
    emulator.process.wait()

    def check_ended() -> None:
        assert _processes(emulator.folder) == []

    eventually(check_ended, within=10, what="no process")


def test_it_ends_with_the_process_that_it_is_told_to_follow(start: Any) -> None:
    with subprocess.Popen(["sleep", "60"]) as parent:
        emulator = start("--port", "0", "--parent", str(parent.pid))
        emulator.endpoint()

        parent.kill()
        parent.wait()

        assert emulator.process.wait(5) == 0
        late = start("--port", "0", "--parent", str(parent.pid))
        assert late.process.wait(5) == 0


def test_a_port_that_is_taken_is_one_line_and_exit_code_2(start: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        emulator = start("--port", str(taken.getsockname()[1]))

        output, errors = emulator.process.communicate(timeout=10)

    assert (emulator.process.returncode, output) == (2, "")
    assert re.fullmatch(r"emulator: port \d+ cannot be used \(.*\): .*\n", errors)


def test_it_listens_on_loopback_only(start: Any) -> None:
    emulator = start("--port", "0")
    port = urlsplit(emulator.endpoint()).port
    inodes = set()
    for link in Path(f"/proc/{emulator.process.pid}/fd").iterdir():
        found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        if found:
            inodes.add(found[1])

    listening = [
        fields[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if (fields := line.split())[3] == "0A" and fields[9] in inodes
    ]

    assert listening == [f"0100007F:{port:04X}"]


def test_what_the_users_shell_holds_reaches_no_function(start: Any) -> None:
    secrets: Mapping[str, str] = {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_PROFILE": "real",
        "AWS_ENDPOINT_URL": "https://example.com",
        "MINISTACK_REGION": "eu-west-1",
        "AUTH": "true",
        "SECRET": "real",
    }
    emulator = start("--port", "0", **secrets)
    aws = Aws(emulator.endpoint())

    response = aws.invoke(aws.function(ENVIRONMENT), {})

    environment = json.loads(response["Payload"].read())
    assert environment["AWS_ENDPOINT_URL"] == aws.endpoint
    assert environment["AWS_REGION"] == "us-east-1"
    assert not {"AWS_PROFILE", "SECRET", "AUTH", "MINISTACK_REGION"} & environment.keys()
    assert "real" not in json.dumps(environment).lower()
