"""Requests per second and latency through each door."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.side import Door, Side


@dataclass(frozen=True)
class Rate:
    """What a number of clients got through a door in one round; latency is in seconds."""

    per_second: float
    median_latency: float


class WrongAnswer(Exception):
    """A door did not answer 200, so that there is nothing to measure."""


def measure(side: Side, door: Door, clients: int, requests: int) -> Rate:
    """Send requests from clients that each have a connection; raises WrongAnswer."""
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        share = requests // clients
        rounds = pool.map(lambda _: _one_client(side, door, share), range(clients))
        latencies = [latency for one in rounds for latency in one]
    seconds = time.perf_counter() - started
    return Rate(len(latencies) / seconds, statistics.median(latencies))


def _one_client(side: Side, door: Door, requests: int) -> list[float]:
    connection = side.connection()
    latencies = []
    for _ in range(requests):
        started = time.perf_counter()
        connection.request(
            "POST",
            door.path,
            door.body,
            {"Host": door.host, "Content-Type": "application/json"},
        )
        response = connection.getresponse()
        content = response.read()
        latencies.append(time.perf_counter() - started)
        if response.status != 200:  # noqa: PLR2004 - HTTP
            raise WrongAnswer(f"{door.name} of {side.name}: {response.status} {content[:200]!r}")
    connection.close()
    return latencies
