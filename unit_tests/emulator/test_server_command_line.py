"""What the command line takes, and what the emulator keeps of its surroundings."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import command_line, environment
from emulator.engine.pace import Pace
from emulator.options import Options


@pytest.fixture
def restored_environment(tmp_path: Path) -> Iterator[Path]:
    """Keep what `environment.prepared` changes; yield the folder for temporary files."""
    before, tempdir = dict(os.environ), tempfile.tempdir
    tempfile.tempdir = str(tmp_path)
    yield tmp_path
    tempfile.tempdir = tempdir
    os.environ.clear()
    os.environ.update(before)


def test_all_options_are_read() -> None:
    arguments = ["--port", "1", "--pace", "real", "--log-level", "debug"]
    arguments += ["--parent", "7", "--as-shipped"]

    options = command_line.parse(arguments)

    assert options == Options(port=1, pace=Pace.REAL, log_level="DEBUG", parent=7, as_shipped=True)


def test_without_options_it_is_fast_and_quiet() -> None:
    assert command_line.parse([]) == Options(port=4566, pace=Pace.FAST, log_level="WARNING")


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_be_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command_line.parse(["--port", port])

    assert exit_.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_the_environment_is_the_emulators_own(
    restored_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("PERSIST_STATE", "1")
    monkeypatch.setenv("PATH", "/bin")

    with environment.prepared(1234, "ERROR"):
        assert os.environ["GATEWAY_PORT"] == "1234"
        assert os.environ["PATH"] == "/bin"
        assert not {"AWS_PROFILE", "PERSIST_STATE"} & os.environ.keys()
        Path(tempfile.mkdtemp(), "file").touch()
        (folder,) = restored_environment.iterdir()
        assert os.environ["HOME"] == str(folder)

    assert list(restored_environment.iterdir()) == []
