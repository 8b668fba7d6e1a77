"""How fast queues drain, and how exactly a batching window is kept."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from benchmarks.handlers import ANSWER, REPORTING
from benchmarks.side import Side, until_empty

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

WINDOW = 3
"""Seconds of the batching window that is measured."""
BATCH = 10
PATIENCE = 300


def drain_seconds(side: Side, messages: int, number: int) -> float:
    """Return the seconds from enabling a mapping to an empty queue that held so many messages."""
    name = f"drain-{messages}-{number}"
    arn = side.create_function(name, ANSWER)
    url = side.create_queue(name)
    identifier = _mapping(side, url, arn, Enabled=False)
    send(side, url, messages)
    started = time.perf_counter()
    client: LambdaClient = side.client("lambda")
    client.update_event_source_mapping(UUID=identifier, Enabled=True)
    until_empty(side, url, PATIENCE)
    seconds = time.perf_counter() - started
    client.delete_event_source_mapping(UUID=identifier)
    return seconds


def send(side: Side, url: str, messages: int) -> None:
    """Send so many messages, ten at a time."""
    client: SQSClient = side.client("sqs")
    for first in range(0, messages, BATCH):
        size = min(BATCH, messages - first)
        entries = [{"Id": str(one), "MessageBody": "{}"} for one in range(size)]
        client.send_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type] # plain dicts are entries


def window_delays(side: Side, number: int) -> tuple[float, float]:
    """Return the seconds to the invocation for a lone message, and for a full batch."""
    with _reports() as (port, reports):
        name = f"window-{number}"
        arn = side.create_function(
            name, REPORTING, Environment={"Variables": {"REPORT_TO": str(port)}}
        )
        url = side.create_queue(name)
        identifier = _mapping(
            side, url, arn, BatchSize=BATCH, MaximumBatchingWindowInSeconds=WINDOW
        )
        # The first invocation is a cold start, which says nothing of the window.
        _delay(side, url, 1, reports)
        delays = _delay(side, url, 1, reports), _delay(side, url, BATCH, reports)
        side.client("lambda").delete_event_source_mapping(UUID=identifier)
    return delays


def _delay(side: Side, url: str, messages: int, reports: "Reports") -> float:
    reports.clear()
    sent_at = time.perf_counter()
    send(side, url, messages)
    return reports.wait() - sent_at


def _mapping(side: Side, url: str, function_arn: str, **settings: object) -> str:
    sqs: SQSClient = side.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    client: LambdaClient = side.client("lambda")
    answer = client.create_event_source_mapping(
        EventSourceArn=attributes["QueueArn"],
        FunctionName=function_arn,
        **settings,  # type: ignore[arg-type] # the settings are the API's
    )
    return answer["UUID"]


class Reports:
    """The moment of the first report since it was cleared."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._at = 0.0

    def clear(self) -> None:
        """Wait for a new report."""
        self._arrived.clear()

    def note(self) -> None:
        """Note a report."""
        if not self._arrived.is_set():
            self._at = time.perf_counter()
            self._arrived.set()

    def wait(self) -> float:
        """Return the moment of the report. Raises TimeoutError."""
        if not self._arrived.wait(PATIENCE):
            raise TimeoutError("the function was not invoked")
        return self._at


@contextmanager
def _reports() -> Iterator[tuple[int, Reports]]:
    reports = Reports()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reports.note()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, reports
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
