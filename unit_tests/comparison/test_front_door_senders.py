"""What API Gateway and the load balancer get of a request, and what a caller sees of the answer."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from comparison.clients import Clients
from comparison.observation import CallerSaw, HttpOptions, Sending
from comparison.path import Path
from comparison.senders.front_door import (
    FrontDoorSender,
    api_gateway_sender,
    load_balancer_sender,
)
from comparison.stack_outputs import StackOutputs
from comparison.targets import Target
from stacks.naming import Output

OUTPUTS = StackOutputs(
    "stage",
    {
        Output.REST_API_ID: "a1b2c3",
        Output.REST_API_STAGE: "v1",
        Output.LOAD_BALANCER_DNS_NAME: "doors.elb.example",
    },
    frozenset(),
)
PLAIN = HttpOptions()
ANSWER = b"HTTP/1.1 201 Made It\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 4\r\n\r\ndone"


@dataclass
class Received:
    """A request as it came over the connection."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of a header, whose name is in this very spelling."""
        return [value for key, value in self.headers if key == name]


@dataclass
class FrontDoor:
    """A stub of a front door: notes every request and answers each with the same bytes."""

    endpoint: str
    answer: bytes = ANSWER
    reads_body: bool = True
    received: list[Received] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def handle_request(self) -> None:
        door = cast("_Server", self.server).door
        length = int(self.headers.get("Content-Length", "0")) if door.reads_body else 0
        door.received.append(
            Received(self.command, self.path, self.headers.items(), self.rfile.read(length))
        )
        self.wfile.write(door.answer)
        self.close_connection = True

    do_GET = do_POST = do_PUT = handle_request  # noqa: N815 - the names that the base class calls

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    door: FrontDoor


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.door = FrontDoor(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.door
        server.shutdown()
        thread.join()


def sending(http: HttpOptions = PLAIN, padded_to: int = 0) -> Sending:
    return Sending("s", Path.ALB, "r1.s.alb.1", "answer", padded_to=padded_to, http=http)


def sent_to_load_balancer(
    door: FrontDoor,
    local: Target,
    http: HttpOptions = PLAIN,
    padded_to: int = 0,
) -> tuple[Received, CallerSaw]:
    clients = Clients(replace(local, endpoint=door.endpoint))
    (saw,) = load_balancer_sender(clients, OUTPUTS).send([sending(http, padded_to)])
    return door.received[-1], saw


def sent_to_api_gateway(
    door: FrontDoor,
    local: Target,
    http: HttpOptions = PLAIN,
) -> Received:
    clients = Clients(replace(local, endpoint=door.endpoint))
    api_gateway_sender(clients, OUTPUTS).send([sending(http)])
    return door.received[-1]


def test_a_job_is_posted_as_the_body(door: FrontDoor, local: Target) -> None:
    request, _ = sent_to_load_balancer(door, local)
    assert (request.method, request.target) == ("POST", "/jobs")
    assert request.body == b'{"run": "r1", "job": "r1.s.alb.1", "do": "answer"}'
    assert request.values("Content-Type") == ["application/json"]


def test_nothing_is_sent_that_nobody_asked_for(door: FrontDoor, local: Target) -> None:
    request, _ = sent_to_load_balancer(door, local)
    assert {name for name, _ in request.headers} == {"Host", "Content-Length", "Content-Type"}


def test_a_content_type_that_is_given_is_the_only_one(door: FrontDoor, local: Target) -> None:
    request, _ = sent_to_load_balancer(
        door, local, HttpOptions(headers=(("content-TYPE", "text/plain"),))
    )
    assert request.values("content-TYPE") == ["text/plain"]
    assert request.values("Content-Type") == []


def test_header_names_keep_their_spelling_and_repeated_headers_their_order(
    door: FrontDoor, local: Target
) -> None:
    request, _ = sent_to_load_balancer(
        door, local, HttpOptions(headers=(("tEsT-HEADeR", "one"), ("tEsT-HEADeR", "two")))
    )
    assert request.values("tEsT-HEADeR") == ["one", "two"]


def test_path_and_query_string_are_sent_as_they_are_written(door: FrontDoor, local: Target) -> None:
    request, _ = sent_to_load_balancer(
        door, local, HttpOptions(resource="/jobs/test%2Balias/", query="a=x%2By&b=2&b=1")
    )
    assert request.target == "/jobs/test%2Balias/?a=x%2By&b=2&b=1"


def test_a_get_carries_the_job_in_the_query_string_and_has_no_body(
    door: FrontDoor, local: Target
) -> None:
    request, _ = sent_to_load_balancer(door, local, HttpOptions(method="GET", query="a=1"))
    assert request.target == (
        "/jobs?a=1&job=%7B%22run%22%3A%20%22r1%22%2C%20%22job%22%3A%20%22r1.s.alb.1%22%2C%20"
        "%22do%22%3A%20%22answer%22%7D"
    )
    assert request.body == b""
    assert {name for name, _ in request.headers} == {"Host"}


def test_a_job_is_padded_with_spaces(door: FrontDoor, local: Target) -> None:
    request, _ = sent_to_load_balancer(door, local, padded_to=2_000_000)
    assert len(request.body) == 2_000_000
    assert request.body.rstrip().endswith(b'"answer"}')


def test_the_host_header_names_the_load_balancer_wherever_it_is_reached(
    door: FrontDoor, local: Target
) -> None:
    request, _ = sent_to_load_balancer(door, local)
    assert request.values("Host") == ["doors.elb.example"]


def test_a_request_to_the_load_balancer_has_no_signature(door: FrontDoor, local: Target) -> None:
    request, _ = sent_to_load_balancer(door, local)
    assert request.values("Authorization") == []


def test_a_request_to_api_gateway_is_signed_for_the_host_of_the_api(
    door: FrontDoor, local: Target
) -> None:
    request = sent_to_api_gateway(door, local)
    (authorization,) = request.values("Authorization")
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=test/")
    assert "/us-east-1/execute-api/aws4_request" in authorization
    assert "SignedHeaders=host;x-amz-date" in authorization
    assert request.values("Host") == ["a1b2c3.execute-api.localhost"]
    assert len(request.values("X-Amz-Date")) == 1


def test_a_request_to_api_gateway_goes_to_the_stage(door: FrontDoor, local: Target) -> None:
    request = sent_to_api_gateway(door, local, HttpOptions(resource="/", query="a=1"))
    assert request.target == "/v1/?a=1"


def test_the_signature_depends_on_method_path_and_query_string(
    door: FrontDoor, local: Target
) -> None:
    signatures = {
        sent_to_api_gateway(door, local, http).values("Authorization")[0].rpartition("=")[2]
        for http in (
            HttpOptions(),
            HttpOptions(resource="/jobs/"),
            HttpOptions(query="a=1"),
            HttpOptions(method="PUT"),
        )
    }
    assert len(signatures) == 4


def test_a_request_to_api_gateway_can_do_without_a_signature(
    door: FrontDoor, local: Target
) -> None:
    request = sent_to_api_gateway(door, local, HttpOptions(signed=False))
    assert request.values("Authorization") == []


def test_the_caller_sees_status_reason_headers_and_body(door: FrontDoor, local: Target) -> None:
    _, saw = sent_to_load_balancer(door, local)
    assert (saw.status, saw.body, saw.error) == (201, "done", None)
    assert saw.headers == {"x-one": "1, 2", "content-length": "4"}
    assert saw.details["reason"] == "Made It"
    assert saw.details["header_list"][:2] == [("X-One", "1"), ("x-one", "2")]


def test_a_connection_that_is_refused_is_an_error_that_the_caller_saw() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    (saw,) = FrontDoorSender(f"http://127.0.0.1:{port}", "host").send([sending()])
    assert saw.status is None
    assert saw.error is not None
    assert saw.error.startswith("ConnectionRefusedError: ")


def test_a_connection_that_is_closed_without_an_answer_is_an_error_that_the_caller_saw(
    door: FrontDoor, local: Target
) -> None:
    door.answer = b""
    _, saw = sent_to_load_balancer(door, local)
    assert saw.status is None
    assert saw.error is not None
    assert saw.error.startswith("RemoteDisconnected: ")


def test_an_answer_that_breaks_off_is_an_error_that_the_caller_saw(
    door: FrontDoor, local: Target
) -> None:
    door.answer = ANSWER[:-1]
    _, saw = sent_to_load_balancer(door, local)
    assert saw.status is None
    assert saw.error is not None
    assert saw.error.startswith("IncompleteRead")


def test_an_answer_is_seen_though_it_comes_before_the_whole_request_was_read(
    door: FrontDoor, local: Target
) -> None:
    door.reads_body = False
    _, saw = sent_to_load_balancer(door, local, padded_to=20_000_000)
    assert (saw.status, saw.body, saw.error) == (201, "done", None)
