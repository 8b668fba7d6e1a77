"""Checks of synchronous direct invocation: the SDK and the CLI."""

import base64
from collections.abc import Mapping
from typing import Any

from comparison.checks.kinds import one_job, side_by_side, with_keys
from comparison.checks.observed import inside, trace_root
from comparison.checks.policies import for_accounts
from comparison.checks.seen import Check, NotObserved, Seen
from comparison.path import Path


def event_as_sent(seen: Seen, path: Path) -> object:
    """SI-03: whether the event is the caller's JSON and nothing else."""
    event = seen.described("echo", path)["event"]
    return {"event_is_payload": event == seen.only("echo", path).sending.document()}


def environment_after_time_out(seen: Seen, path: Path) -> object:
    """SI-08: whether the process that timed out is the one that goes on in its environment."""
    attempts = seen.only("direct-time-out", path).attempts
    if not attempts:
        raise NotObserved("the function did not start on the job that was to time out")
    timed_out = attempts[0]
    later = [
        attempt
        for job in seen.jobs
        for attempt in job.attempts
        if attempt.log_stream == timed_out.log_stream and attempt.started_at > timed_out.started_at
    ]
    if not later:
        raise NotObserved("no later invocation got the execution environment that timed out")
    return {
        "same_process": any(attempt.environment_id == timed_out.environment_id for attempt in later)
    }


def refusal_with_message(seen: Seen, path: Path) -> object:
    """SI-13: status, code and message of a refusal."""
    job = seen.described("no-such-function", path)
    return {**job, "message": inside(job, "details", "Error", "Message")}


def request_id(seen: Seen, path: Path) -> object:
    """SI-16: whether caller and function know the invocation by the same id."""
    job = seen.only("answer", path)
    told = inside(job.caller and job.caller.details, "RequestId")
    return {"same_request_id": [told] == [attempt.request_id for attempt in job.attempts]}


def log_tail(seen: Seen, path: Path) -> object:
    """SI-17: how long the end of the log is, and whether it is about this invocation."""
    details = seen.described("log-tail", path)["details"]
    tail = base64.b64decode(details.get("LogResult", ""))
    return {
        "tail_bytes": len(tail),
        "request_id_in_tail": str(details.get("RequestId")).encode() in tail,
    }


def client_context(seen: Seen, path: Path) -> object:
    """SI-18: whether the function got the caller's client context."""
    job = seen.only("client-context", path)
    if not job.attempts:
        raise NotObserved("the function did not start on the job with a client context")
    got = any(attempt.client_context is not None for attempt in job.attempts)
    return {**seen.described("client-context", path), "has_client_context": got}


def permission_of_caller(seen: Seen, path: Path) -> object:
    """SI-21, AS-33: what the caller gets, and whether the function's policy names any caller."""
    statements = seen.answer_of("function-policy")
    return {
        **seen.described("answer", path),
        "statements_for_accounts": for_accounts(statements),
    }


def same_root(scenario: str) -> Check:
    """Return the check whether the function is in the trace that its caller named."""

    def check(seen: Seen, path: Path) -> Mapping[str, Any]:
        job = seen.only(scenario, path)
        sent = job.sending.trace_header or job.sending.options.get("TraceHeader")
        if not job.attempts:
            raise NotObserved("the function did not start on the job that is part of a trace")
        roots = {trace_root(attempt.trace_header) for attempt in job.attempts}
        return {"same_root": trace_root(sent) in roots, "trace_roots": len(roots)}

    return check


def length_of_body(seen: Seen, path: Path) -> object:
    """SI-24: how many bytes came back."""
    caller = seen.only("large-request", path).caller
    body = caller.body if caller else ""
    return {**seen.described("large-request", path), "body_bytes": len(body.encode())}


DIRECT_CHECKS: Mapping[str, Check] = {
    "SI-02": side_by_side(value="return-object", nothing="return-null"),
    "SI-03": event_as_sent,
    "SI-04": with_keys("raise", "body"),
    "SI-05": with_keys("init-error", "body"),
    "SI-06": side_by_side(zero="exit-0", three="exit-3"),
    "SI-07": one_job("direct-time-out"),
    "SI-08": environment_after_time_out,
    "SI-09": side_by_side(text="return-text", unserializable="return-unserializable"),
    "SI-10": one_job("large-answer"),
    "SI-11": one_job("too-large-request"),
    "SI-12": one_job("not-json"),
    "SI-13": refusal_with_message,
    "SI-14": one_job("no-concurrency"),
    "SI-16": request_id,
    "SI-17": log_tail,
    "SI-18": client_context,
    "SI-19": one_job("dry-run"),
    "SI-20": side_by_side(failed="raise", answered="answer"),
    "SI-21": permission_of_caller,
    "SI-22": same_root("traced"),
    "SI-24": length_of_body,
}
