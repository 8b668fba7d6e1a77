"""Asynchronous invocation as a whole, with a clock that jumps from one happening to the next."""

import asyncio
import json
import selectors
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.engine.asynchronous_event import AsynchronousConfiguration, AsynchronousFunction
from emulator.engine.asynchronous_invocation import (
    LARGEST_PAYLOAD,
    AsynchronousInvocation,
    DeliveryRefused,
    Metric,
    RequestTooLarge,
    check_payload_size,
)
from emulator.engine.invocation import (
    Function,
    Invocation,
    InvocationResult,
    Throttled,
    ThrottleReason,
)
from emulator.engine.messages import LambdaEvent, Message, SnsMessage, SqsMessage
from emulator.engine.pace import Pace

ARN = "arn:aws:lambda:us-east-1:123456789012:function:probe"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"
SUCCESSES = "arn:aws:sqs:us-east-1:123456789012:successes"
TOPIC = "arn:aws:sns:us-east-1:123456789012:dead-letters"
ROLE = "arn:aws:iam::123456789012:role/probe"
START = 1_789_400_815.0
FUNCTION = Function(
    arn=ARN,
    name="probe",
    version="$LATEST",
    handler="index.handler",
    runtime="python3.12",
    code=b"",
    code_sha256="",
    timeout_seconds=6,
    memory_megabytes=128,
    role_arn=ROLE,
)
TO_QUEUE = AsynchronousConfiguration(on_failure=QUEUE, on_success=SUCCESSES)

SUCCESS = InvocationResult(b'"done"')
FAILURE = InvocationResult(b'{"errorMessage": "no"}', "Unhandled")
THROTTLE = Throttled(ThrottleReason.RESERVED_FUNCTION_CONCURRENCY)
Outcome = InvocationResult | BaseException


class JumpingSelector(selectors.DefaultSelector):
    """Where an event loop would wait for its next timer, the time jumps there instead."""

    elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is not None:
            self.elapsed += timeout
            return []
        # Only another thread can go on from here; if none does, the test shall fail, not hang.
        ready = super().select(10)
        assert ready, "nothing is left to wait for"
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose waits take no time; also the engine's clock."""

    def __init__(self) -> None:
        self.selector = JumpingSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.elapsed

    def now(self) -> float:
        return START + self.selector.elapsed


@dataclass
class World:
    """What surrounds the engine: a function, how its invocations end, and what is delivered.

    Outcomes are used up one after the other, the last one again and again; scripts are outcomes
    for single requests.
    """

    clock: JumpingLoop
    configuration: AsynchronousConfiguration = TO_QUEUE
    function: Function | None = FUNCTION
    outcomes: list[Outcome] = field(default_factory=list)
    scripts: dict[str, list[Outcome]] = field(default_factory=dict)
    seconds: float = 0.0
    delivery_errors: list[BaseException] = field(default_factory=list)
    invocations: list[tuple[float, Function, Invocation]] = field(default_factory=list)
    messages: list[tuple[float, Message, str]] = field(default_factory=list)

    def find(self, function_arn: str, qualifier: str | None) -> AsynchronousFunction | None:
        if self.function is None or function_arn != ARN:
            return None
        return AsynchronousFunction(self.function, self.configuration)

    async def invoke(self, function: Function, invocation: Invocation) -> InvocationResult:
        self.invocations.append((self.clock.now() - START, function, invocation))
        await asyncio.sleep(self.seconds)
        script = self.scripts.get(invocation.request_id, self.outcomes)
        outcome = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(outcome, BaseException):
            raise outcome.with_traceback(None)
        return outcome

    async def send(self, message: Message, role_arn: str) -> None:
        if self.delivery_errors:
            raise self.delivery_errors.pop(0).with_traceback(None)
        self.messages.append((self.clock.now() - START, message, role_arn))

    def attempted_at(self) -> list[float]:
        return [at for at, _, _ in self.invocations]

    def records(self) -> list[dict[str, object]]:
        return [
            json.loads(message.body)
            for _, message, _ in self.messages
            if isinstance(message, SqsMessage)
        ]

    def contexts(self) -> list[tuple[str, int]]:
        contexts = []
        for record in self.records():
            context = record["requestContext"]
            assert isinstance(context, dict)
            contexts.append((context["condition"], context["approximateInvokeCount"]))
        return contexts


Test = Callable[[World, AsynchronousInvocation], Awaitable[None]]


def simulate(test: Test, pace: Pace = Pace.REAL) -> None:
    """Run a test with an engine in a world of its own."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        world = World(loop)
        engine = AsynchronousInvocation(loop, pace, world, world.invoke, world)
        try:
            await test(world, engine)
        finally:
            await engine.close()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(run())


async def done(engine: AsynchronousInvocation) -> None:
    async with asyncio.timeout(1_000_000):
        while engine.pending():
            await asyncio.sleep(10)


def test_an_event_is_invoked_with_what_the_caller_gave() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [SUCCESS]
        engine.accept(ARN, "live", b'{"a": 1}', "request-1", "Root=1-2-3")
        await done(engine)
        assert world.invocations == [
            (0.0, FUNCTION, Invocation("request-1", b'{"a": 1}', f"{ARN}:live", "Root=1-2-3"))
        ]

    simulate(test)


def test_an_unqualified_function_is_invoked_unqualified_and_without_client_context() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [SUCCESS]
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        [(_, _, invocation)] = world.invocations
        assert invocation.invoked_function_arn == ARN
        assert invocation.client_context is None

    simulate(test)


@pytest.mark.parametrize(("pace", "times"), [(Pace.REAL, [0, 60, 180]), (Pace.FAST, [0, 6, 18])])
def test_a_failing_function_is_attempted_three_times_under_one_request_id(
    pace: Pace, times: list[float]
) -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [FAILURE]
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.attempted_at() == pytest.approx(times, abs=0.001)
        assert {invocation.request_id for _, _, invocation in world.invocations} == {"request-1"}
        assert world.contexts() == [("RetriesExhausted", 3)]

    simulate(test, pace)


def test_the_wait_between_attempts_starts_when_the_function_has_failed() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.seconds = [FAILURE], 6.0
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.attempted_at() == pytest.approx([0, 66, 192], abs=0.001)

    simulate(test)


@pytest.mark.parametrize("pace", Pace)
@pytest.mark.parametrize(
    ("age", "count"), [(60, 1), (66, 1), (67, 2), (90, 2), (192, 2), (193, 3), (21_600, 3)]
)
def test_the_function_ages_its_event_in_real_seconds_at_any_pace(
    pace: Pace, age: int, count: int
) -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.seconds = [FAILURE], 6.0
        world.configuration = replace(TO_QUEUE, maximum_event_age_seconds=age)
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        condition = "EventAgeExceeded" if count < 3 else "RetriesExhausted"
        assert world.contexts() == [(condition, count)]

    simulate(test, pace)


def test_a_throttled_event_comes_again_until_there_is_concurrency() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [THROTTLE, THROTTLE, THROTTLE, SUCCESS]
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.attempted_at() == pytest.approx([0, 1, 3, 7], abs=0.001)
        assert world.contexts() == [("Success", 1)]

    simulate(test)


def test_a_throttled_event_expires() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [THROTTLE]
        world.configuration = replace(
            TO_QUEUE, maximum_event_age_seconds=60, dead_letter_target=TOPIC
        )
        engine.accept(ARN, None, b'{"a": 1}', "request-1")
        await done(engine)
        assert world.attempted_at() == pytest.approx([0, 1, 3, 7, 15, 31], abs=0.001)
        assert world.contexts() == [("EventAgeExceeded", 0)]
        [dead_letter] = [each for _, each, _ in world.messages if isinstance(each, SnsMessage)]
        assert dead_letter.message == '{"a": 1}'
        assert dead_letter.attributes["ErrorCode"]["StringValue"] == "429"

    simulate(test)


def test_an_error_of_the_emulator_is_a_system_error_and_costs_no_attempt() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [OSError("no process"), FAILURE]
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.attempted_at() == pytest.approx([0, 1, 61, 181], abs=0.001)
        assert world.contexts() == [("RetriesExhausted", 3)]

    simulate(test)


def test_an_attempt_that_something_else_cancels_is_a_system_error() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [asyncio.CancelledError(), SUCCESS]
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.attempted_at() == pytest.approx([0, 1], abs=0.001)
        assert world.contexts() == [("Success", 1)]

    simulate(test)


def test_zero_reserved_concurrency_ends_the_event_at_once_and_uninvoked() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.function = replace(FUNCTION, reserved_concurrency=0)
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.invocations == []
        assert world.contexts() == [("ZeroReservedConcurrency", 0)]
        assert world.messages[0][0] == pytest.approx(0, abs=0.001)

    simulate(test)


def test_zero_reserved_concurrency_set_while_the_event_waits_ends_it_at_its_next_attempt() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [FAILURE]
        engine.accept(ARN, None, b"{}", "request-1")
        await asyncio.sleep(30)
        world.function = replace(FUNCTION, reserved_concurrency=0)
        await done(engine)
        assert world.attempted_at() == [0]
        assert world.contexts() == [("ZeroReservedConcurrency", 1)]
        assert world.messages[0][0] == pytest.approx(60, abs=0.01)

    simulate(test)


def test_code_and_configuration_are_those_of_the_attempt() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [FAILURE]
        world.configuration = AsynchronousConfiguration()
        engine.accept(ARN, None, b"{}", "request-1")
        await asyncio.sleep(30)
        world.function = replace(FUNCTION, code_sha256="deployed meanwhile", version="2")
        world.configuration = replace(TO_QUEUE, maximum_retry_attempts=1)
        await done(engine)
        assert [function.code_sha256 for _, function, _ in world.invocations] == [
            "",
            "deployed meanwhile",
        ]
        assert world.contexts() == [("RetriesExhausted", 2)]
        assert world.messages[0][0] == pytest.approx(60, abs=0.001)
        assert world.records()[0]["responseContext"] == {
            "statusCode": 200,
            "executedVersion": "2",
            "functionError": "Unhandled",
        }

    simulate(test)


def test_a_function_deleted_while_its_event_waits_still_has_its_failure_destination() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [FAILURE]
        world.configuration = replace(TO_QUEUE, maximum_retry_attempts=1)
        engine.accept(ARN, None, b"{}", "request-1")
        await asyncio.sleep(30)
        world.function = None
        await done(engine)
        assert world.attempted_at() == [0]
        assert world.contexts() == [("RetriesExhausted", 2)]
        assert world.records()[0]["responseContext"] == {"statusCode": 404}

    simulate(test)


def test_a_function_deleted_before_its_first_attempt_still_has_its_failure_destination() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.configuration = replace(TO_QUEUE, maximum_retry_attempts=0)
        engine.accept(ARN, None, b"{}", "request-1")
        world.function = None
        await done(engine)
        assert world.contexts() == [("RetriesExhausted", 1)]

    simulate(test)


def test_an_event_for_a_function_that_does_not_exist_is_not_accepted() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.function = None
        with pytest.raises(LookupError, match=r"Function not found: .*:probe:\$LATEST"):
            engine.accept(ARN, None, b"{}", "request-1")
        assert engine.pending() == 0

    simulate(test)


def test_a_megabyte_is_accepted_and_a_byte_more_is_not() -> None:
    check_payload_size(b"x" * 1_048_576)
    with pytest.raises(RequestTooLarge) as refused:
        check_payload_size(b"x" * 1_048_577)
    assert refused.value.status_code == 413
    assert refused.value.code == "RequestTooLargeException"
    assert str(refused.value) == (
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
    )


def test_an_event_that_is_too_large_is_not_accepted() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        with pytest.raises(RequestTooLarge):
            engine.accept(ARN, None, b"x" * (LARGEST_PAYLOAD + 1), "request-1")
        assert engine.pending() == 0

    simulate(test)


def test_destination_and_dead_letter_queue_get_their_messages_with_the_execution_role() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [FAILURE]
        world.configuration = replace(TO_QUEUE, maximum_retry_attempts=0, dead_letter_target=TOPIC)
        engine.accept(ARN, None, b'{"a": 1}', "request-1", "Root=1-2-3")
        await done(engine)
        assert {type(message) for _, message, _ in world.messages} == {SqsMessage, SnsMessage}
        assert {role for _, _, role in world.messages} == {ROLE}
        assert engine.metrics == Counter({Metric.RECEIVED: 1, Metric.DROPPED: 1})

    simulate(test)


def test_a_success_without_destination_sends_nothing() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [SUCCESS]
        world.configuration = AsynchronousConfiguration(on_failure=QUEUE, dead_letter_target=TOPIC)
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.messages == []
        assert engine.metrics == Counter({Metric.RECEIVED: 1})

    simulate(test)


def test_a_destination_function_gets_the_record_as_an_event() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [SUCCESS]
        world.configuration = AsynchronousConfiguration(on_success=f"{ARN}-next")
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        [(_, message, _)] = world.messages
        assert isinstance(message, LambdaEvent)
        assert json.loads(message.payload)["responsePayload"] == "done"

    simulate(test)


@pytest.mark.parametrize("error", [OSError("connection reset"), asyncio.CancelledError()])
@pytest.mark.parametrize(("pace", "at"), [(Pace.REAL, 3.0), (Pace.FAST, 0.3)])
def test_a_delivery_that_fails_is_tried_again(error: BaseException, pace: Pace, at: float) -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.delivery_errors = [SUCCESS], [error, error]
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        [(sent_at, _, _)] = world.messages
        assert sent_at == pytest.approx(at, abs=0.001)
        assert engine.metrics[Metric.DESTINATION_DELIVERY_FAILURES] == 0

    simulate(test, pace)


def test_a_delivery_that_fails_three_times_is_counted_and_given_up() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.delivery_errors = [SUCCESS], [OSError("reset")] * 3
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.messages == []
        assert engine.metrics[Metric.DESTINATION_DELIVERY_FAILURES] == 1

    simulate(test)


def test_a_delivery_that_is_refused_is_counted_and_not_tried_again() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.delivery_errors = [FAILURE], [DeliveryRefused("no such queue")]
        world.configuration = AsynchronousConfiguration(0, dead_letter_target=QUEUE)
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert world.messages == []
        assert engine.metrics[Metric.DEAD_LETTER_ERRORS] == 1

    simulate(test)


def test_the_dead_letter_queue_gets_its_copy_when_the_destination_refuses() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.delivery_errors = [FAILURE], [DeliveryRefused("no such queue")]
        world.configuration = AsynchronousConfiguration(
            0, on_failure=QUEUE, dead_letter_target=TOPIC
        )
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert [type(message) for _, message, _ in world.messages] == [SnsMessage]
        assert engine.metrics[Metric.DESTINATION_DELIVERY_FAILURES] == 1

    simulate(test)


def test_a_destination_that_lambda_does_not_have_is_a_failed_delivery() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [SUCCESS]
        world.configuration = AsynchronousConfiguration(on_success="arn:aws:kinesis:::stream/s")
        engine.accept(ARN, None, b"{}", "request-1")
        await done(engine)
        assert engine.metrics[Metric.DESTINATION_DELIVERY_FAILURES] == 1

    simulate(test)


def test_events_run_at_the_same_time() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.seconds = [SUCCESS], 5.0
        for number in range(100):
            engine.accept(ARN, None, b"{}", f"request-{number}")
        await done(engine)
        assert max(world.attempted_at()) == pytest.approx(0, abs=0.001)
        assert [at for at, _, _ in world.messages] == pytest.approx([5] * 100, abs=0.001)

    simulate(test)


def test_a_new_event_does_not_wait_for_those_that_wait() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [FAILURE, SUCCESS]
        engine.accept(ARN, None, b"{}", "request-1")
        await asyncio.sleep(30)
        engine.accept(ARN, None, b"{}", "request-2")
        await done(engine)
        assert [(round(at), invocation.request_id) for at, _, invocation in world.invocations] == [
            (0, "request-1"),
            (30, "request-2"),
            (60, "request-1"),
        ]

    simulate(test)


def test_an_event_is_pending_until_its_record_is_delivered() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.delivery_errors = [SUCCESS], [OSError("reset")]
        engine.accept(ARN, None, b"{}", "request-1")
        assert engine.pending() == 1
        await asyncio.sleep(0.5)
        assert (len(world.invocations), engine.pending()) == (1, 1)
        await asyncio.sleep(1)
        assert (len(world.messages), engine.pending()) == (1, 0)

    simulate(test)


def test_events_accepted_in_any_thread_all_arrive() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes = [SUCCESS]

        def accept_many(prefix: int) -> None:
            for number in range(50):
                engine.accept(ARN, None, b"{}", f"{prefix}-{number}")

        threads = [threading.Thread(target=accept_many, args=(prefix,)) for prefix in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
        await done(engine)
        request_ids = {invocation.request_id for _, _, invocation in world.invocations}
        assert request_ids == {f"{prefix}-{number}" for prefix in range(4) for number in range(50)}

    simulate(test)


def test_nothing_is_accepted_and_nothing_runs_after_close() -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.outcomes, world.seconds = [FAILURE], 5.0
        engine.accept(ARN, None, b"{}", "running")
        await asyncio.sleep(1)
        engine.accept(ARN, None, b"{}", "just accepted")
        await engine.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asyncio.sleep(1000)
        assert [invocation.request_id for _, _, invocation in world.invocations] == ["running"]
        with pytest.raises(RuntimeError, match="closed"):
            engine.accept(ARN, None, b"{}", "too late")

    simulate(test)


outcomes = st.sampled_from([SUCCESS, FAILURE, THROTTLE, OSError("system error")])
configurations = st.builds(
    AsynchronousConfiguration,
    st.integers(0, 2),
    st.integers(60, 21_600),
    on_success=st.just(SUCCESSES),
    on_failure=st.just(QUEUE),
    dead_letter_target=st.sampled_from([None, TOPIC]),
)
functions = st.none() | st.builds(
    lambda concurrency: replace(FUNCTION, reserved_concurrency=concurrency),
    st.sampled_from([None, 0, 1]),
)
changes = st.tuples(st.floats(0, 100), configurations, functions)
arrivals = st.tuples(st.floats(0, 60), st.lists(outcomes, min_size=1, max_size=6))
refusals = st.lists(st.sampled_from([OSError("reset"), DeliveryRefused("refused")]), max_size=3)


@settings(deadline=None)
@given(
    st.sampled_from(Pace),
    st.lists(arrivals, min_size=1, max_size=4),
    st.lists(changes, max_size=4),
    st.floats(0, 10),
    refusals,
)
def test_whatever_happens_no_event_is_lost_and_none_ends_twice(
    pace: Pace,
    events: list[tuple[float, list[Outcome]]],
    changed: list[tuple[float, AsynchronousConfiguration, Function | None]],
    seconds: float,
    delivery_errors: list[BaseException],
) -> None:
    async def test(world: World, engine: AsynchronousInvocation) -> None:
        world.scripts = {
            f"request-{number}": list(script) for number, (_, script) in enumerate(events)
        }

        async def send_events() -> None:
            for number, (wait, _) in enumerate(events):
                await asyncio.sleep(wait)
                world.function = world.function or FUNCTION
                engine.accept(ARN, None, json.dumps(number).encode(), f"request-{number}")

        async def change() -> None:
            for wait, configuration, function in changed:
                await asyncio.sleep(wait)
                world.configuration, world.function = configuration, function

        world.seconds, world.delivery_errors = seconds, list(delivery_errors)
        await asyncio.gather(send_events(), change())
        await done(engine)
        check_what_arrived(world, engine, len(events))

    simulate(test, pace)


def check_what_arrived(world: World, engine: AsynchronousInvocation, accepted: int) -> None:
    """Every event has one record or one failed delivery, and none has two dead letters."""
    metrics = engine.metrics
    assert metrics[Metric.RECEIVED] == accepted
    records = world.records()
    ended = {record["requestPayload"] for record in records}
    assert len(ended) == len(records) == accepted - metrics[Metric.DESTINATION_DELIVERY_FAILURES]
    dead = [message.message for _, message, _ in world.messages if isinstance(message, SnsMessage)]
    assert len(set(dead)) == len(dead) <= metrics[Metric.DROPPED]
    for _, message, _ in world.messages:
        if isinstance(message, SqsMessage):
            record = json.loads(message.body)
            context = record["requestContext"]
            assert context["requestId"] == f"request-{record['requestPayload']}"
            assert context["approximateInvokeCount"] <= 3
            assert (context["condition"] == "Success") == (message.queue_arn == SUCCESSES)
