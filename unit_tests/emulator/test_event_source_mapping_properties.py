"""Whatever happens to a mapping, each message ends exactly once and a group keeps its order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import cycle
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.engine import batching
from emulator.engine.batching import PAYLOAD_LIMIT_BYTES
from emulator.engine.invocation import Throttled, ThrottleReason
from unit_tests.emulator.simulation import (
    SimulatedFunction,
    SimulatedInvocation,
    SimulatedQueue,
    World,
    simulated,
)

LONGEST_QUIET_END_SECONDS = 600.0
GROUPS = "abc"
SMALL_PAYLOAD_BYTES = 1000
"""Room for two or three messages, so that batches leave messages over."""


class Verdict(StrEnum):
    SUCCEED = "succeed"
    RAISE = "raise"
    REPORT_SOME = "report some as failed"
    NONSENSE = "answer nonsense"


@dataclass(frozen=True)
class Turn:
    """What one invocation does: after how long it answers, and what."""

    seconds: float
    verdict: Verdict


@dataclass(frozen=True)
class Settings:
    batch_size: int
    window: int
    maximum_concurrency: int | None
    report: bool

    def changes(self, *, fifo: bool) -> dict[str, Any]:
        return {
            "batch_size": self.batch_size,
            "batching_window_seconds": 0 if fifo else self.window,
            "maximum_concurrency": self.maximum_concurrency,
            "report_batch_item_failures": self.report,
        }


@dataclass(frozen=True)
class Send:
    count: int
    group: str


@dataclass(frozen=True)
class Throttle:
    on: bool


@dataclass(frozen=True)
class Permit:
    on: bool


@dataclass(frozen=True)
class Enable:
    on: bool


Action = Send | Throttle | Permit | Enable | Settings


@dataclass(frozen=True)
class Story:
    fifo: bool
    visibility_timeout: int
    max_receive_count: int | None
    payload_limit: int
    settings: Settings
    turns: list[Turn]
    actions: list[tuple[float, Action]]


quarter_seconds = st.integers(0, 24).map(lambda quarters: quarters / 4)
mapping_settings = st.builds(
    Settings,
    batch_size=st.integers(1, 10),
    window=st.sampled_from([0, 0, 1, 3]),
    maximum_concurrency=st.sampled_from([None, 2, 3]),
    report=st.booleans(),
)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Send, count=st.integers(1, 6), group=st.sampled_from(GROUPS)),
    st.builds(Send, count=st.integers(1, 6), group=st.sampled_from(GROUPS)),
    st.builds(Throttle, on=st.booleans()),
    st.builds(Permit, on=st.booleans()),
    st.builds(Enable, on=st.booleans()),
    mapping_settings,
)
stories = st.builds(
    Story,
    fifo=st.booleans(),
    visibility_timeout=st.integers(1, 6),
    max_receive_count=st.sampled_from([None, 1, 2, 4]),
    payload_limit=st.sampled_from([PAYLOAD_LIMIT_BYTES, SMALL_PAYLOAD_BYTES]),
    settings=mapping_settings,
    turns=st.lists(st.builds(Turn, quarter_seconds, st.sampled_from(Verdict)), min_size=1),
    actions=st.lists(st.tuples(quarter_seconds, actions), max_size=20),
)


@dataclass
class Play:
    """Plays a story, and checks each invocation at the moment at which it begins."""

    story: Story
    dealt_with: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    throttled: bool = False
    allowed: bool = True
    enabled: bool = True
    quiet: bool = False
    stopping: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        story = self.story
        self.used_settings = [story.settings]
        self.turns = cycle(story.turns)
        self.queue = SimulatedQueue(
            visibility_timeout_seconds=story.visibility_timeout,
            fifo=story.fifo,
            max_receive_count=story.max_receive_count,
        )
        self.function = SimulatedFunction(self.answer, before=self.throttle)
        self.world = World(
            queue=self.queue,
            function=self.function,
            fifo=story.fifo,
            may_poll=lambda: self.allowed,
            function_timeout_seconds=1,
            **story.settings.changes(fifo=story.fifo),
        )

    def throttle(self) -> None:
        if self.throttled:
            raise Throttled(ThrottleReason.RESERVED_FUNCTION_CONCURRENCY)

    async def answer(self, invocation: SimulatedInvocation) -> Any:
        self.check_beginning(invocation)
        turn = Turn(0, Verdict.SUCCEED) if self.quiet else next(self.turns)
        await asyncio.sleep(turn.seconds)
        self.dealt_with |= set(invocation.bodies) - self.failed(invocation, turn.verdict)
        ids = [one["messageId"] for one in invocation.records]
        match turn.verdict:
            case Verdict.RAISE:
                raise ValueError("as the story says")
            case Verdict.NONSENSE:
                ids = ["no such message"]
            case Verdict.REPORT_SOME:
                ids = ids[len(ids) // 2 :]
            case Verdict.SUCCEED:
                ids = []
        return {"batchItemFailures": [{"itemIdentifier": one} for one in ids]}

    def failed(self, invocation: SimulatedInvocation, verdict: Verdict) -> set[str]:
        if verdict is Verdict.RAISE:
            return set(invocation.bodies)
        if verdict is Verdict.SUCCEED or not all(one.report for one in self.used_settings):
            return set()
        if verdict is Verdict.NONSENSE:
            return set(invocation.bodies)
        return set(invocation.bodies[len(invocation.bodies) // 2 :])

    def check_beginning(self, invocation: SimulatedInvocation) -> None:
        handles = [one["receiptHandle"] for one in invocation.records]
        self.check(
            all(self.queue.is_hidden(handle) for handle in handles), "invoked, but given back"
        )
        self.check(
            len(handles) <= max(one.batch_size for one in self.used_settings), "batch too large"
        )
        in_progress = [one for one in self.function.invocations if one.ended_at is None]
        limits = [one.maximum_concurrency for one in self.used_settings]
        largest = max(limit or (len(GROUPS) if self.story.fifo else 5) for limit in limits)
        self.check(len(in_progress) <= largest, "too many batches in work")
        if self.story.fifo:
            self.check_groups(invocation, in_progress)

    def check_groups(
        self, invocation: SimulatedInvocation, in_progress: list[SimulatedInvocation]
    ) -> None:
        others = [one for one in in_progress if one is not invocation]
        self.check(not any(one.groups & invocation.groups for one in others), "group in work twice")
        for group in invocation.groups:
            begun = [body for body in invocation.bodies if body.startswith(group)]
            waiting = self.queue.unsettled(group)
            self.check(begun == waiting[: len(begun)], f"{begun} began before {waiting}")

    def check(self, condition: bool, problem: str) -> None:
        if not condition:
            self.problems.append(problem)

    async def act(self, action: Action) -> None:
        match action:
            case Send(count, group):
                bodies = [f"{group}{len(self.sent) + number}" for number in range(count)]
                self.sent += bodies
                self.queue.send(*bodies, group=group)
            case Throttle(on):
                self.throttled = on
            case Permit(on):
                self.allowed = on
            case Enable(on):
                await self.enable(on=on)
            case Settings():
                self.used_settings.append(action)
                current = self.world.mapping.configuration
                changes = action.changes(fifo=self.story.fifo)
                self.world.mapping.update(replace(current, **changes))

    async def enable(self, *, on: bool) -> None:
        if on and not self.enabled:
            if self.stopping is not None:
                await self.stopping
            self.world.mapping.start()
        if not on and self.enabled:
            self.stopping = asyncio.create_task(self.world.mapping.stop())
        self.enabled = on

    async def play(self) -> None:
        for gap, action in self.story.actions:
            await asyncio.sleep(gap)
            await self.act(action)
        self.throttled = False
        self.allowed = self.quiet = True
        await self.enable(on=True)
        await self.wait_for(lambda: not self.queue.bodies and not self.function.in_progress)
        await self.world.mapping.stop()

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = asyncio.get_running_loop().time() + LONGEST_QUIET_END_SECONDS
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, f"left: {self.queue.bodies}"
            await asyncio.sleep(1)


@settings(max_examples=300, deadline=None)
@given(stories)
@simulated
async def test_every_message_ends_exactly_once_and_every_group_keeps_its_order(
    story: Story,
) -> None:
    with mock.patch.object(batching, "PAYLOAD_LIMIT_BYTES", story.payload_limit):
        play = Play(story)
        await play.play()

    assert play.problems == []
    dead = [message.body for message in play.queue.dead_letters]
    handles = [one["receiptHandle"] for each in play.function.invocations for one in each.records]
    assert sorted(play.queue.deleted + dead) == sorted(play.sent)
    assert set(play.queue.deleted) <= play.dealt_with
    assert len(handles) == len(set(handles)), "one receive, several invocations"
