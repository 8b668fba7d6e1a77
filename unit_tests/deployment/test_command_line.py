"""Bad usage of demo, deploy and destroy: exit code 2 and one line."""

import pytest

from deployment.command_line import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["party"], "unknown command 'party'; choose from: demo, deploy, destroy"),
        (["demo", "--target", "moon"], "unknown target 'moon'; choose from: local"),
        (["demo", "--pace", "slow"], "unknown pace 'slow'; choose from: fast, real"),
        (["demo", "--without", "function"], "all other stacks need it"),
        (["demo", "--stage", "-"], "stage '-' must be"),
        (["demo", "--allowed-cidr", "0.0.0.0/0"], "would let in the whole Internet"),
        (["deploy", "--endpoint", "nowhere"], "'nowhere' is no endpoint"),
        ([], "required: command"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert told in line
