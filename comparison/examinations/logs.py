"""The function's log, read when the jobs of a phase are over."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from comparison.deployed import Deployed
from comparison.examinations.examination import Inspection
from comparison.observation import Attempt, JobObservation
from comparison.waiting import NotInTime, eventually
from stacks.naming import Output

LOGGED_SCENARIO = "answer"
LAST_LINE = ("platform.report", "REPORT RequestId:")
"""What the last line about an invocation says, in each of the two log formats."""


def log_lines(jobs: Sequence[JobObservation], deployed: Deployed) -> dict[str, list[str]]:
    """Return the lines about each request of the plain jobs, by request id.

    Only the log stream is read that the function itself named as its own. Log lines arrive late:
    it is read again until it has the last line about each request.
    """
    attempts = [
        attempt
        for job in jobs
        if job.sending.scenario == LOGGED_SCENARIO
        for attempt in job.attempts
    ]
    lines: dict[str, list[str]] = {}

    def read() -> None:
        lines.update(_lines_about(attempts, deployed))
        missing = [
            request for request, about in lines.items() if not any(map(_is_last_line, about))
        ]
        assert not missing, f"no last line about {len(missing)} requests"  # noqa: S101 - what is waited for

    with suppress(NotInTime):
        eventually(read, within=deployed.target.settling, every=0.5)
    return lines


def _is_last_line(line: str) -> bool:
    return any(mark in line for mark in LAST_LINE)


def _lines_about(attempts: Iterable[Attempt], deployed: Deployed) -> dict[str, list[str]]:
    by_stream = {
        attempt.log_stream: _messages(attempt.log_stream, deployed) for attempt in attempts
    }
    return {
        attempt.request_id: [
            line for line in by_stream[attempt.log_stream] if attempt.request_id in line
        ]
        for attempt in attempts
    }


def _messages(stream: str, deployed: Deployed) -> list[str]:
    """Return the lines of a log stream; none when there is no such stream."""
    client, group = deployed.clients.logs, deployed.outputs[Output.LOG_GROUP_NAME]
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNames=[stream]
    )
    try:
        return [event.get("message", "") for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:
        return []


LOG_INSPECTIONS: Mapping[str, Inspection] = {"log-lines": log_lines}
