import asyncio
import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from emulator.engine.event_filter import FilterPattern
from emulator.engine.invocation import Invocation, InvocationResult, Throttled, ThrottleReason
from emulator.engine.sqs_event import Message
from unit_tests.emulator.simulation import (
    FUNCTION_ARN,
    STANDARD_QUEUE_ARN,
    SimulatedFunction,
    SimulatedInvocation,
    SimulatedQueue,
    World,
    fail_on,
    report_failed,
    settled,
    simulated,
    until,
)


class Throttling:
    """Throttles the function while it is on."""

    def __init__(self) -> None:
        self.on = True

    def __call__(self) -> None:
        if self.on:
            raise Throttled(ThrottleReason.RESERVED_FUNCTION_CONCURRENCY)


def numbered(count: int, first: int = 1) -> list[str]:
    return [str(number) for number in range(first, first + count)]


# Batching


@simulated
async def test_a_lone_message_without_a_window_is_invoked_at_once() -> None:
    world = World(batch_size=10)

    await until(7)
    world.queue.send("lone")
    await settled()

    assert world.function.batches == [["lone"]]
    assert world.function.started_at == [7]
    assert world.queue.deleted == ["lone"]


@simulated
async def test_messages_that_are_there_already_are_found_when_the_mapping_starts() -> None:
    queue = SimulatedQueue()
    queue.send("old")

    world = World(queue=queue)
    await settled()

    assert world.function.batches == [["old"]]


@simulated
async def test_without_a_window_a_batch_takes_what_is_there_up_to_batch_size() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(7))

    world = World(queue=queue, batch_size=5)
    await settled()

    assert world.function.batches == [numbered(5), numbered(2, first=6)]


@simulated
async def test_a_batch_waits_for_the_end_of_its_window_which_starts_with_its_first_message() -> (
    None
):
    world = World(batch_size=10, batching_window_seconds=5)

    await until(100)
    world.queue.send("first")
    await until(104)
    world.queue.send("second")
    await until(104.75)
    assert world.function.batches == []
    await until(105)

    assert world.function.batches == [["first", "second"]]
    assert world.function.started_at == [105]


@simulated
async def test_a_full_batch_does_not_wait_for_its_window() -> None:
    world = World(batch_size=3, batching_window_seconds=300)

    world.queue.send("1")
    await until(1)
    world.queue.send("2", "3", "4")
    await settled()

    assert world.function.batches == [["1", "2", "3"]]
    assert world.function.started_at == [1]


@simulated
async def test_what_a_full_batch_leaves_over_has_a_window_of_its_own() -> None:
    world = World(batch_size=2, batching_window_seconds=10)

    await until(1)
    world.queue.send("1", "2", "3")
    await until(10)
    assert world.function.batches == [["1", "2"]]
    await until(11)

    assert world.function.batches == [["1", "2"], ["3"]]
    assert world.function.started_at == [1, 11]


@simulated
async def test_a_message_that_fills_the_batch_exactly_at_the_window_end_fires_it_once() -> None:
    queue = SimulatedQueue()
    queue.send("first")
    queue.send("second", delay=5)
    world = World(queue=queue, batch_size=2, batching_window_seconds=5)

    await until(20)

    assert world.function.batches == [["first", "second"]]
    assert world.function.started_at == [5]


@simulated
async def test_a_message_that_becomes_visible_exactly_at_the_window_end_joins_the_batch() -> None:
    queue = SimulatedQueue()
    queue.send("first")
    queue.send("at the end", delay=5)
    queue.send("later", delay=5.25)
    world = World(queue=queue, batch_size=10, batching_window_seconds=5)

    await until(20)

    assert world.function.batches == [["first", "at the end"], ["later"]]
    assert world.function.started_at == [5, 10.25]


@simulated
async def test_a_large_batch_is_gathered_over_many_receives() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(2_345))
    world = World(queue=queue, batch_size=10_000, batching_window_seconds=1)

    await until(1)

    assert world.function.batches == [numbered(2_345)]


@simulated
async def test_ten_thousand_messages_fit_in_one_batch() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(10_001))
    world = World(queue=queue, batch_size=10_000, batching_window_seconds=300)

    await settled()
    await until(0.5)

    assert world.function.batches == [numbered(10_000)]
    assert world.function.started_at == [0]


@simulated
async def test_a_batch_fires_when_its_payload_reaches_6_mb_and_the_rest_follows() -> None:
    megabyte = 1024 * 1024
    queue = SimulatedQueue()
    queue.send(*(f"{number}{'x' * (megabyte - 1)}" for number in range(7)))
    world = World(queue=queue, batch_size=100, batching_window_seconds=10)

    await until(1)
    assert [len(batch) for batch in world.function.batches] == [5]
    await until(10)

    assert [len(batch) for batch in world.function.batches] == [5, 2]
    assert [body[0] for body in world.function.bodies] == list("0123456")
    assert queue.bodies == []


@simulated
async def test_each_batch_has_a_request_id_of_its_own_and_goes_to_the_mapped_function() -> None:
    world = World(batch_size=1)
    world.queue.send("1", "2")
    await settled()

    [first, second] = world.function.invocations
    assert first.request_id != second.request_id
    assert {first.function_arn, second.function_arn} == {FUNCTION_ARN}


@simulated
async def test_an_idle_mapping_looks_at_the_queue_no_more_often_than_a_long_poll() -> None:
    world = World()

    await until(3600)

    assert len(world.queue.received_at) <= 3600 / 20 + 1


@simulated
async def test_a_delayed_message_is_invoked_when_its_delay_is_over() -> None:
    world = World()
    world.queue.send("delayed", delay=3.5)

    await until(10)

    assert world.function.started_at == [3.5]


@simulated
async def test_gathering_many_messages_leaves_time_for_everything_else() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(5_000))
    world = World(queue=queue, batch_size=5_000, batching_window_seconds=300)
    turns = 0

    while not world.function.invocations:
        await asyncio.sleep(0)
        turns += 1

    assert turns >= 500


# Concurrency


@simulated
async def test_five_batches_at_once_are_in_work_and_the_rest_waits_in_the_queue() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(12))
    world = World(queue=queue, function=SimulatedFunction(duration=10), batch_size=2)

    await until(9)
    assert world.function.in_progress == 5
    assert queue.receive_count("11") == 0
    await until(20)

    assert world.function.started_at == [0, 0, 0, 0, 0, 10]


@simulated
async def test_maximum_concurrency_bounds_the_batches_in_work() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(7))
    world = World(
        queue=queue, function=SimulatedFunction(duration=10), batch_size=1, maximum_concurrency=3
    )

    await until(100)

    assert world.function.started_at == [0, 0, 0, 10, 10, 10, 20]


@simulated
async def test_a_free_place_is_taken_at_once() -> None:
    async def answer(invocation: SimulatedInvocation) -> None:
        await asyncio.sleep(5 if invocation.bodies == ["slow"] else 1)

    queue = SimulatedQueue()
    queue.send("slow", "a", "b")
    world = World(
        queue=queue, function=SimulatedFunction(answer), batch_size=1, maximum_concurrency=2
    )

    await until(10)

    assert world.function.started_at == [0, 0, 1]


@simulated
async def test_message_groups_of_a_standard_queue_do_not_wait_for_each_other() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(3), group="tenant")
    world = World(queue=queue, function=SimulatedFunction(duration=10), batch_size=1)

    await until(5)

    assert world.function.started_at == [0, 0, 0]


# Failures


@simulated
async def test_a_failed_batch_comes_back_after_the_visibility_timeout_with_a_higher_count() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5, max_receive_count=3)
    world = World(queue=queue, function=SimulatedFunction(fail_on("bad")))
    queue.send("bad")

    await until(60)

    assert world.function.started_at == [0, 5, 10]
    assert [one.receive_counts for one in world.function.invocations] == [[1], [2], [3]]
    assert [(one.message_id, one.body) for one in queue.dead_letters] == [("message-1", "bad")]
    assert len({one.request_id for one in world.function.invocations}) == 3
    assert len({one.records[0]["receiptHandle"] for one in world.function.invocations}) == 3


@simulated
async def test_a_failed_batch_comes_back_whole() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5)
    queue.send("good", "bad")
    world = World(queue=queue, function=SimulatedFunction(fail_on("bad")))

    await until(5)

    assert world.function.batches == [["good", "bad"], ["good", "bad"]]
    assert queue.deleted == []


@simulated
async def test_a_partial_batch_response_brings_only_the_failed_messages_back() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5, max_receive_count=2)
    queue.send("1", "bad", "3")
    world = World(
        queue=queue,
        function=SimulatedFunction(report_failed("bad")),
        report_batch_item_failures=True,
    )

    await until(30)

    assert world.function.batches == [["1", "bad", "3"], ["bad"]]
    assert queue.deleted == ["1", "3"]
    assert [one.body for one in queue.dead_letters] == ["bad"]


@simulated
async def test_without_report_batch_item_failures_the_answer_is_ignored() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5)
    queue.send("1", "bad")
    world = World(queue=queue, function=SimulatedFunction(report_failed("bad")))

    await until(30)

    assert world.function.batches == [["1", "bad"]]
    assert queue.deleted == ["1", "bad"]


@simulated
async def test_an_answer_that_cannot_be_understood_brings_the_whole_batch_back() -> None:
    async def answer(_: SimulatedInvocation) -> dict[str, Any]:
        return {"batchItemFailures": [{"itemIdentifier": "unknown"}]}

    queue = SimulatedQueue(visibility_timeout_seconds=5)
    queue.send("1", "2")
    world = World(queue=queue, function=SimulatedFunction(answer), report_batch_item_failures=True)

    await until(5)

    assert world.function.batches == [["1", "2"], ["1", "2"]]


@simulated
async def test_a_function_error_counts_even_if_its_payload_looks_like_a_success() -> None:
    class Failing(SimulatedFunction):
        async def invoke(self, request: Invocation) -> InvocationResult:
            result = await super().invoke(request)
            return replace(result, function_error="Unhandled")

    queue = SimulatedQueue()
    queue.send("1")
    function = Failing(report_failed())
    World(queue=queue, function=function, report_batch_item_failures=True)

    await until(1)

    assert function.batches == [["1"]]
    assert queue.deleted == []


@simulated
async def test_a_window_hides_messages_for_window_and_timeout_and_30_s() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=6)
    queue.send("bad")
    world = World(
        queue=queue,
        function=SimulatedFunction(fail_on("bad")),
        batching_window_seconds=4,
        function_timeout_seconds=6,
    )

    await until(50)

    assert world.function.started_at == [4, 44]


@simulated
async def test_an_invocation_that_cannot_be_made_leaves_the_messages_to_the_visibility_timeout(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = True

    def before() -> None:
        if broken:
            raise LookupError("the function is gone")

    queue = SimulatedQueue(visibility_timeout_seconds=5)
    queue.send("1")
    function = SimulatedFunction(before=before)
    World(queue=queue, function=function)
    await until(4)
    broken = False
    await until(5)

    assert caplog.messages == [
        f"{STANDARD_QUEUE_ARN}: a batch was not settled: LookupError('the function is gone')"
    ]
    assert queue.deleted == ["1"]
    assert function.started_at == [5]


@simulated
async def test_polling_goes_on_after_the_queue_could_not_be_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Unreadable(SimulatedQueue):
        broken = True

        async def receive(
            self, max_messages: int, visibility_timeout_seconds: int
        ) -> list[Message]:
            if self.broken:
                raise OSError("no queue")
            return await super().receive(max_messages, visibility_timeout_seconds)

    queue = Unreadable()
    queue.send("1")
    world = World(queue=queue)
    await until(5.5)
    queue.broken = False
    await until(7)

    assert set(caplog.messages) == {
        f"{STANDARD_QUEUE_ARN} could not be polled: OSError('no queue')"
    }
    assert world.function.started_at == [6]


@simulated
async def test_a_queue_without_a_visibility_timeout_gives_each_message_out_again_and_again() -> (
    None
):
    queue = SimulatedQueue(visibility_timeout_seconds=0)
    queue.send("1")
    world = World(queue=queue, function=SimulatedFunction(duration=1))

    await until(10)

    assert world.function.started_at == [0, 0, 0, 0, 0]
    assert queue.deleted == ["1"]


# Throttling


@simulated
async def test_a_throttled_batch_is_tried_again_until_it_may_run() -> None:
    throttling = Throttling()
    function = SimulatedFunction(before=throttling)
    world = World(function=function)
    world.queue.send("1")

    await until(4)
    throttling.on = False
    await until(6)

    assert world.function.batches == [["1"]]
    assert world.function.invocations[0].receive_counts == [1]
    assert world.queue.deleted == ["1"]


@simulated
async def test_the_distances_between_throttled_attempts_grow_up_to_a_second() -> None:
    function = SimulatedFunction(before=Throttling())
    world = World(function=function)
    world.queue.send("1")

    await until(4)

    distances = [round(later - earlier, 6) for earlier, later in pairwise(function.attempts)]
    assert distances == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


@simulated
async def test_throttling_alone_moves_a_message_to_the_dead_letter_queue() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5, max_receive_count=2)
    function = SimulatedFunction(before=Throttling())
    World(queue=queue, function=function)
    queue.send("never seen")

    await until(60)

    assert function.invocations == []
    assert [one.body for one in queue.dead_letters] == ["never seen"]
    assert queue.dead_letters[0].receive_count == 2


@simulated
async def test_a_throttled_batch_is_never_invoked_after_its_visibility_timeout() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5)
    function = SimulatedFunction(before=Throttling())
    World(queue=queue, function=function, maximum_concurrency=2)
    queue.send("1")

    await until(4.99)
    first_turn = list(function.attempts)
    await until(5)

    assert max(first_turn) < 5
    assert function.attempts[len(first_turn)] == 5
    assert queue.receive_count("1") == 2


@simulated
async def test_a_throttled_batch_is_given_up_when_its_oldest_message_comes_back() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5)
    queue.send("first")
    queue.send("second", delay=3)
    function = SimulatedFunction(before=Throttling())
    World(queue=queue, function=function, batching_window_seconds=3, function_timeout_seconds=1)

    await until(7)

    assert function.attempts[0] == 3
    assert max(function.attempts) < 5


# FIFO


@simulated
async def test_the_messages_of_a_group_are_invoked_one_after_the_other_in_order() -> None:
    queue = SimulatedQueue(fifo=True)
    queue.send(*numbered(5), group="a")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=1), batch_size=1)

    await until(10)

    assert world.function.batches == [["1"], ["2"], ["3"], ["4"], ["5"]]
    assert world.function.started_at == [0, 1, 2, 3, 4]


@simulated
async def test_groups_are_invoked_in_parallel_and_more_than_five_of_them() -> None:
    queue = SimulatedQueue(fifo=True)
    for number in range(8):
        queue.send(f"{number}-first", f"{number}-second", group=f"group {number}")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=10), batch_size=1)

    await until(9)
    assert world.function.in_progress == 8
    await until(30)

    assert world.function.started_at == [0] * 8 + [10] * 8


@simulated
async def test_maximum_concurrency_bounds_the_groups_in_work() -> None:
    queue = SimulatedQueue(fifo=True)
    for number in range(5):
        queue.send(str(number), group=str(number))
    world = World(
        queue=queue,
        fifo=True,
        function=SimulatedFunction(duration=10),
        batch_size=1,
        maximum_concurrency=2,
    )

    await until(100)

    assert world.function.started_at == [0, 0, 10, 10, 20]


@simulated
async def test_a_batch_may_hold_several_groups_and_keeps_the_order_of_each() -> None:
    queue = SimulatedQueue(fifo=True)
    queue.send("a1", group="a")
    queue.send("b1", group="b")
    queue.send("a2", group="a")
    queue.send("b2", group="b")
    world = World(queue=queue, fifo=True, batch_size=10)

    await settled()

    assert world.function.batches == [["a1", "b1", "a2", "b2"]]


@simulated
async def test_a_failed_message_holds_its_group_back_but_no_other_group() -> None:
    queue = SimulatedQueue(fifo=True, visibility_timeout_seconds=5, max_receive_count=2)
    world = World(queue=queue, fifo=True, function=SimulatedFunction(fail_on("a1")), batch_size=1)
    queue.send("a1", "a2", group="a")
    queue.send("b1", "b2", group="b")

    await until(60)

    assert world.function.batches == [["a1"], ["b1"], ["b2"], ["a1"], ["a2"]]
    assert [one.body for one in queue.dead_letters] == ["a1"]


@simulated
async def test_a_failure_in_the_middle_brings_it_and_all_later_ones_back_in_order() -> None:
    async def answer(invocation: SimulatedInvocation) -> dict[str, Any]:
        """Stop at the first failure, as AWS recommends for a FIFO queue."""
        failed: list[dict[str, str]] = []
        for record in invocation.records:
            if failed or record["body"] == "2":
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    queue = SimulatedQueue(fifo=True, visibility_timeout_seconds=5, max_receive_count=2)
    queue.send(*numbered(4), group="a")
    world = World(
        queue=queue, fifo=True, function=SimulatedFunction(answer), report_batch_item_failures=True
    )

    await until(60)

    assert world.function.batches[:2] == [["1", "2", "3", "4"], ["2", "3", "4"]]
    assert world.function.invocations[1].receive_counts == [2, 2, 2]
    assert "2" in [one.body for one in queue.dead_letters]


@simulated
async def test_a_group_is_never_in_work_twice_although_its_messages_became_visible_again() -> None:
    queue = SimulatedQueue(fifo=True, visibility_timeout_seconds=5)
    queue.send("a1", "a2", group="a")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=7), batch_size=1)

    await until(60)

    for earlier, later in pairwise(world.function.invocations):
        assert earlier.ended_at is not None
        assert earlier.ended_at <= later.started_at


LARGE = "x" * 1024 * 1024


@simulated
async def test_messages_of_a_group_that_did_not_fit_wait_until_the_batch_before_succeeded() -> None:
    queue = SimulatedQueue(fifo=True)
    queue.send(*(f"{number}{LARGE}"[:-1] for number in range(8)), group="a")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=2))

    await until(10)

    order = [[body[0] for body in batch] for batch in world.function.batches]
    assert order == [list("01234"), list("567")]
    assert world.function.started_at == [0, 2]
    assert {count for one in world.function.invocations for count in one.receive_counts} == {1}


@simulated
async def test_messages_of_a_group_that_did_not_fit_do_not_overtake_a_failed_batch() -> None:
    queue = SimulatedQueue(fifo=True, visibility_timeout_seconds=5)
    queue.send(*(f"{number}{LARGE}"[:-1] for number in range(8)), group="a")

    async def fail_first(_: SimulatedInvocation) -> None:
        if len(world.function.invocations) == 1:
            raise ValueError("not this time")

    world = World(queue=queue, fifo=True, function=SimulatedFunction(fail_first))

    await until(30)

    order = [[body[0] for body in batch] for batch in world.function.batches]
    assert order == [list("01234"), list("01234"), list("567")]
    assert queue.bodies == []


@simulated
async def test_a_group_that_waits_in_hand_does_not_hold_other_groups_back() -> None:
    queue = SimulatedQueue(fifo=True)
    queue.send(*(f"{number}{LARGE}"[:-1] for number in range(8)), group="a")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=2))
    await until(1)
    queue.send("b1", group="b")
    await until(1.5)

    assert [batch[0][0] for batch in world.function.batches] == ["0", "b"]


@simulated
async def test_messages_that_waited_in_hand_past_their_visibility_timeout_are_left_alone() -> None:
    queue = SimulatedQueue(fifo=True, visibility_timeout_seconds=5)
    queue.send(*(f"{number}{LARGE}"[:-1] for number in range(8)), group="a")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=6))

    await until(15)

    handles = [
        record["receiptHandle"] for one in world.function.invocations for record in one.records
    ]
    assert len(handles) == len(set(handles))
    assert [body[0] for body in world.function.batches[0]] == list("01234")


# Filters


def only(pattern: object) -> tuple[FilterPattern, ...]:
    return (FilterPattern.parse(json.dumps(pattern)),)


@simulated
async def test_messages_that_the_filter_holds_back_are_deleted_without_an_invocation() -> None:
    world = World(filters=only({"body": {"kind": ["wanted"]}}))
    wanted = json.dumps({"kind": "wanted"})

    world.queue.send(json.dumps({"kind": "other"}), "plain text")
    await settled()
    assert world.function.batches == []
    assert world.queue.bodies == []
    world.queue.send(wanted)
    await settled()

    assert world.function.batches == [[wanted]]


@simulated
async def test_a_message_that_is_held_back_does_not_start_a_window_nor_count_for_batch_size() -> (
    None
):
    world = World(filters=only({"body": ["a", "b"]}), batch_size=2, batching_window_seconds=10)

    world.queue.send("no", "no")
    await until(4)
    world.queue.send("a", "no")
    await until(13)
    assert world.function.batches == []
    await until(14)

    assert world.function.batches == [["a"]]


@simulated
async def test_a_filter_that_holds_much_back_still_fills_the_batch() -> None:
    queue = SimulatedQueue()
    queue.send(*(["no"] * 25), "a", *(["no"] * 25), "b")
    world = World(
        queue=queue, filters=only({"body": ["a", "b"]}), batch_size=2, batching_window_seconds=300
    )

    await settled()

    assert world.function.batches == [["a", "b"]]


# Permission


@simulated
async def test_a_mapping_without_permission_does_not_poll_and_asks_again() -> None:
    allowed = False
    queue = SimulatedQueue()
    queue.send("1")
    world = World(queue=queue, may_poll=lambda: allowed)

    await until(30)
    assert queue.received_at == []
    assert queue.receive_count("1") == 0
    allowed = True
    await until(31)

    assert world.function.batches == [["1"]]


@simulated
async def test_permission_is_asked_at_most_once_a_second_while_it_is_missing() -> None:
    asked: list[float] = []

    def may_poll() -> bool:
        asked.append(asyncio.get_running_loop().time())
        return False

    world = World(may_poll=may_poll)
    for second in range(10):
        world.queue.send(str(second))
        await until(second)

    assert len(asked) <= 10


# Changes while messages are in hand


@simulated
async def test_an_update_invokes_at_once_what_was_gathered_with_the_old_settings() -> None:
    world = World(batch_size=10, batching_window_seconds=300)
    world.queue.send("old")
    await until(10)

    new_function = f"{FUNCTION_ARN}:2"
    world.mapping.update(
        replace(world.mapping.configuration, batching_window_seconds=0, function_arn=new_function)
    )
    world.queue.send("new")
    await settled()

    assert world.function.batches == [["old"], ["new"]]
    assert [one.function_arn for one in world.function.invocations] == [FUNCTION_ARN, new_function]
    assert world.function.started_at == [10, 10]
    assert [one.receive_counts for one in world.function.invocations] == [[1], [1]]


@simulated
async def test_an_update_does_not_touch_a_batch_in_work() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=5)
    queue.send("1", "bad")
    world = World(
        queue=queue,
        function=SimulatedFunction(report_failed("bad"), duration=2),
        report_batch_item_failures=True,
    )
    await until(1)

    world.mapping.update(replace(world.mapping.configuration, report_batch_item_failures=False))
    await until(3)

    assert queue.deleted == ["1"]
    assert queue.bodies == ["bad"]


@simulated
async def test_a_lower_maximum_concurrency_holds_once_the_batches_in_work_have_ended() -> None:
    queue = SimulatedQueue()
    queue.send(*numbered(9))
    world = World(queue=queue, function=SimulatedFunction(duration=10), batch_size=1)
    await until(5)

    world.mapping.update(replace(world.mapping.configuration, maximum_concurrency=2))
    await until(100)

    assert world.function.started_at == [0, 0, 0, 0, 0, 10, 10, 20, 20]


@simulated
async def test_an_update_with_nothing_in_hand_applies_to_the_next_message() -> None:
    world = World(batching_window_seconds=0)
    await until(1)

    world.mapping.update(replace(world.mapping.configuration, batching_window_seconds=5))
    world.queue.send("1")
    await until(20)

    assert world.function.started_at == [6]


@simulated
async def test_a_mapping_that_is_disabled_invokes_what_it_gathered_and_takes_nothing_more() -> None:
    world = World(batch_size=10, batching_window_seconds=300)
    world.queue.send("in hand")
    await until(10)

    await world.mapping.stop()
    world.queue.send("too late")
    await until(1000)

    assert world.function.batches == [["in hand"]]
    assert world.function.started_at == [10]
    assert world.queue.deleted == ["in hand"]
    assert world.queue.receive_count("too late") == 0


@simulated
async def test_stop_returns_after_the_batches_in_work_are_settled() -> None:
    world = World(function=SimulatedFunction(duration=7))
    world.queue.send("1")
    await until(1)

    await world.mapping.stop()

    assert asyncio.get_running_loop().time() == 7
    assert world.queue.deleted == ["1"]


@simulated
async def test_stop_while_every_place_is_taken_and_messages_wait_in_hand_loses_none() -> None:
    queue = SimulatedQueue(fifo=True, visibility_timeout_seconds=60)
    queue.send(*(f"{number}{LARGE}"[:-1] for number in range(8)), group="a")
    world = World(queue=queue, fifo=True, function=SimulatedFunction(duration=2))
    await until(1)

    await world.mapping.stop()

    assert [len(batch) for batch in world.function.batches] == [5, 3]
    assert queue.bodies == []


@simulated
async def test_a_throttled_batch_of_a_stopped_mapping_becomes_visible_again_at_once() -> None:
    queue = SimulatedQueue(visibility_timeout_seconds=3600)
    function = SimulatedFunction(before=Throttling())
    world = World(queue=queue, function=function)
    queue.send("1")
    await until(10)

    await world.mapping.stop()

    assert asyncio.get_running_loop().time() == 10
    [message] = await queue.receive(10, 30)
    assert message.body == "1"


@simulated
async def test_a_mapping_that_is_enabled_again_goes_on_where_it_stopped() -> None:
    world = World()
    await world.mapping.stop()
    world.queue.send("waiting")
    await until(10)

    world.mapping.start()
    await settled()

    assert world.function.batches == [["waiting"]]
    assert world.function.started_at == [10]


@simulated
async def test_a_mapping_is_started_once() -> None:
    world = World()

    with pytest.raises(RuntimeError, match="stop it first"):
        world.mapping.start()


@simulated
async def test_messages_received_while_the_mapping_is_being_stopped_are_invoked() -> None:
    class Slow(SimulatedQueue):
        async def receive(
            self, max_messages: int, visibility_timeout_seconds: int
        ) -> list[Message]:
            messages = await super().receive(max_messages, visibility_timeout_seconds)
            await asyncio.sleep(1)
            return messages

    queue = Slow()
    queue.send("taken")
    world = World(queue=queue, batching_window_seconds=300)
    await until(0.5)

    await world.mapping.stop()

    assert world.function.batches == [["taken"]]
    assert queue.deleted == ["taken"]


@simulated
async def test_an_update_while_messages_are_being_received_loses_none() -> None:
    class Slow(SimulatedQueue):
        async def receive(
            self, max_messages: int, visibility_timeout_seconds: int
        ) -> list[Message]:
            messages = await super().receive(max_messages, visibility_timeout_seconds)
            await asyncio.sleep(1)
            return messages

    queue = Slow()
    queue.send("taken")
    world = World(queue=queue, batching_window_seconds=300)
    await until(0.5)

    world.mapping.update(replace(world.mapping.configuration, batching_window_seconds=2))
    await until(10)

    assert world.function.batches == [["taken"]]
    assert world.function.started_at == [2]


@simulated
async def test_close_ends_everything_at_once() -> None:
    world = World(function=SimulatedFunction(duration=3600), batch_size=1)
    world.queue.send("1", "2")
    await until(1)

    await world.mapping.close()

    assert asyncio.get_running_loop().time() == 1
    assert len(asyncio.all_tasks()) == 1
