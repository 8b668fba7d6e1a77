"""Set-up: what it says when it cannot go on, and that it does nothing twice."""

import sys
from pathlib import Path

import pytest

from deployment import install


def test_an_old_python_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(sys, "argv", ["install"])
    assert install.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("setup: Python 3.9 is too old; 3.11 or newer is needed")


def test_a_failing_step_tells_its_reason_and_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; sys.exit('ERROR: no route to the index')"
    with pytest.raises(install.CannotInstall) as failure:
        install.run("Installing", [sys.executable, "-c", code], "check the network")
    expected = "Installing failed: ERROR: no route to the index; check the network"
    assert str(failure.value) == expected
    assert capsys.readouterr().out == "Installing ...\n"


def test_a_finished_step_is_done_until_its_files_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "PROJECT_FOLDER", str(tmp_path))
    monkeypatch.setattr(install, "STAMPS", str(tmp_path / "stamps"))
    monkeypatch.setattr(install, "VENV_PYTHON", sys.executable)
    (tmp_path / "requirements.txt").write_text("boto3==1\n")
    assert not install.is_done("packages", ["requirements.txt"])
    install.note_done("packages", ["requirements.txt"])
    assert install.is_done("packages", ["requirements.txt"])
    (tmp_path / "requirements.txt").write_text("boto3==2\n")
    assert not install.is_done("packages", ["requirements.txt"])


def test_it_is_done_again_when_the_virtual_environment_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "PROJECT_FOLDER", str(tmp_path))
    monkeypatch.setattr(install, "STAMPS", str(tmp_path / "stamps"))
    monkeypatch.setattr(install, "VENV_PYTHON", str(tmp_path / "python"))
    install.note_done("packages", [])
    assert not install.is_done("packages", [])
