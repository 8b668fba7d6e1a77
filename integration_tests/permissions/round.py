"""A round: one job for every part of the stacks, all sent at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from comparison.observation import CallerSaw, HttpOptions, Sending
from comparison.path import Path
from comparison.run import new_run_id
from comparison.senders import Sender
from stacks.naming import MULTI_VALUE_PATH, SHORT_TIMEOUT_RESOURCE, QueueName

from .parts import SQS_PARTS, Part
from .sight import Sent

SENDING_AT_ONCE = 4
"""More would start more execution environments than two processors start in a moment."""

PLAIN = (
    Part.SDK_SYNC, Part.API_GATEWAY, Part.ALB,
    Part.SDK_EVENT, Part.S3, Part.EVENTBRIDGE, Part.SCHEDULE, Part.SNS,
)  # fmt: skip
RESOURCES = {
    Part.API_GATEWAY_SHORT_TIMEOUT: (Path.API_GATEWAY, f"/{SHORT_TIMEOUT_RESOURCE}"),
    Part.ALB_MULTI_VALUE: (Path.ALB, f"{MULTI_VALUE_PATH}/jobs"),
}


def send_round(every: Mapping[Path, Sender]) -> Sent:
    """Send one job for every part, one that raises, and one twice that raises the first time."""
    run = new_run_id()
    jobs = _jobs(run)
    failing = _sending(run, Path.SDK_EVENT, "failing", "raise")
    again = _sending(run, Path.SDK_SYNC, "again", "fail-first", parameters={"times": 1})

    def send(sending: Sending) -> CallerSaw:
        [caller] = every[sending.path].send([sending])
        return caller

    with ThreadPoolExecutor(SENDING_AT_ONCE) as pool:
        twice = pool.submit(lambda: [send(again), send(again)])
        failed = pool.submit(send, failing)
        callers = dict(zip(jobs, pool.map(send, jobs.values()), strict=True))
    assert failed.result().error is None, failed.result()
    ids = {part: sending.job for part, sending in jobs.items()}
    event = {Part.SCHEDULE: _event_id(callers[Part.SCHEDULE])}
    return Sent(run, ids, callers, ids | event, failing.document(), twice.result())


def _jobs(run: str) -> Mapping[Part, Sending]:
    return {
        **{part: _sending(run, Path(part), part.name) for part in PLAIN},
        **{
            part: _sending(run, path, part.name, http=HttpOptions(resource=resource))
            for part, (path, resource) in RESOURCES.items()
        },
        **{part: _message(run, part, queue) for queue, part in SQS_PARTS.items()},
    }


def _message(run: str, part: Part, queue: QueueName) -> Sending:
    work = "echo" if queue is QueueName.FILTERED else "answer"
    group = run if queue is QueueName.FIFO else None
    return _sending(run, Path.SQS, part.name, work, queue=queue, message_group=group)


def _sending(run: str, path: Path, name: str, work: str = "answer", **more: Any) -> Sending:
    job = f"{run}.{name.lower().replace('_', '-')}"
    return Sending("permissions", path, job, work, **more)


def _event_id(caller: CallerSaw) -> str:
    identifier: str = caller.details["Entries"][0]["EventId"]
    return identifier
