"""Fixtures that several tests of the emulator share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit_tests.emulator.running_functions import MakeFunctions, RunningFunctions


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFunctions]:
    """Running functions with the default settings, for all tests of a module."""
    running = RunningFunctions(tmp_path_factory.mktemp("functions"))
    yield running
    running.close()


@pytest.fixture
def make_functions(tmp_path: Path) -> Iterator[MakeFunctions]:
    """Make running functions with settings of the test's own."""
    made: list[RunningFunctions] = []

    def make(**options: object) -> RunningFunctions:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(RunningFunctions(folder, **options))
        return made[-1]

    yield make
    for running in made:
        running.close()
