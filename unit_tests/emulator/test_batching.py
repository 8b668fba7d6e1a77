import json

from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.batching import PAYLOAD_LIMIT_BYTES, Batch, BatchLimits, Trigger
from emulator.engine.sqs_event import encode_event

ENVELOPE_BYTES = len('{"Records":[]}')


def batch(size: int = 10, window: float = 0) -> Batch[str]:
    return Batch(BatchLimits(size, window))


def test_an_empty_batch_never_fires() -> None:
    empty = batch(window=5)

    assert empty.due(1e9) is None
    assert empty.window_end is None
    assert empty.is_empty


def test_the_window_starts_with_the_first_message_and_not_before() -> None:
    gathered = batch(window=5)

    gathered.add("first", 100, arrived_at=100)

    assert gathered.window_end == 105
    assert gathered.due(104.999) is None
    assert gathered.due(105) is Trigger.WINDOW


def test_a_later_message_does_not_prolong_the_window() -> None:
    gathered = batch(window=5)

    gathered.add("first", 100, arrived_at=100)
    gathered.add("second", 100, arrived_at=104)

    assert gathered.window_end == 105


def test_the_batch_fires_before_the_window_ends_when_it_is_full() -> None:
    gathered = batch(size=2, window=300)

    gathered.add("first", 100, arrived_at=0)
    assert gathered.due(0) is None
    gathered.add("second", 100, arrived_at=1)

    assert gathered.due(1) is Trigger.BATCH_SIZE
    assert gathered.room(1) == 0


def test_a_message_that_arrives_exactly_at_the_window_end_still_belongs_to_the_batch() -> None:
    gathered = batch(window=5)
    gathered.add("first", 100, arrived_at=0)

    assert gathered.add("second", 100, arrived_at=5)

    assert gathered.messages == ("first", "second")
    assert gathered.due(5) is Trigger.WINDOW


def test_a_message_that_arrives_after_the_window_end_belongs_to_the_next_batch() -> None:
    gathered = batch(window=5)
    gathered.add("first", 100, arrived_at=0)

    assert gathered.room(5.001) == 0
    assert not gathered.add("second", 100, arrived_at=5.001)

    assert gathered.messages == ("first",)


def test_a_batch_that_is_full_at_its_window_end_is_full() -> None:
    gathered = batch(size=2, window=5)
    gathered.add("first", 100, arrived_at=0)
    gathered.add("second", 100, arrived_at=5)

    assert gathered.due(5) is Trigger.BATCH_SIZE
    assert gathered.messages == ("first", "second")


def test_without_a_window_the_batch_fires_at_once_with_what_arrived_together() -> None:
    gathered = batch(size=10, window=0)
    gathered.add("first", 100, arrived_at=7)

    assert gathered.due(7) is Trigger.WINDOW
    assert gathered.add("second", 100, arrived_at=7)
    assert not gathered.add("third", 100, arrived_at=7.001)
    assert gathered.messages == ("first", "second")


def test_a_full_batch_takes_nothing_more() -> None:
    gathered = batch(size=1, window=5)
    gathered.add("first", 100, arrived_at=0)

    assert not gathered.add("second", 100, arrived_at=0)
    assert gathered.messages == ("first",)


def test_the_message_that_would_exceed_the_payload_limit_closes_the_batch_and_stays_out() -> None:
    gathered = batch(size=10, window=300)
    first = PAYLOAD_LIMIT_BYTES - ENVELOPE_BYTES - 1000
    gathered.add("large", first, arrived_at=0)
    assert gathered.due(0) is None

    assert not gathered.add("one byte too much", 1000, arrived_at=1)

    assert gathered.messages == ("large",)
    assert gathered.due(1) is Trigger.PAYLOAD_SIZE
    assert gathered.room(1) == 0
    assert not gathered.add("small", 1, arrived_at=1)


def test_a_batch_may_fill_the_payload_to_the_last_byte_and_then_fires() -> None:
    gathered = batch(size=10, window=300)
    gathered.add("large", PAYLOAD_LIMIT_BYTES - ENVELOPE_BYTES - 1000, arrived_at=0)

    assert gathered.add("exactly the rest, with its comma", 999, arrived_at=1)

    assert gathered.due(1) is Trigger.PAYLOAD_SIZE


def test_a_message_larger_than_the_limit_is_a_batch_of_its_own() -> None:
    gathered = batch(size=10, window=300)

    assert gathered.add("huge", PAYLOAD_LIMIT_BYTES + 1, arrived_at=0)

    assert gathered.due(0) is Trigger.PAYLOAD_SIZE


def test_room_counts_what_is_missing_to_batch_size() -> None:
    gathered = batch(size=3, window=5)
    assert gathered.room(0) == 3

    gathered.add("first", 100, arrived_at=0)

    assert gathered.room(0) == 2
    assert gathered.room(5) == 2
    assert gathered.room(5.5) == 0


@given(
    sizes=st.lists(st.integers(2, 3_000_000), min_size=1, max_size=12),
    limits=st.builds(BatchLimits, st.integers(1, 8), st.sampled_from([0.0, 5.0])),
)
def test_a_batch_never_exceeds_batch_size_or_the_payload_limit_but_by_its_first_message(
    sizes: list[int], limits: BatchLimits
) -> None:
    gathered: Batch[int] = Batch(limits)
    for size in sizes:
        gathered.add(size, size, arrived_at=0)

    payload = encode_event(b"x" * size for size in gathered.messages)
    assert 1 <= len(gathered.messages) <= limits.batch_size
    assert gathered.messages == tuple(sizes[: len(gathered.messages)])
    assert len(payload) <= PAYLOAD_LIMIT_BYTES or len(gathered.messages) == 1
    if gathered.due(0) is None:
        assert len(gathered.messages) == len(sizes)


def test_the_envelope_that_is_counted_is_the_one_that_is_sent() -> None:
    assert json.loads(encode_event([b"1", b"2"])) == {"Records": [1, 2]}
    assert len(encode_event([b"1"])) == ENVELOPE_BYTES + 1
