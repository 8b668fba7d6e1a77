"""The time axis that all lanes of a picture share."""

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

TICKS: Final = 8
"""About how many ticks an axis has; labels of more would run into each other on a phone."""


@dataclass(frozen=True)
class Axis:
    """An axis from 0 to length, in seconds."""

    length: float

    def at(self, seconds: float) -> float:
        """Return where a moment is, in percent of the width."""
        return round(100 * min(max(seconds, 0.0), self.length) / self.length, 3)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round numbers of seconds, the first of them 0."""
        step = self.step
        return tuple(round(number * step, 9) for number in range(floor(self.length / step) + 1))

    @property
    def step(self) -> float:
        """Seconds between two ticks: 1, 2 or 5 times a power of ten, or whole minutes."""
        wanted = self.length / TICKS
        if wanted > 60:  # noqa: PLR2004 - seconds of a minute
            return 60.0 * ceil(wanted / 60)
        power = 10 ** floor(log10(wanted))
        return float(power * next(factor for factor in (1, 2, 5, 10) if factor * power >= wanted))

    def label(self, tick: float) -> str:
        """Write a tick in the unit of the whole axis."""
        if self.length < 1:
            return f"{tick * 1000:g} ms"
        return f"{tick:g} s"


def axis_for(length: float) -> Axis:
    """Return the axis for a picture of this length in seconds, with a little room at its end."""
    return Axis(max(length, 0.001) * 1.02)
