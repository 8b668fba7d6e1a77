import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.probe.environment import ExecutionEnvironment
from lambdas.probe.event_shape import S3Object
from lambdas.probe.job import Job, JobError
from lambdas.probe.probe import Probe
from lambdas.probe.receipt import Attribute, TableError

RECORDED = Path(__file__).with_name("events")


class FakeTable:
    """A receipts table in memory; raises `error` instead, once that is set."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Attribute]] = {}
        self.waiting: dict[str, str] = {}
        self.claims: dict[str, str] = {}
        self.calls: list[str] = []
        self.error: TableError | None = None

    def put(self, item: Mapping[str, Attribute]) -> None:
        self._called("put")
        self.items[str(item["run"]), str(item["receipt"])] = dict(item)

    def complete(self, run: str, receipt: str, outcome: str, finished_at: str) -> None:
        self._called("complete")
        self.items[run, receipt] |= {"outcome": outcome, "finished_at": finished_at}

    def count(self, run: str, job: str) -> int:
        self._called("count")
        return sum(run == its_run and key.startswith(f"{job}#") for its_run, key in self.items)

    def claim_waiting_job(self, rule_arn: str, event_id: str) -> str | None:
        self._called("claim_waiting_job")
        if rule_arn not in self.waiting or self.claims.setdefault(rule_arn, event_id) != event_id:
            return None
        return self.waiting[rule_arn]

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if self.error is not None:
            raise self.error

    @property
    def receipts(self) -> list[dict[str, Attribute]]:
        return list(self.items.values())

    @property
    def outcomes(self) -> dict[Attribute, Attribute]:
        return {receipt["job"]: receipt["outcome"] for receipt in self.receipts}


class FakeBucket(dict[S3Object, str]):
    """Objects by reference."""

    def read(self, reference: S3Object) -> str:
        if reference not in self:
            raise JobError(f"the object s3://{reference.bucket}/{reference.key} is gone")
        return self[reference]


def read_recorded(name: str) -> Any:
    """Return an event with all the keys that AWS gives it; its jobs ask for an answer."""
    return json.loads((RECORDED / f"{name}.json").read_text())


class FunctionUnderTest:
    """The function in a new execution environment, with its table and its bucket."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.bucket = FakeBucket()
        self._probe = Probe(self.table, self.bucket.read, ExecutionEnvironment())
        self._request_ids = (f"request-{number}" for number in itertools.count(1))

    def invoke(self, event: object, client_context: Any = None) -> Any:
        """Invoke the function once."""
        context = SimpleNamespace(
            aws_request_id=next(self._request_ids),
            log_stream_name="2026/11/21/[$LATEST]0123456789abcdef",
            client_context=client_context,
        )
        return self._probe.handle(event, context)

    def send(self, name: str, *jobs: Job | str) -> Any:
        """Invoke the function with a recorded event that carries these jobs, or other texts."""
        event = read_recorded(name)
        texts = [job.to_json() if isinstance(job, Job) else job for job in jobs]
        match name:
            case "direct":
                event = json.loads(texts[0])
            case "eventbridge":
                event["detail"] = json.loads(texts[0])
            case "sns":
                event["Records"][0]["Sns"]["Message"] = texts[0]
            case "s3":
                self.bucket[S3Object("jobs-bucket", "r1/job 1@home.json")] = texts[0]
            case "schedule":
                self.table.waiting[event["resources"][0]] = texts[0]
            case "sqs" | "sqs-fifo":
                for record, text in zip(event["Records"], texts, strict=True):
                    record["body"] = text
            case _:
                event["body"] = texts[0]
        return self.invoke(event)


@pytest.fixture
def function() -> FunctionUnderTest:
    return FunctionUnderTest()


@pytest.fixture
def another_function() -> FunctionUnderTest:
    return FunctionUnderTest()


@pytest.fixture
def recorded() -> Callable[[str], Any]:
    return read_recorded
