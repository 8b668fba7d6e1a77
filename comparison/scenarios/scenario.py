"""What a scenario is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from comparison.observation import Sending
from comparison.path import Path

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Scenario:
    """One thing that is done to paths in order to see facts.

    sendings returns, for a path, what is sent down it; their job ids are given later.
    """

    name: str
    description: str
    paths: tuple[Path, ...]
    sendings: Callable[[Path], Sequence[Sending]]

    def on(self, paths: Collection[Path], run: str) -> list[Sending]:
        """Return what this scenario sends down some paths in a run, with job ids."""
        return [
            replace(sending, scenario=self.name, job=f"{run}.{self.name}.{path}.{number}")
            for path in self.paths
            if path in paths
            for number, sending in enumerate(self.sendings(path), 1)
        ]


def one_job(
    work: str, parameters: Mapping[str, Any] = NO_PARAMETERS, **fields: Any
) -> Callable[[Path], Sequence[Sending]]:
    """Return the sendings of a scenario that is one job, the same on every path.

    fields are those of `Sending`.
    """
    return lambda path: [Sending("", path, "", work, parameters, **fields)]
