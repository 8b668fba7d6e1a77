"""The command line of the benchmarks."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from rich.console import Console

from benchmarks.handlers import WITH_SDK
from benchmarks.polling import WINDOW, drain_seconds, window_delays
from benchmarks.requests import Rate, WrongAnswer, measure
from benchmarks.side import Side, running_side
from comparison.command_line import REFUSED, terminal
from comparison.waiting import NotInTime
from deployment.emulator_process import EmulatorFailed, running_emulator

REQUESTS = 300
MANY_CLIENTS = 16


def main(arguments: Sequence[str]) -> int:
    """Measure both emulators in turn and print ratios; 2 when one does not do what is measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure this project's emulator and MiniStack as shipped, in turn, in one "
        "run, and print ratios with their spread.",
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement (5)")
    parser.add_argument(
        "--messages", type=int, nargs="+", default=[1_000, 10_000], help="sizes of queues to drain"
    )
    options = parser.parse_args(arguments)
    console = terminal()
    try:
        _starts(console, options.rounds)
        with running_side(as_shipped=False) as ours, running_side(as_shipped=True) as shipped:
            _requests(console, ours, shipped, options.rounds)
            _cold_starts(console, ours, shipped, options.rounds)
            for messages in options.messages:
                _drains(console, ours, shipped, messages)
            _windows(console, ours, options.rounds)
    except (EmulatorFailed, NotInTime, WrongAnswer) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return REFUSED
    return 0


def _starts(console: Console, rounds: int) -> None:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        with running_emulator():
            seconds.append(time.perf_counter() - started)
    console.print(f"start to ready: {_spread(seconds)} s")


def _requests(console: Console, ours: Side, shipped: Side, rounds: int) -> None:
    for index, door in enumerate(ours.doors):
        other = shipped.doors[index]
        for clients in (1, MANY_CLIENTS):
            pairs: list[tuple[Rate, Rate]] = []
            for side, own in ((ours, door), (shipped, other)):
                measure(side, own, clients, clients)
            for _ in range(rounds):
                mine = measure(ours, door, clients, REQUESTS)
                theirs = measure(shipped, other, clients, REQUESTS)
                pairs.append((mine, theirs))
            per_second = [mine.per_second / theirs.per_second for mine, theirs in pairs]
            latency = [mine.median_latency / theirs.median_latency for mine, theirs in pairs]
            rates = [mine.per_second for mine, _ in pairs]
            console.print(
                f"{door.name}, {clients} client{'s' if clients > 1 else ''}: "
                f"{_spread(per_second)} times the requests per second of MiniStack as shipped "
                f"(ours: {_spread(rates)}), {_spread(latency)} of its median latency"
            )


def _cold_starts(console: Console, ours: Side, shipped: Side, rounds: int) -> None:
    ratios = []
    for number in range(rounds):
        mine, theirs = (_cold_start(side, number) for side in (ours, shipped))
        ratios.append(mine / theirs)
    console.print(f"cold start of a function with boto3: {_spread(ratios)} of MiniStack's time")


def _cold_start(side: Side, number: int) -> float:
    name = f"cold-{number}"
    side.create_function(name, WITH_SDK)
    return _timed(lambda: side.client("lambda").invoke(FunctionName=name))


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _drains(console: Console, ours: Side, shipped: Side, messages: int) -> None:
    ratios, mine_seconds = [], []
    for number in range(3):
        mine, theirs = (drain_seconds(side, messages, number) for side in (ours, shipped))
        ratios.append(mine / theirs)
        mine_seconds.append(mine)
    console.print(
        f"{messages} messages drained: {_spread(ratios)} of MiniStack's time "
        f"(ours: {_spread(mine_seconds)} s)"
    )


def _windows(console: Console, ours: Side, rounds: int) -> None:
    delays = [window_delays(ours, number) for number in range(rounds)]
    late = [lone - WINDOW for lone, _ in delays]
    console.print(f"a window of {WINDOW} s fires {_spread(late)} s after its end")
    console.print(f"a full batch is invoked after {_spread([full for _, full in delays])} s")


def _spread(values: Sequence[float]) -> str:
    """Return the median of measurements, with the lowest and the highest."""
    return f"{statistics.median(values):.2f} [{min(values):.2f} to {max(values):.2f}]"
