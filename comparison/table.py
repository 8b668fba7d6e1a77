"""The comparison in the terminal: a row per path, to be read in ten seconds."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table

from comparison.facts.catalogue import Fact
from comparison.observation import JobObservation
from comparison.path import InvocationType, Path
from comparison.targets import Target
from comparison.verdicts import FactResult, Verdict

TYPE_STYLES = {
    InvocationType.SYNCHRONOUS: "cyan",
    InvocationType.ASYNCHRONOUS: "magenta",
    InvocationType.POLL_BASED: "green",
}
NONE = "-"
COLUMNS: tuple[tuple[str, JustifyMethod], ...] = (
    ("path", "left"),
    ("invocation type", "left"),
    ("waited", "right"),
    ("ran", "right"),
    ("got", "left"),
    ("got on error", "left"),
    ("attempts", "left"),
    ("records", "left"),
    ("ends on error", "left"),
)
UNBROKEN = frozenset({"path", "invocation type", "waited", "ran", "got", "attempts"})
LEGEND = (
    "waited: the caller, for 5 s of work; ran: the function; got: the caller, as status; "
    "on error: the function raises; attempts: seconds after the first start, on error; "
    "records: per invocation"
)


def print_comparison(console: Console, target: Target, jobs: Sequence[JobObservation]) -> None:
    """Print what each path made of the same three jobs, then what a batch was."""
    console.print(_paths_table(target, jobs))
    console.print(LEGEND, style="dim")
    console.print()
    batches = [job for job in jobs if job.sending.scenario in {"burst", "trickle", "bad-message"}]
    if batches:
        console.print(_batches_table(batches))


def _paths_table(target: Target, jobs: Sequence[JobObservation]) -> Table:
    table = Table(
        title=f"One function, every path: {provenance(target)}",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading, justify in COLUMNS:
        table.add_column(heading, justify=justify, no_wrap=heading in UNBROKEN)
    for path in Path:
        of_path = [job for job in jobs if job.sending.path is path]
        if of_path:
            style = TYPE_STYLES[path.invocation_type]
            table.add_row(path.value, path.invocation_type.value, *_cells(of_path), style=style)
    return table


def _cells(jobs: Sequence[JobObservation]) -> list[str]:
    answer, slow, failing = (_first(jobs, scenario) for scenario in ("answer", "slow", "raise"))
    return [
        _waited(slow),
        _ran(slow),
        _got(answer),
        _got(failing),
        _attempts(failing),
        _records(jobs),
        _ended(failing),
    ]


def _first(jobs: Iterable[JobObservation], scenario: str) -> JobObservation | None:
    return next((job for job in jobs if job.sending.scenario == scenario), None)


def _waited(job: JobObservation | None) -> str:
    return f"{job.caller.seconds:.2f} s" if job and job.caller else NONE


def _ran(job: JobObservation | None) -> str:
    finished = [attempt for attempt in job.attempts if attempt.finished_at] if job else []
    if not finished:
        return NONE
    last = finished[-1]
    return f"{(last.finished_at or 0) - last.started_at:.2f} s"


def _got(job: JobObservation | None) -> str:
    if job is None or job.caller is None:
        return NONE
    caller = job.caller
    if caller.status is None:
        return (caller.error or NONE).splitlines()[0][:40]
    function_error = caller.details.get("FunctionError")
    return f"{caller.status} {function_error}" if function_error else str(caller.status)


def _attempts(job: JobObservation | None) -> str:
    if job is None:
        return NONE
    starts = [attempt.started_at for attempt in job.attempts]
    if not starts:
        return "none"
    if len(starts) == 1:
        return "1"
    return ", ".join(f"{start - starts[0]:.0f}" for start in starts) + " s"


def _records(jobs: Iterable[JobObservation]) -> str:
    sizes = {attempt.batch_size for job in jobs for attempt in job.attempts}
    if not sizes:
        return NONE
    low, high = min(sizes), max(sizes)
    return str(low) if low == high else f"{low} to {high}"


def _ended(job: JobObservation | None) -> str:
    if job is None or job.ended is None:
        return NONE
    return job.ended.where.value


def _batches_table(jobs: Sequence[JobObservation]) -> Table:
    table = Table(
        title="What a batch is (sqs)",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in ("scenario", "queue", "sent", "first invocation", "batches of", "ended"):
        table.add_column(heading)
    for scenario in dict.fromkeys(job.sending.scenario for job in jobs):
        group = [job for job in jobs if job.sending.scenario == scenario]
        table.add_row(scenario, group[0].sending.queue, str(len(group)), *_batch_cells(group))
    return table


def _batch_cells(jobs: Sequence[JobObservation]) -> list[str]:
    attempts = [attempt for job in jobs for attempt in job.attempts]
    if not attempts:
        return [NONE, NONE, NONE]
    first_sent = min(job.caller.sent_at for job in jobs if job.caller)
    first = min(attempt.started_at for attempt in attempts) - first_sent
    batches = {attempt.request_id: attempt for attempt in attempts}.values()
    sizes = [str(attempt.batch_size) for attempt in sorted(batches, key=lambda one: one.started_at)]
    places = [job.ended.where.value if job.ended else "not seen" for job in jobs]
    ended = ", ".join(f"{places.count(place)} {place}" for place in dict.fromkeys(places))
    return [f"after {first:.2f} s", ", then ".join(sizes), ended]


def provenance(target: Target) -> str:
    """Say what was measured on, so that an emulator never looks like AWS."""
    if target.is_aws:
        return f"measured on AWS, {target.region}"
    return f"measured on an emulator, not on AWS ({target.version}, pace {target.pace})"


def print_verdicts(console: Console, results: Sequence[FactResult]) -> None:
    """Print how many facts held, and each one that did not."""
    counts = dict.fromkeys(Verdict, 0)
    for result in results:
        counts[result.verdict] += 1
    facts = len({result.fact.id for result in results})
    console.print(
        f"{facts} facts on {len({result.path for result in results})} paths: "
        + ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    )
    for verdict, style in ((Verdict.FAILED, "red"), (Verdict.DIVERGED, "yellow")):
        of_verdict = [result for result in results if result.verdict is verdict]
        for (fact, explanation), group in _grouped(of_verdict).items():
            console.print(
                f"{verdict} {fact.id} on {', '.join(group)}: {fact.statement}", style=style
            )
            console.print(f"  {explanation}\n  {fact.source}", style="dim")


def _grouped(results: Sequence[FactResult]) -> dict[tuple[Fact, str], list[str]]:
    """Return the paths on which the same fact differs in the same way."""
    grouped: dict[tuple[Fact, str], list[str]] = {}
    for result in results:
        grouped.setdefault((result.fact, result.explanation), []).append(result.path.value)
    return grouped
