"""A job's timeline in words: what was sent, what the caller saw, every attempt, where it ended."""

from comparison.observation import JobObservation


def timeline(job: JobObservation) -> str:
    """Return the timeline of a job, one event a line, in seconds since it was sent."""
    sending, caller = job.sending, job.caller
    parameters = str(dict(sending.parameters) or "")[:200]
    lines = [f"{sending.job} down {sending.path}: {sending.work} {parameters}"]
    if caller is None:
        return "\n".join([*lines, "  not sent, or not answered yet"])
    events = [(caller.sent_at, "sent")]
    answer = f"caller got {caller.status or caller.error} {caller.body[:200]!r}"
    events.append((caller.sent_at + caller.seconds, answer))
    for number, attempt in enumerate(job.attempts, 1):
        batch = f" in a batch of {attempt.batch_size}" if attempt.batch_size > 1 else ""
        events.append(
            (attempt.started_at, f"attempt {number} started{batch} (request {attempt.request_id})")
        )
        if attempt.finished_at is not None:
            events.append((attempt.finished_at, f"attempt {number}: {attempt.outcome}"))
    events += [(ending.at, f"ended: {ending.where}") for ending in job.endings]
    lines += [f"  {at - caller.sent_at:8.3f} s  {what}" for at, what in sorted(events)]
    if not job.endings:
        lines.append("  no end was seen")
    return "\n".join(lines)
