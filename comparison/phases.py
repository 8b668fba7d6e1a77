"""Phases: scenarios that may run together, and the change to the function under which they run."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from comparison.changes import nothing
from comparison.deployed import Deployed
from comparison.scenarios import PLAIN
from comparison.scenarios.scenario import Scenario


@dataclass(frozen=True)
class Phase:
    """Scenarios that are fired and watched together.

    change alters something that all paths share for the length of the phase, and restores it
    whatever happens; that is why such a phase has the stage for itself.
    """

    name: str
    scenarios: Sequence[Scenario]
    change: Callable[[Deployed], AbstractContextManager[None]] = nothing

    @property
    def changes_something(self) -> bool:
        """Whether the phase has the stage for itself."""
        return self.change is not nothing


PHASES: tuple[Phase, ...] = (Phase("plain", PLAIN),)
"""In the order in which they run."""

SCENARIOS: tuple[Scenario, ...] = tuple(
    scenario for phase in PHASES for scenario in phase.scenarios
)


def chosen_phases(names: Collection[str]) -> tuple[Phase, ...]:
    """Return the phases with only the scenarios that are asked for; no name means all."""
    if not names:
        return PHASES
    return tuple(
        replace(phase, scenarios=[one for one in phase.scenarios if one.name in names])
        for phase in PHASES
        if any(one.name in names for one in phase.scenarios)
    )
