"""One run: all jobs are sent together and watched together until each one is over."""

import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from comparison.deployed import Deployed
from comparison.observation import Attempt, CallerSaw, Ending, JobObservation, Place, Sending
from comparison.path import Path
from comparison.receipts import read_attempts
from comparison.senders import Sender, senders
from comparison.senders.schedule import ScheduleSender
from comparison.settlement import is_over, patience, with_caller_as_end
from comparison.sinks import Arrival, SinkDrain, sinks_of
from comparison.waiting import NotInTime, eventually
from stacks.naming import Output, QueueName

SENDING_AT_ONCE = 32
BY_PROGRAM = frozenset({Path.CLI_SYNC, Path.CLI_EVENT})
PROGRAMS_AT_ONCE = 2
"""Each takes a second of processor time: more at once would slow down what they are to measure."""
LOOK_EVERY = 0.5
"""Seconds between two looks at receipts and queues, of a run of a few hundred jobs."""
LOOKED_AT_A_SECOND = 1_000
"""Jobs; a larger run is looked at less often, because a look reads all of its receipts."""
SENT_A_SECOND = 10
"""Jobs that leave within a second at least; no job's patience begins before it could leave."""
TARGET_GONE_AFTER = 10.0
"""Seconds without any answer after which a target counts as gone."""


@dataclass(frozen=True)
class RunRecord:
    """All that was observed in a run; interruption says why it ended early, if it did.

    cut_short holds the ids of the jobs that it cut short: nobody knows what would have become of
    them. examined holds what examinations of the deployed resources answered, by their name.
    """

    run: str
    started: float
    finished: float
    jobs: tuple[JobObservation, ...]
    examined: Mapping[str, Any] = field(default_factory=dict)
    interruption: str | None = None
    cut_short: frozenset[str] = frozenset()


Callers = Mapping[str, CallerSaw]
Endings = Mapping[str, tuple[Ending, ...]]
"""By job."""

Progress = Callable[[Sequence[JobObservation], frozenset[str]], None]
"""Called with the jobs as observed so far and the ids of those that are over."""


def new_run_id() -> str:
    """Return an id that no other run has; it is the first part of each of the run's job ids."""
    return "r" + secrets.token_hex(5)


def carry_out(
    deployed: Deployed, run: str, sendings: Sequence[Sending], progress: Progress
) -> RunRecord:
    """Send all jobs at their time and watch them until each is over or its patience has ended."""
    watch = Watch(deployed, run, sendings)
    started = time.time()
    if not sendings:
        return RunRecord(run, started, started, ())
    drain = SinkDrain(deployed.clients.sqs, sinks_of(deployed), run, watch.arrived)
    every = senders(deployed.clients, deployed.outputs)
    with drain, Dispatch(every, sendings, watch) as dispatch:
        try:
            watch.until_over(progress, drain.check)
        finally:
            dispatch.stop()
            not_stopped = _stop_schedule(every, sendings)
    reasons = [reason for reason in (watch.interruption, not_stopped) if reason]
    return RunRecord(
        run,
        started,
        time.time(),
        tuple(watch.jobs()),
        interruption="; ".join(reasons) or None,
        cut_short=watch.cut_short(),
    )


def _stop_schedule(every: Mapping[Path, Sender], sendings: Iterable[Sending]) -> str | None:
    """Stop the schedule, if jobs were left for it; return what is to be told if that fails."""
    schedule = every.get(Path.SCHEDULE)
    if isinstance(schedule, ScheduleSender) and any(
        sending.path is Path.SCHEDULE for sending in sendings
    ):
        try:
            schedule.stop()
        except (BotoCoreError, ClientError) as error:
            return f"the schedule's rule may still be enabled: {error}"
    return None


class Dispatch:
    """Sends every job at its time, from pools of threads."""

    def __init__(
        self, every: Mapping[Path, Sender], sendings: Sequence[Sending], watch: "Watch"
    ) -> None:
        self._every = every
        self._watch = watch
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(SENDING_AT_ONCE, thread_name_prefix="send")
        self._programs = ThreadPoolExecutor(PROGRAMS_AT_ONCE, thread_name_prefix="send by program")
        self._groups = departures(sendings)
        self._thread = threading.Thread(target=self._send_all, name="dispatch")

    def __enter__(self) -> "Dispatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()
        for pool in (self._pool, self._programs):
            pool.shutdown(cancel_futures=True)

    def stop(self) -> None:
        """Send nothing more."""
        self._stopped.set()

    def _send_all(self) -> None:
        started = time.monotonic()
        for group in self._groups:
            wait = group[0].after - (time.monotonic() - started)
            if wait > 0:
                self._stopped.wait(wait)
            if self._stopped.is_set():
                return
            pool = self._programs if group[0].path in BY_PROGRAM else self._pool
            pool.submit(self._send, group)

    def _send(self, group: list[Sending]) -> None:
        if self._stopped.is_set():
            return
        sent_at = time.time()
        try:
            answers = self._every[group[0].path].send(group)
        except Exception as failure:
            answers = [CallerSaw(sent_at, time.time() - sent_at, error=str(failure))] * len(group)
        for sending, saw in zip(group, answers, strict=True):
            self._watch.caller_saw(sending, saw)


def departures(sendings: Iterable[Sending]) -> list[list[Sending]]:
    """Return what leaves in one call each, by the time of departure, else in the order given."""
    groups: defaultdict[tuple[float, str], list[Sending]] = defaultdict(list)
    for sending in sendings:
        groups[sending.after, sending.together or sending.job].append(sending)
    return sorted(groups.values(), key=lambda group: group[0].after)


class Watch:
    """What is known of each job of a run, gathered from callers, receipts and sinks."""

    def __init__(self, deployed: Deployed, run: str, sendings: Sequence[Sending]) -> None:
        self._deployed = deployed
        self._run = run
        self._sendings = {sending.job: sending for sending in sendings}
        self._callers: dict[str, CallerSaw] = {}
        self._attempts: Mapping[str, Sequence[Attempt]] = {}
        self._endings: defaultdict[str, list[Ending]] = defaultdict(list)
        self._jobs_by_request: dict[str, str] = {}
        self._over: set[str] = set()
        self._over_while_answering: frozenset[str] = frozenset()
        self._empty_since: dict[QueueName, float] = {}
        self._lock = threading.RLock()
        self._answered = time.monotonic()
        self.interruption: str | None = None

    def caller_saw(self, sending: Sending, saw: CallerSaw) -> None:
        """Note what the caller of a job saw."""
        with self._lock:
            self._callers[sending.job] = saw
            if saw.details.get("RequestId"):
                self._jobs_by_request[saw.details["RequestId"]] = sending.job

    def arrived(self, arrival: Arrival) -> bool:
        """Note a message in a sink; returns whether it belongs to this run.

        A message can be received more than once, but it ends its job only once.
        """
        with self._lock:
            job = arrival.job or self._jobs_by_request.get(arrival.request_id or "")
            if job is None or job not in self._sendings:
                return False
            known = {ending.message_id for ending in self._endings[job]}
            if arrival.ending.message_id not in known:
                self._endings[job].append(arrival.ending)
        return True

    def jobs(self) -> list[JobObservation]:
        """Return all jobs as observed so far."""
        return self._observations(*self._told())

    def _told(self) -> tuple[Callers, Endings]:
        """Return what callers and sinks have told so far."""
        with self._lock:
            endings = {job: tuple(of_job) for job, of_job in self._endings.items()}
            return dict(self._callers), endings

    def _observations(self, callers: Callers, endings: Endings) -> list[JobObservation]:
        """Put what callers and sinks told together with the receipts."""
        return [
            with_caller_as_end(
                JobObservation(
                    sending,
                    callers.get(job),
                    tuple(self._attempts.get(job, ())),
                    endings.get(job, ()),
                )
            )
            for job, sending in self._sendings.items()
        ]

    def cut_short(self) -> frozenset[str]:
        """Return the jobs that were not over while the target still answered, if it stopped.

        What looks like the end of a job after that (a refusal, a timeout) is the target's end.
        """
        if self.interruption is None:
            return frozenset()
        return frozenset(self._sendings) - self._over_while_answering

    def until_over(self, progress: Progress, check_sinks: Callable[[], None]) -> None:
        """Look again and again until every job is over or the longest patience has ended.

        check_sinks raises the error with which a sink cannot be read.
        """
        longest = max(
            sending.after + patience(sending, self._deployed) for sending in self._sendings.values()
        )
        jobs = len(self._sendings)
        with suppress(NotInTime):
            eventually(
                lambda: self._look_and_tell(progress, check_sinks),
                within=longest + jobs / SENT_A_SECOND,
                every=max(LOOK_EVERY, jobs / LOOKED_AT_A_SECOND),
            )

    def _look_and_tell(self, progress: Progress, check_sinks: Callable[[], None]) -> None:
        try:
            self._look_at_queues()
            told = self._told()
            # The receipts last: a job that the others say is over has all of its own by then.
            self._read_receipts()
            check_sinks()
            self._answered = time.monotonic()
            self._over_while_answering = frozenset(self._over)
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() - self._answered > TARGET_GONE_AFTER:
                self.interruption = f"the target stopped answering: {error}"
                return
            # Without receipts nobody can say which jobs are over.
            raise AssertionError(f"the target did not answer: {error}") from error
        jobs = self._observations(*told)
        self._note_over(jobs)
        progress(jobs, frozenset(self._over))
        assert len(self._over) == len(jobs), f"{len(jobs) - len(self._over)} jobs are not over"  # noqa: S101 - what `eventually` waits for

    def _note_over(self, jobs: Iterable[JobObservation]) -> None:
        now = time.time()
        timeout = self._deployed.function_timeout
        self._over |= {job.sending.job for job in jobs if is_over(job, timeout, now)}

    def _read_receipts(self) -> None:
        attempts = read_attempts(
            self._deployed.clients.dynamodb,
            self._deployed.outputs[Output.RECEIPTS_TABLE_NAME],
            self._run,
        )
        with self._lock:
            self._attempts = attempts
            for job, of_job in attempts.items():
                self._jobs_by_request |= {attempt.request_id: job for attempt in of_job}

    def _look_at_queues(self) -> None:
        """See which queues have been emptied."""
        for queue in self._open_queues():
            self._look_at_queue(queue)

    def _open_queues(self) -> set[QueueName]:
        with self._lock:
            return {
                sending.queue
                for sending in self._sendings.values()
                if sending.path is Path.SQS and sending.job not in self._over
            }

    def _look_at_queue(self, queue: QueueName) -> None:
        """Note as deleted what was sent to a queue that has stayed empty.

        A message on its way to the dead-letter queue is in neither for a moment, and the counts of
        a queue are eventually consistent; hence the queue must stay empty for a while.
        """
        waiting = [
            sending
            for sending in self._sendings.values()
            if sending.path is Path.SQS and sending.queue is queue and sending.job not in self._over
        ]
        with self._lock:
            all_sent = all(sending.job in self._callers for sending in waiting)
        if not all_sent or self._messages_in(queue) > 0:
            self._empty_since.pop(queue, None)
            return
        since = self._empty_since.setdefault(queue, time.monotonic())
        if time.monotonic() - since < self._deployed.target.settling / 5:
            return
        with self._lock:
            for sending in waiting:
                if not self._endings[sending.job]:
                    self._endings[sending.job].append(self._deletion(sending.job))

    def _deletion(self, job: str) -> Ending:
        last = self._attempts.get(job, ())
        finished = last[-1].finished_at if last else None
        return Ending(Place.DELETED, finished or time.time())

    def _messages_in(self, queue: QueueName) -> int:
        answer = self._deployed.clients.sqs.get_queue_attributes(
            QueueUrl=self._deployed.queues[queue].url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )
        return sum(int(count) for count in answer["Attributes"].values())
