"""Phases: scenarios that may run together, and the changes under which they run."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from comparison.changes import (
    Change,
    environment_variable,
    occupied_concurrency,
    reserved_concurrency,
    signature_version,
    without_permissions,
    without_target,
)
from comparison.deployed import Deployed
from comparison.examinations import EXAMINATIONS, Examination, Inspection
from comparison.examinations.logs import LOG_INSPECTIONS
from comparison.examinations.queues import REFUSED_MAPPINGS
from comparison.examinations.refused_settings import REFUSED_SETTINGS
from comparison.scenarios import PLAIN
from comparison.scenarios.exclusive import (
    FULL_CONCURRENCY,
    INIT_ERROR,
    NO_CONCURRENCY,
    REFUSALS,
)
from comparison.scenarios.scenario import Scenario

SERVICES = (
    "apigateway.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "events.amazonaws.com",
    "sns.amazonaws.com",
)
"""Services whose permissions are taken away; S3's stays, as S3 refuses settings without it."""


@dataclass(frozen=True)
class Phase:
    """Scenarios that are fired and watched together.

    changes alter what all paths share for the length of the phase and are undone whatever happens,
    the last one first; that is why such a phase has the stage for itself. examinations are carried
    out beside the jobs, inspections when the jobs are over.
    """

    name: str
    scenarios: Sequence[Scenario]
    changes: tuple[Change, ...] = ()
    examinations: Mapping[str, Examination] = field(default_factory=dict)
    inspections: Mapping[str, Inspection] = field(default_factory=dict)

    @contextmanager
    def changed(self, deployed: Deployed) -> Iterator[None]:
        """Make all changes; undo them at the end."""
        with ExitStack() as stack:
            for change in self.changes:
                stack.enter_context(change(deployed))
            yield


PHASES: tuple[Phase, ...] = (
    Phase("plain", PLAIN, examinations=EXAMINATIONS, inspections=LOG_INSPECTIONS),
    Phase(
        "no concurrency",
        NO_CONCURRENCY,
        changes=(
            partial(reserved_concurrency, executions=0),
            # Of no consequence for the other jobs: the event is seen in the destination's record.
            partial(signature_version, version="2"),
        ),
    ),
    Phase("full concurrency", FULL_CONCURRENCY, changes=(occupied_concurrency,)),
    Phase(
        "init error",
        INIT_ERROR,
        changes=(partial(environment_variable, variable="PROBE_INIT", value="raise"),),
    ),
    # The function itself is as ever: a refusal that does not come must not look like one.
    Phase(
        "refusals",
        REFUSALS,
        changes=(
            # Before the permissions, because a target is put back only when they are there.
            without_target,
            partial(without_permissions, services=SERVICES),
        ),
        examinations={**REFUSED_SETTINGS, **REFUSED_MAPPINGS},
    ),
)
"""In the order in which they run; the jobs of one phase do not disturb each other."""

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
