"""The batches in which a poll-based path handled the messages of a scenario."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comparison.path import InvocationType
from comparison.report.invocations import invocations
from comparison.report.model import Job


@dataclass(frozen=True)
class Batches:
    """How many messages a scenario sent, and the batch sizes of the invocations, in order."""

    scenario: str
    path: str
    messages: int
    sizes: tuple[int, ...]


def batches(jobs: Iterable[Job], paths: Mapping[str, InvocationType]) -> tuple[Batches, ...]:
    """Return the batches of each scenario that sent several messages down a poll-based path."""
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if paths[job.path] is InvocationType.POLL_BASED:
            groups.setdefault((job.scenario, job.path), []).append(job)
    return tuple(
        Batches(scenario, path, len(of), tuple(made.batch_size for made in invocations(of)))
        for (scenario, path), of in groups.items()
        if len(of) > 1
    )
