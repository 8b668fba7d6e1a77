"""Stubbed AWS clients, and consoles and servers that nothing outside the test sees."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from typing import Any

import pytest
from botocore.stub import Stubber
from rich.console import Console

from comparison.targets import Target, load_target
from deployment.clients import DeploymentClients

Answers = Mapping[str, list[Any]]
"""Operation (snake case) -> what it answers, in order: a response, or the code of an error."""


@pytest.fixture
def target() -> Target:
    return load_target("local", endpoint="http://127.0.0.1:1")


@pytest.fixture
def clients(target: Target) -> DeploymentClients:
    return DeploymentClients(target)


@pytest.fixture
def stub() -> Iterator[Callable[[Any, Answers], Stubber]]:
    """Answer the calls of a client; at the end of the test each answer must have been asked for."""
    with ExitStack() as stack:

        def answer(client: Any, answers: Answers) -> Stubber:
            stubber = Stubber(client)
            for operation, responses in answers.items():
                for response in responses:
                    if isinstance(response, str):
                        stubber.add_client_error(operation, service_error_code=response)
                    else:
                        stubber.add_response(operation, response)
            stubber.activate()
            stack.callback(stubber.assert_no_pending_responses)
            return stubber

        yield answer


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=400)


@pytest.fixture
def printed(console: Console) -> Callable[[], str]:
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue


Serve = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Elsewhere:
    """A page that sends to another address."""

    url: str


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve pages on loopback, 404 elsewhere; returns the address.

    pages: path -> JSON, text, or where to go instead; `POST` answers every POST, `*` the rest.
    """
    with ExitStack() as stack:

        def start(pages: Mapping[str, Any]) -> str:
            server = HTTPServer(("127.0.0.1", 0), _handler(pages))
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


def _handler(pages: Mapping[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(pages.get(self.path, pages.get("*")))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(pages.get("POST", pages.get("*")))

        def _answer(self, page: Any) -> None:
            if isinstance(page, Elsewhere):
                self.send_response(302)
                self.send_header("Location", page.url)
                self.end_headers()
                return
            body = page.encode() if isinstance(page, str) else json.dumps(page).encode()
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def shell() -> Iterator[None]:
    """Give the environment back after a command has adopted that of a target."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
