"""The command line: bad usage, and what is left and told however a command ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import comparison.command_line
from deployment import command_line
from deployment.cdk import CdkFailed
from deployment.command_line import main
from deployment.leftovers import SomethingLeft
from deployment.options import parse
from stacks.naming import Stack

ENDPOINT = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["party"],
            "unknown command 'party'; choose from: demo, deploy, destroy, doctor, bootstrap",
        ),
        (["demo", "--target", "moon"], "unknown target 'moon'; choose from: local"),
        (["demo", "--pace", "slow"], "unknown pace 'slow'; choose from: fast, real"),
        (["demo", "--without", "function"], "all other stacks need it"),
        (["demo", "--stage", "-"], "stage '-' must be"),
        (["demo", "--allowed-cidr", "0.0.0.0/0"], "would let in the whole Internet"),
        (["demo", "--expires", "soon"], "expires 'soon' must be a date"),
        (["demo", "--qualifier", "A-B"], "qualifier 'A-B' must be"),
        (["demo", "--permissions-boundary", "mine"], "permissions_boundary 'mine' must be"),
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


def test_everything_an_account_may_need_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_REGION", raising=False)
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    options = parse(
        [
            "deploy", "--target", "aws", "--stage", "anna", "--qualifier", "abc",
            "--permissions-boundary", boundary, "--without", "alb", "--", "--path", "sqs",
        ]
    )  # fmt: skip
    assert options.region == "eu-west-1"
    assert options.deployment.stage == "anna"
    assert options.deployment.qualifier == "abc"
    assert options.deployment.permissions_boundary == boundary
    assert options.deployment.without == {Stack.ALB}
    assert options.comparison == ("--path", "sqs")


Raise = BaseException | type[BaseException] | None


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, shell: None) -> Callable[..., list[str]]:
    """Replace what a demo does by notes; each step raises what it is told to."""

    def replaced(**failures: Raise) -> list[str]:
        done: list[str] = []

        def step(name: str) -> Callable[..., Any]:
            def note(*_: Any) -> int:
                done.append(name)
                failure = failures.get(name)
                if failure is not None:
                    raise failure
                return 0

            return note

        for name in ("guard", "deploy", "destroy"):
            monkeypatch.setattr(command_line, name, step(name))
        monkeypatch.setattr(comparison.command_line, "main", step("compare"))
        return done

    return replaced


def demo(*arguments: str) -> int:
    return main(["demo", "--endpoint", ENDPOINT, "--stage", "anna", *arguments])


def test_a_demo_leaves_nothing_behind(steps: Callable[..., list[str]]) -> None:
    done = steps()
    assert demo() == 0
    assert done == ["guard", "deploy", "compare", "destroy"]


def test_a_demo_that_cannot_deploy_removes_what_it_has_begun(
    steps: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    done = steps(deploy=CdkFailed("cdk deploy failed"))
    assert demo() == 2
    assert done == ["guard", "deploy", "destroy"]
    assert capsys.readouterr().err == "deployment: cdk deploy failed\n"


def test_an_interrupted_demo_removes_what_it_has_begun(
    steps: Callable[..., list[str]],
) -> None:
    done = steps(deploy=KeyboardInterrupt)
    assert demo() == 130
    assert done == ["guard", "deploy", "destroy"]


def test_who_interrupts_again_is_told_what_remains_to_be_done(
    steps: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    steps(deploy=KeyboardInterrupt, destroy=KeyboardInterrupt)
    assert demo() == 130
    (line,) = capsys.readouterr().err.splitlines()
    command = f"make destroy TARGET=local ENDPOINT={ENDPOINT} STAGE=anna"
    assert line.endswith(f"; to remove what is deployed: {command}")


def test_keep_leaves_the_stacks_and_tells_how_to_remove_them(
    steps: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    done = steps()
    assert demo("--keep") == 0
    assert done == ["guard", "deploy", "compare"]
    command = f"make destroy TARGET=local ENDPOINT={ENDPOINT} STAGE=anna"
    assert f"What is deployed is kept. To remove it: {command}" in capsys.readouterr().out


def test_a_demo_that_is_refused_undoes_nothing(steps: Callable[..., list[str]]) -> None:
    done = steps(guard=CdkFailed("refused"))
    assert demo() == 2
    assert done == ["guard"]


def test_what_is_left_fails_the_command(
    steps: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    steps(destroy=SomethingLeft("Of stage anna is left:\nstack one"))
    assert main(["destroy", "--endpoint", ENDPOINT, "--stage", "anna"]) == 1
    assert capsys.readouterr().err == "deployment: Of stage anna is left:\nstack one\n"


def test_a_deploy_that_fails_says_how_to_remove_what_there_is(
    steps: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    steps(deploy=CdkFailed("cdk deploy failed"))
    assert main(["deploy", "--endpoint", ENDPOINT, "--stage", "anna"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "deployment: cdk deploy failed; to remove what is deployed: make destroy"
    )


def test_an_emulator_of_its_own_ends_with_the_demo_and_needs_no_destroy(
    steps: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def running(**_: Any) -> Iterator[str]:
        yield ENDPOINT

    monkeypatch.setattr(command_line, "running_emulator", running)
    done = steps()
    assert main(["demo", "--stage", "anna"]) == 0
    assert done == ["guard", "deploy", "compare"]


def test_a_file_that_cannot_be_written_is_one_line(
    steps: Callable[..., list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    steps(deploy=PermissionError(13, "Permission denied", str(tmp_path / "cdk.log")))
    assert main(["deploy", "--endpoint", ENDPOINT, "--stage", "anna"]) == 2
    expected = f"deployment: {tmp_path / 'cdk.log'}: Permission denied\n"
    assert capsys.readouterr().err == expected
