"""What a soak sends: jobs drawn by a seed, so that a run can be repeated."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comparison.observation import Sending
from comparison.path import InvocationType, Path
from stacks.naming import QueueName

SHARES: Mapping[Path, int] = {
    Path.SDK_SYNC: 180,
    Path.API_GATEWAY: 150,
    Path.ALB: 150,
    Path.SDK_EVENT: 150,
    Path.S3: 90,
    Path.EVENTBRIDGE: 90,
    Path.SNS: 90,
    Path.SQS: 96,
    # A program of its own for each job: a second of processor time.
    Path.CLI_SYNC: 2,
    Path.CLI_EVENT: 2,
}
"""Jobs of each path in a thousand; the schedule, which carries one job a minute, is left out."""

FAILING = 0.1
"""Share of the jobs that fail."""


@dataclass(frozen=True)
class Work:
    """A work with its parameters; weight says how often it is drawn."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    weight: int = 10


FAILURES: tuple[Work, ...] = (
    Work("raise"),
    Work("fail"),
    Work("fail-first", {"times": 1}),
    Work("exit", {"code": 3}, weight=4),
    Work("return-unserializable", weight=6),
    # Holds an execution environment for the whole timeout.
    Work("time-out", weight=1),
)
MALFORMED = Work("return", {"value": "justAString"})
"""A failure at the front doors only: elsewhere any JSON value is an answer."""

TOO_LARGE_ANSWER = Work("large-answer", {"bytes": 6_300_000}, weight=1)
"""A failure where a caller waits for the answer (SI-10)."""

ITEM_FAILURE = Work("fail-first-item", {"times": 1})
"""A failure of one record of a batch."""

FAILING_QUEUES = (QueueName.PROMPT, QueueName.WHOLE_BATCH, QueueName.FIFO)
"""Queues in which a message that always fails is dead within seconds."""

GROUPS = 20


def plan(run: str, jobs: int, seed: int) -> list[Sending]:
    """Return what one run sends, in random order."""
    draw = random.Random(seed)  # noqa: S311 - a plan, no secret
    paths = draw.choices(list(SHARES), weights=list(SHARES.values()), k=jobs)
    return [_sending(draw, run, path, number) for number, path in enumerate(paths, 1)]


def _sending(draw: random.Random, run: str, path: Path, number: int) -> Sending:
    fails = draw.random() < FAILING
    work = _failure(draw, path) if fails else Work("answer")
    queue = draw.choice(FAILING_QUEUES if fails else tuple(QueueName)[:4])
    fifo = path is Path.SQS and queue is QueueName.FIFO
    return Sending(
        "soak",
        path,
        f"{run}.soak.{path}.{number}",
        work.name,
        work.parameters,
        queue=queue,
        message_group=f"group-{draw.randrange(GROUPS)}" if fifo else None,
    )


def _failure(draw: random.Random, path: Path) -> Work:
    works = list(FAILURES)
    if path.invocation_type is InvocationType.SYNCHRONOUS:
        works.append(TOO_LARGE_ANSWER)
    if path in {Path.API_GATEWAY, Path.ALB}:
        works.append(MALFORMED)
    if path.invocation_type is InvocationType.POLL_BASED:
        works = [work for work in works if work.name != "return-unserializable"] + [ITEM_FAILURE]
    return draw.choices(works, weights=[work.weight for work in works])[0]
