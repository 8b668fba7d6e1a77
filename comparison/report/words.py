"""Numbers and results in words, the same everywhere in the report."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from comparison.path import InvocationType
from comparison.report.lane import Lane
from comparison.report.model import Caller, Target, Verdict

SYMBOLS: Final = {
    Verdict.HELD: "✓",
    Verdict.FAILED: "✕",
    Verdict.DIVERGED: "≠",
    Verdict.NOT_OBSERVED: "-",
}
MEANING: Final = {
    Verdict.HELD: "observed as documented",
    Verdict.FAILED: "observed otherwise, unexpectedly",
    Verdict.DIVERGED: "observed otherwise, as listed or not confirmed on AWS",
    Verdict.NOT_OBSERVED: "not observed in this run",
}
WHAT_A_TYPE_IS: Final = {
    InvocationType.SYNCHRONOUS: "The caller waits until the function has answered.",
    InvocationType.ASYNCHRONOUS: "Lambda queues the event, lets the caller go and tries again.",
    InvocationType.POLL_BASED: "Lambda fetches messages from a queue, several at once.",
}
ERROR_OF_THE_CLI: Final = re.compile(r"^An error occurred \((\w+)\)")
LONGEST_ERROR: Final = 60
"""Characters of an error that are shown."""
SHORTEST_IN_SECONDS: Final = 0.1
DIGITS: Final = ((1, 2), (10, 1), (180, 0))
"""How many digits after the point a duration in seconds has that is shorter than this."""


def duration(seconds: float) -> str:
    """Write seconds with the unit and the digits that a reader can use."""
    if seconds < SHORTEST_IN_SECONDS:
        return f"{seconds * 1000:.0f} ms"
    for limit, digits in DIGITS:
        if seconds < limit:
            return f"{seconds:.{digits}f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def spread(values: Iterable[float]) -> str:
    """Write the durations between which values lie; empty for none."""
    known = sorted(values)
    if not known:
        return ""
    low, high = duration(known[0]), duration(known[-1])
    return low if low == high else f"{low} to {high}"


def counts(values: Iterable[int]) -> str:
    """Write the whole numbers between which values lie; empty for none."""
    known = sorted(values)
    if not known:
        return ""
    return str(known[0]) if known[0] == known[-1] else f"{known[0]} to {known[-1]}"


def many(count: int, singular: str, plural: str = "") -> str:
    """Write a number with its noun."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def moment(seconds: float) -> str:
    """Write a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def provenance(target: Target) -> str:
    """Say what was measured on, so that an emulator never looks like AWS."""
    if target.is_aws:
        return f"Measured on AWS, {target.region}"
    return f"Measured on an emulator, not on AWS: {target.version}, pace {target.pace}"


def pace_note(target: Target) -> tuple[str, ...]:
    """Say in sentences what the target's pace does to the times; none when it does nothing."""
    if target.is_aws or target.pace == "real":
        return ()
    shortened = (
        f"Pace {target.pace}: Lambda's own waits between asynchronous attempts are shortened"
    )
    if target.factor is not None:
        minute = duration(60 / target.factor)
        shortened += f" {target.factor} times, so that 1 minute takes {minute}"
    return f"{shortened}.", "All other times are as they are configured."


def answer(caller: Caller | None) -> str:
    """Write what a caller got, in as few words as possible."""
    if caller is None:
        return "no answer"
    parts = [str(caller.status) if caller.status is not None else "", caller.function_error or ""]
    if caller.error:
        named = ERROR_OF_THE_CLI.search(caller.error)
        parts.append(named.group(1) if named else caller.error.splitlines()[0][:LONGEST_ERROR])
    return " ".join(part for part in parts if part) or "no answer"


def sentence(lane: Lane) -> str:
    """Tell a lane in words: for those who do not see the picture, and beside it."""
    return " ".join([*_caller_sentence(lane), *_attempts_sentence(lane), *_end_sentence(lane)])


def _caller_sentence(lane: Lane) -> Iterable[str]:
    answered = [job.caller for job in lane.jobs if job.caller is not None]
    if not answered:
        return
    answers = list(dict.fromkeys(answer(caller) for caller in answered))
    got = answers[0] if len(answers) == 1 else f"{len(answers)} different answers"
    waited = spread(caller.seconds for caller in answered)
    verb = "waited" if lane.invocation_type is InvocationType.SYNCHRONOUS else "gone after"
    yield f"Caller {verb} {waited}, got {got}."


def _attempts_sentence(lane: Lane) -> Iterable[str]:
    if not any(job.attempts for job in lane.jobs):
        yield "No attempt was seen."
        return
    tried = counts(len(job.attempts) for job in lane.jobs)
    noun = "attempt" if tried == "1" else "attempts"
    each = " each" if len(lane.jobs) > 1 else ""
    yield f"{tried} {noun}{each}{_gaps(lane)}{_batches(lane)}."


def _gaps(lane: Lane) -> str:
    starts = [run.start for run in lane.runs]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    return f", {' and '.join(map(duration, gaps))} apart" if 0 < len(gaps) <= 4 else ""  # noqa: PLR2004 - more are no reading


def _batches(lane: Lane) -> str:
    if lane.shown is not None:
        return ""
    sizes = counts(attempt.batch_size for job in lane.jobs for attempt in job.attempts)
    return f", in batches of {sizes}"


def _end_sentence(lane: Lane) -> Iterable[str]:
    if lane.invocation_type is InvocationType.SYNCHRONOUS or not lane.ends:
        return
    several = len(lane.jobs) > 1 and lane.shown is None
    places = [f"{end.jobs} {end.where}" if several else end.where for end in lane.ends]
    yield f"Ended: {', '.join(places)}."


def median_note(lane: Lane) -> str:
    """Say which of several jobs a lane shows; empty when it shows all there are."""
    if lane.shown is None or len(lane.jobs) == 1:
        return ""
    return f"shown: the median of {many(len(lane.jobs), 'job')}"


def takeaway(lanes: Sequence[Lane]) -> str:
    """Sum up what lanes of one invocation type have in common."""
    jobs = [job for lane in lanes for job in lane.jobs]
    kinds = {lane.invocation_type for lane in lanes}
    verb = "waited" if kinds == {InvocationType.SYNCHRONOUS} else "gone after"
    waited = spread(job.caller.seconds for job in jobs if job.caller)
    attempts = counts(len(job.attempts) for job in jobs)
    sizes = counts(attempt.batch_size for job in jobs for attempt in job.attempts)
    parts = [
        f"callers {verb} {waited}" if waited else "no caller was answered",
        f"{attempts} {'attempt' if attempts == '1' else 'attempts'} at a job",
        f"batches of {sizes}" if sizes and kinds == {InvocationType.POLL_BASED} else "",
    ]
    return ", ".join(part for part in parts if part)
