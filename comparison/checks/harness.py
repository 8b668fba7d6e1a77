"""Checks of what a harness must know: client retries, logs."""

import json
from collections.abc import Mapping

from comparison.checks.kinds import one_job
from comparison.checks.observed import inside
from comparison.checks.seen import Check, NotObserved, Seen
from comparison.observation import Attempt
from comparison.path import Path


def log_stream(seen: Seen, path: Path) -> object:
    """H5: the log stream that the function names, and whether its invocation is in there."""
    attempt, lines = _logged(seen, path)
    return {"log_stream": attempt.log_stream, "request_id_in_stream": bool(lines)}


def request_id_in_log(seen: Seen, path: Path) -> object:
    """H6: how many lines of Lambda's own begin and end the invocation, by its request id."""
    attempt, lines = _logged(seen, path)
    return {
        "start_lines": sum(_is_about(line, "start", attempt.request_id) for line in lines),
        "report_lines": sum(_is_about(line, "report", attempt.request_id) for line in lines),
    }


def _logged(seen: Seen, path: Path) -> tuple[Attempt, list[str]]:
    """Return an attempt at the plain job, and the lines of its log stream that name its request."""
    attempts = seen.only("answer", path).attempts
    if not attempts:
        raise NotObserved("the function did not start on the job")
    lines: Mapping[str, list[str]] = seen.answer_of("log-lines")
    return attempts[0], lines.get(attempts[0].request_id, [])


def _is_about(line: str, phase: str, request_id: str) -> bool:
    """Whether Lambda itself says that a phase of a request is reached, in either log format."""
    if line.startswith(f"{phase.upper()} RequestId: {request_id}"):
        return True
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    said = (inside(entry, "type"), inside(entry, "record", "requestId"))
    return said == (f"platform.{phase}", request_id)


HARNESS_CHECKS: Mapping[str, Check] = {
    "H1": one_job("impatient-client"),
    "H5": log_stream,
    "H6": request_id_in_log,
}
