"""Bad usage of the comparison: exit code 2 and one line with what would be valid."""

import socket
from collections.abc import Sequence

import pytest

from comparison.command_line import REFUSED, main, parse


def told(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    assert main(arguments) == REFUSED
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--target", "moon"], "unknown target 'moon'; choose from: local, aws, localstack"),
        (["--path", "fax"], "unknown path 'fax'; choose from: sdk-sync, cli-sync"),
        (["--scenario", "party"], "unknown scenario 'party'; choose from: answer, slow"),
        (["--stage", "Not A Stage"], "stage 'Not A Stage' must be"),
        (["--endpoint", "nowhere"], "'nowhere' is no endpoint"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert line in told(capsys, arguments)


def test_an_endpoint_that_does_not_answer_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/bin"})
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        line = told(capsys, ["--target", "local", "--endpoint", endpoint])
    assert endpoint in line
    assert "check that the target is running" in line


def test_help_says_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "Exit code 0" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "printed"), [([], True), (["--no-matrix"], False)])
def test_the_matrix_is_printed_unless_it_is_not_wanted(arguments: list[str], printed: bool) -> None:
    assert parse(arguments).matrix is printed
