"""The books balance for what the rules say, and for nothing else."""

from collections.abc import Mapping

import pytest

from comparison.observation import Attempt, CallerSaw, Ending, JobObservation, Place, Sending
from comparison.path import Path
from soak.books import imbalances
from soak.plan import FAILING_QUEUES, SHARES, plan
from stacks.naming import QueueName

DLQ, DELETED = Place.DEAD_LETTER_QUEUE, Place.DELETED
UNHANDLED = {"FunctionError": "Unhandled"}
BOTH_SINKS = [Place.ON_FAILURE, Place.FUNCTION_DEAD_LETTER_QUEUE]


def attempt(outcome: str, request: str, receive_count: int | None) -> Attempt:
    return Attempt(
        request,
        "path",
        1.0,
        2.0,
        outcome,
        1,
        receive_count,
        None,
        False,
        "e",
        "s",
        None,
        None,
        None,
    )


def job(
    path: Path,
    work: str,
    outcomes: list[str],
    places: list[Place],
    *,
    status: int = 200,
    queue: QueueName = QueueName.PROMPT,
    request: str = "own",
    details: Mapping[str, str] | None = None,
) -> JobObservation:
    return JobObservation(
        Sending("soak", path, f"r1.soak.{path}.{work}.{request}", work, queue=queue),
        CallerSaw(0.0, 0.1, status, details=details or {}),
        tuple(
            attempt(outcome, f"{request}-{number}", number)
            for number, outcome in enumerate(outcomes, 1)
        ),
        tuple(Ending(place, 3.0) for place in places),
    )


@pytest.mark.parametrize(
    "balanced",
    [
        job(Path.SDK_SYNC, "raise", ["raised"], [Place.CALLER], details=UNHANDLED),
        job(Path.ALB, "raise", ["raised"], [Place.CALLER], status=502),
        job(Path.API_GATEWAY, "fail", ["failed"], [Place.CALLER], status=500),
        job(Path.S3, "answer", ["answered"], [Place.ON_SUCCESS]),
        job(Path.SNS, "fail-first", ["raised", "answered"], [Place.ON_SUCCESS]),
        job(Path.SDK_EVENT, "exit", ["exited"] * 3, BOTH_SINKS),
        job(Path.SQS, "answer", ["answered"], [DELETED]),
        job(Path.SQS, "raise", ["raised"] * 3, [DLQ]),
        job(Path.SQS, "fail-first-item", ["failed", "answered"], [DELETED]),
        job(Path.SQS, "fail", ["failed"], [DELETED], queue=QueueName.WHOLE_BATCH),
    ],
    ids=lambda one: f"{one.sending.path} {one.sending.work}",
)
def test_what_the_rules_say_balances(balanced: JobObservation) -> None:
    assert imbalances([balanced]) == []


@pytest.mark.parametrize(
    ("unbalanced", "complaint"),
    [
        (job(Path.ALB, "raise", ["raised"], [Place.CALLER]), "got 200, not 502"),
        (job(Path.SDK_SYNC, "raise", ["raised"], [Place.CALLER]), "got 200, not 200 and Func"),
        (job(Path.SDK_SYNC, "answer", ["answered"] * 2, [Place.CALLER]), "2 attempts, not 1"),
        (job(Path.S3, "answer", ["answered"], []), "ended in no place that was seen"),
        (job(Path.S3, "raise", ["raised"] * 2, BOTH_SINKS), "2 attempts, not 3"),
        (job(Path.S3, "raise", ["raised"] * 3, [Place.ON_FAILURE]), "not in function dead-letter"),
        (job(Path.SQS, "answer", ["answered"], [DLQ]), "not in deleted from the queue"),
        (job(Path.SQS, "raise", ["raised"] * 3, [DELETED]), "not in dead-letter queue"),
        (job(Path.SQS, "raise", ["raised"] * 4, [DLQ]), "receive counts are [1, 2, 3, 4]"),
    ],
)
def test_what_they_do_not_say_is_a_complaint(unbalanced: JobObservation, complaint: str) -> None:
    (line,) = imbalances([unbalanced])
    assert complaint in line


def test_a_message_whose_batch_always_failed_is_rightly_dead() -> None:
    culprit = job(Path.SQS, "raise", ["raised"] * 3, [DLQ], request="shared")
    sibling = job(Path.SQS, "answer", ["answered"] * 3, [DLQ], request="shared")
    assert imbalances([culprit, sibling]) == []


def test_the_same_seed_gives_the_same_plan_over_all_paths() -> None:
    first, again, other = (plan("r1", 5_000, seed) for seed in (7, 7, 8))
    assert first == again != other
    assert {sending.path for sending in first} == set(SHARES)
    failing = [sending for sending in first if sending.work != "answer"]
    assert len(failing) == pytest.approx(500, rel=0.2)
    assert {one.queue for one in failing if one.path is Path.SQS} == set(FAILING_QUEUES)
