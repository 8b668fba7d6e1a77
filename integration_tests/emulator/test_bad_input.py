"""Bad input: the caller gets an error, and the emulator goes on."""

import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

CRASHES = {
    "exits": "import os\ndef handler(event, context):\n    os._exit(1)\n",
    "kills itself": (
        "import os, signal\n"
        "def handler(event, context):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    ),
    "cannot be imported": "import nothing_of_this_name\n",
    "has no handler": "x = 1\n",
    "forks": (
        "import os, time\n"
        "def handler(event, context):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(60)\n"
        "    os._exit(1)\n"
    ),
}
FLOOD = "def handler(event, context):\n    for _ in range(100):\n        print('x' * 1_000_000)\n"
DECOY = """
import os
def handler(event, context):
    os.write(1, b'{"status": "ok"}')
    return event
"""


def send(endpoint: str, data: bytes) -> bytes:
    """Send bytes; return the beginning of what comes back."""
    address = urlsplit(endpoint)
    with socket.create_connection((address.hostname, address.port or 0), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(1024)


INVOKE = b"POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: h\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        INVOKE + b"Content-Length: -1\r\n\r\n",
        INVOKE + b"Content-Length: 9\r\n\r\n{",
        b"POST /2015-03-31/functions/%ff%00/invocations HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /2015-03-31/functions/arn:aws:s3:::x/invocations HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /restapis/x/y/_user_request_/\xff HTTP/1.1\r\nHost: h\r\n\r\n",
    ],
)
def test_after_a_malformed_request_others_are_answered(aws: Any, data: bytes) -> None:
    function = aws.function()

    answer = send(aws.endpoint, data)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
    assert aws.invoke(function, 1)["Payload"].read() == b"1"


def test_a_client_that_goes_away_disturbs_nobody(aws: Any) -> None:
    function = aws.function(
        "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'done'\n"
    )
    name = function.rpartition(":")[2]
    head = f"POST /2015-03-31/functions/{name}/invocations HTTP/1.1\r\nHost: h\r\n"
    address = urlsplit(aws.endpoint)
    connection = socket.create_connection((address.hostname, address.port or 0))
    connection.sendall(head.encode() + b"Content-Length: 3\r\n\r\n0.5")
    connection.close()

    assert aws.invoke(function, 0)["Payload"].read() == b'"done"'


@pytest.mark.parametrize("crash", CRASHES)
def test_a_function_that_breaks_disturbs_no_other(aws: Any, crash: str) -> None:
    broken = aws.function(CRASHES[crash], timeout=2)
    other = aws.function()

    answers: list[Any] = []
    calls = [
        threading.Thread(target=lambda: answers.append(aws.invoke(broken, {}))),
        threading.Thread(target=lambda: answers.append(aws.invoke(other, 1))),
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join()

    by_payload = {answer["Payload"].read(): answer for answer in answers}
    assert "FunctionError" not in by_payload.pop(b"1")
    (failed,) = by_payload.values()
    assert failed["FunctionError"] == "Unhandled"


def test_a_function_that_floods_its_output_answers_nevertheless(aws: Any) -> None:
    response = aws.invoke(aws.function(FLOOD, timeout=30), {}, LogType="Tail")

    assert response["Payload"].read() == b"null"


def test_what_a_function_prints_is_no_answer(aws: Any) -> None:
    function = aws.function(DECOY)

    answers = [aws.invoke(function, number)["Payload"].read() for number in range(3)]

    assert answers == [b"0", b"1", b"2"]
