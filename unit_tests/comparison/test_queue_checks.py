"""What the checks of SQS see, and that they tell broken behaviour from AWS's."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from comparison.checks.queues import QUEUES_CHECKS
from comparison.checks.seen import NotObserved, Seen
from comparison.facts.catalogue import load_catalogue
from comparison.facts.matching import mismatch
from comparison.observation import Attempt, CallerSaw, Ending, JobObservation, Place, Sending
from comparison.path import Path
from comparison.scenarios.queues import ALL_FAILED, ALL_SUCCEEDED, IGNORED, TRACE_HEADER
from comparison.targets import Target
from stacks.naming import QueueName

CATALOGUE = load_catalogue()
Difference = Callable[..., str | None]


def attempt(started_at: float, request_id: str = "", batch_size: int = 1, **fields: Any) -> Attempt:
    """An attempt that takes a tenth of a second, in an invocation of its own by default."""
    values: dict[str, Any] = {
        "finished_at": started_at + 0.1,
        "path": "sqs",
        "outcome": "answered",
        "receive_count": 1,
        "message_id": "m",
        "cold": False,
        "environment_id": "e",
        "log_stream": "l",
        "trace_header": None,
        "client_context": None,
        "event": None,
    }
    return Attempt(
        request_id=request_id or f"request-{started_at}",
        started_at=started_at,
        batch_size=batch_size,
        **(values | fields),
    )


def job(
    scenario: str,
    number: int = 1,
    *attempts: Attempt,
    ended: Place | None = Place.DELETED,
    sent_at: float = 0.0,
    queue: QueueName = QueueName.PROMPT,
    message_id: str = "m",
) -> JobObservation:
    sending = Sending(scenario, Path.SQS, f"r.{scenario}.sqs.{number}", "answer", queue=queue)
    ending = Ending(ended, 20, record=sending.document(), message_id=message_id) if ended else None
    return JobObservation(
        sending,
        CallerSaw(sent_at, 0.01, 200, details={"MessageId": "m"}),
        attempts,
        (ending,) if ending else (),
    )


def in_batch(
    scenario: str,
    count: int,
    started_at: float,
    *,
    sent_at: float = 0.0,
    size: int | None = None,
    queue: QueueName = QueueName.WINDOWED,
    first: int = 1,
) -> list[JobObservation]:
    """Jobs that came in one batch together."""
    one = attempt(started_at, f"batch-{started_at}", size or count)
    return [
        job(scenario, number, one, sent_at=sent_at, queue=queue)
        for number in range(first, first + count)
    ]


@pytest.fixture
def difference(local: Target) -> Difference:
    """How what a check observes differs from what its fact expects; None when it does not."""

    def of(fact: str, jobs: Sequence[JobObservation], **examined: Any) -> str | None:
        answers = {name.replace("_", "-"): answer for name, answer in examined.items()}
        observed = QUEUES_CHECKS[fact](Seen(local, tuple(jobs), 6, answers), Path.SQS)
        return mismatch(CATALOGUE.fact(fact).expected[Path.SQS], observed)

    return of


def test_a_burst_may_be_divided_but_not_lose_or_exceed(difference: Difference) -> None:
    ten, five = in_batch("overflow", 10, 1), in_batch("overflow", 5, 6, first=11)
    assert difference("QS-23", ten + five) is None
    assert difference("QS-23", ten + five[:4] + [job("overflow", 15)])
    assert difference("QS-23", in_batch("overflow", 15, 1))


def test_polling_without_batches_is_not_what_aws_does(difference: Difference) -> None:
    assert difference("QS-11", in_batch("burst", 10, 1)) is None
    assert difference("QS-11", [job("burst", n, attempt(n)) for n in range(1, 11)])


TRICKLE = in_batch("trickle", 3, 12.0, sent_at=7.0)


def test_a_full_batch_does_not_wait_for_its_window(difference: Difference) -> None:
    assert difference("QS-20", in_batch("burst", 10, 0.1) + TRICKLE) is None
    assert "full_batch.delay" in str(difference("QS-20", in_batch("burst", 10, 5.1) + TRICKLE))


def test_a_batch_that_is_not_full_waits_for_its_window(difference: Difference) -> None:
    at_once = in_batch("trickle", 1, 7.1, sent_at=7.0)
    assert difference("QS-22", TRICKLE) is None
    assert difference("QS-22", at_once)
    assert "not_full" in str(difference("QS-20", in_batch("burst", 10, 0.1) + at_once))


def test_the_oldest_message_of_a_batch_tells_its_window(difference: Difference) -> None:
    older = in_batch("overflow", 1, 12.0, sent_at=6.9, size=2)
    joined = in_batch("trickle", 1, 12.0, sent_at=11.0, size=2)
    assert difference("QS-22", older + joined) is None


@pytest.mark.parametrize(
    "jobs",
    [
        pytest.param(in_batch("trickle", 3, 12.0, size=10), id="full"),
        pytest.param(in_batch("trickle", 1, 12.0, size=2), id="with a message of another run"),
        pytest.param([job("trickle", queue=QueueName.WINDOWED)], id="never arrived"),
        pytest.param(
            in_batch("trickle", 1, 12.0, size=7) + in_batch("large-messages", 6, 12.0, size=7),
            id="closed by its size",
        ),
    ],
)
def test_a_window_that_something_else_closed_is_not_observed(
    difference: Difference, jobs: list[JobObservation]
) -> None:
    with pytest.raises(NotObserved):
        difference("QS-22", jobs)


def test_one_late_start_does_not_make_a_window(difference: Difference) -> None:
    soon = [job("all-failed", n, attempt(n + 0.1), sent_at=n) for n in (1, 2)]
    late = job("answer", 1, attempt(9.0))
    assert difference("QS-21", [late, *soon]) is None
    assert difference("QS-21", [late])


def test_messages_that_wait_for_each_other_are_seen_to(difference: Difference) -> None:
    together = attempt(20.0, "batch", 2)
    jobs = [job("answer", 1, together), job("slow", 1, together, sent_at=1)]
    assert difference("QS-21", jobs) == "delay: expected at most 5, observed 20.0"


def test_retries_keep_to_the_visibility_timeout(difference: Difference) -> None:
    assert difference("QS-30", [job("fail-once", 1, attempt(0.1), attempt(6.1))]) is None
    assert difference("QS-30", [job("fail-once", 1, attempt(0.1), attempt(1.1))])
    assert difference("QS-30", [job("fail-once", 1, attempt(0.1), attempt(60.1))])


def test_a_slow_first_start_does_not_shorten_the_visibility_timeout(
    difference: Difference,
) -> None:
    assert difference("QS-30", [job("fail-once", 1, attempt(3.0), attempt(6.1))]) is None


def bad_message(*others: Attempt, second: Attempt | None = None) -> list[JobObservation]:
    """The batch of four in which the second message fails; others are attempts at the others."""
    first = attempt(0.1, "first", 4)
    attempts = [first, second or attempt(6), attempt(12)]
    failed = job("bad-message", 2, *attempts, ended=Place.DEAD_LETTER_QUEUE)
    jobs = [job("bad-message", number, first, *others) for number in (1, 3, 4)]
    return [jobs[0], failed, *jobs[1:]]


def test_only_the_reported_message_comes_back(difference: Difference) -> None:
    assert difference("QS-40", bad_message()) is None
    all_again = attempt(6, "second", 4)
    assert "others[0].attempts" in str(
        difference("QS-40", bad_message(all_again, second=all_again))
    )
    acknowledged = [job("bad-message", n, attempt(0.1, "first", 4)) for n in range(1, 5)]
    assert "reported.attempts" in str(difference("QS-40", acknowledged))


def test_a_bad_message_without_a_batch_of_its_own_shows_nothing(difference: Difference) -> None:
    apart = [job("bad-message", n, attempt(n)) for n in range(1, 5)]
    with pytest.raises(NotObserved, match="alone"):
        difference("QS-40", apart)
    with_others = [job("bad-message", n, attempt(0.1, "first", 5)) for n in range(1, 5)]
    with pytest.raises(NotObserved, match="other scenarios"):
        difference("QS-40", with_others)
    with pytest.raises(NotObserved, match="other scenarios"):
        difference("QS-40", bad_message(second=attempt(6, "second", 2)))


def answers(scenario: str, count: int, *attempts: Attempt, ended: Place) -> list[JobObservation]:
    return [job(scenario, number, *attempts, ended=ended) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("fact", "scenario", "count"),
    [
        ("QS-41", "all-succeeded", len(ALL_SUCCEEDED)),
        ("QS-34", "ignored-answers", len(IGNORED)),
        ("QS-44", "ignored-answers", len(IGNORED)),
        ("QS-43", "empty-item", 1),
    ],
)
def test_answers_that_mean_success_delete_the_message(
    difference: Difference, fact: str, scenario: str, count: int
) -> None:
    once = answers(scenario, count, attempt(0.1), ended=Place.DELETED)
    thrice = [attempt(0.1), attempt(6.1), attempt(12.1)]
    retried = answers(scenario, count, *thrice, ended=Place.DEAD_LETTER_QUEUE)
    assert difference(fact, once) is None
    assert difference(fact, retried)


def test_answers_that_mean_failure_bring_the_message_back(difference: Difference) -> None:
    thrice = [attempt(0.1), attempt(6.1), attempt(12.1)]
    failed = answers("all-failed", len(ALL_FAILED), *thrice, ended=Place.DEAD_LETTER_QUEUE)
    deleted = answers("all-failed", 1, attempt(0.1), ended=Place.DELETED)
    assert difference("QS-42", failed) is None
    assert str(difference("QS-42", deleted + failed[1:])).startswith("exception.attempts")


def test_an_answer_about_a_shared_batch_shows_nothing(difference: Difference) -> None:
    jobs = answers("all-succeeded", 4, attempt(0.1, "shared", 2), ended=Place.DELETED)
    with pytest.raises(NotObserved, match="shared a batch"):
        difference("QS-41", jobs)


def test_a_dead_letter_is_the_message_that_was_sent(difference: Difference) -> None:
    jobs = answers("all-failed", len(ALL_FAILED), ended=Place.DEAD_LETTER_QUEUE)
    assert difference("QS-33", jobs) == "attribute_names: expected ['kept'], observed []"
    copied = [job("all-failed", 1, ended=Place.DEAD_LETTER_QUEUE, message_id="other"), *jobs[1:]]
    assert "same_message_id" in str(difference("QS-33", copied))


def in_order(*starts: tuple[float, str]) -> list[JobObservation]:
    return [
        job("in-order", number, attempt(start, request), queue=QueueName.FIFO)
        for number, (start, request) in enumerate(starts, 1)
    ]


def test_a_group_is_worked_on_in_order_and_once_at_a_time(difference: Difference) -> None:
    first = [(0.0, "a"), (0.3, "a"), (0.6, "a")]
    assert difference("QS-53", in_order(*first, (1.0, "b"), (1.3, "b"))) is None
    assert "overlaps" in str(difference("QS-53", in_order(*first, (0.65, "b"), (1.3, "b"))))
    assert "order" in str(difference("QS-53", in_order(*first, (1.3, "b"), (1.0, "b"))))


def failure_in_order(*, overtaken: bool = False, size: int = 4) -> list[JobObservation]:
    first = attempt(0.0, "a", size)
    failed = attempt(0.1, "a", size)
    again = attempt(6.0, "b", 3, receive_count=2)
    third = attempt(0.2, "a", size) if overtaken else attempt(6.1, "b", 3, receive_count=2)
    fourth = attempt(6.2, "b", 3, receive_count=2)
    of_each: list[list[Attempt]] = [[first], [failed, again], [third], [fourth]]
    return [
        job("failure-in-order", number, *attempts, queue=QueueName.FIFO)
        for number, attempts in enumerate(of_each, 1)
    ]


def test_nothing_overtakes_a_message_that_failed(difference: Difference) -> None:
    assert difference("QS-45", failure_in_order()) is None
    assert "order" in str(difference("QS-45", failure_in_order(overtaken=True)))
    with pytest.raises(NotObserved, match="one batch"):
        difference("QS-45", failure_in_order(size=2))


def test_what_a_filter_rejects_is_never_seen_again(difference: Difference) -> None:
    accepted, rejected, other = job("filter", 1, attempt(0.1)), job("filter", 2), job("filter", 3)
    assert difference("QS-54", [accepted, rejected, other]) is None
    assert difference("QS-54", [accepted, job("filter", 2, attempt(0.1)), other])
    dead = job("filter", 3, ended=Place.DEAD_LETTER_QUEUE)
    assert difference("QS-54", [accepted, rejected, dead])


def with_attributes(**record: Any) -> list[JobObservation]:
    job_id = "r.attributes.sqs.1"
    fields = {"body": f'{{"job": "{job_id}"}}', "messageId": "m", **record}
    return [job("attributes", 1, attempt(0.1, event={"Records": [fields]}))]


def test_the_record_is_told_from_others_by_its_body(difference: Difference) -> None:
    header = {"AWSTraceHeader": TRACE_HEADER}
    assert difference("QS-61", with_attributes(attributes=header)) is None
    assert difference("QS-61", with_attributes(attributes={}))
    with pytest.raises(NotObserved):
        difference("QS-61", with_attributes(body="of another job"))


def test_the_senders_message_id_is_the_records(difference: Difference) -> None:
    assert "message_id_is_the_senders" not in str(difference("QS-10", with_attributes()))
    assert "message_id_is_the_senders" in str(difference("QS-10", with_attributes(messageId="x")))


QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:q"


def role(*actions: str, resource: str = QUEUE_ARN) -> list[dict[str, Any]]:
    return [{"Effect": "Allow", "Action": [f"sqs:{one}" for one in actions], "Resource": resource}]


def test_the_role_uses_the_queue_and_not_the_queue_the_function(difference: Difference) -> None:
    mapping = {"EventSourceArn": QUEUE_ARN}
    consume = role("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    send = role("SendMessage", resource=f"{QUEUE_ARN}-destination")
    statement = {"Principal": {"Service": "sqs.amazonaws.com"}}
    seen = {"polling_mapping": mapping, "role_policies": consume + send, "function_policy": []}
    assert difference("QS-60", [], **seen) is None
    assert difference("QS-60", [], **seen | {"function_policy": [statement]})
    assert difference("QS-60", [], **seen | {"role_policies": send})
