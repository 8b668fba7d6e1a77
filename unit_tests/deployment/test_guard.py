"""The guard: nothing reaches an account that is not the sandbox, whichever command is given."""

import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.httpsession import URLLib3Session

import comparison.command_line
import deployment.command_line
import deployment.options
from comparison.targets import (
    TARGETS_FILE,
    TargetError,
    configured_region,
    is_loopback,
    load_target,
    target_environment,
)

SANDBOX, STRANGER = "111111111111", "222222222222"

Command = Callable[[], int]


class Sent(list[str]):
    """The requests that were sent: service host and action."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, shell: None) -> Sent:
    """Let STS answer the stranger's account to whatever is sent, and let no program start."""
    requests = Sent()

    def send(_: URLLib3Session, request: Any) -> AWSResponse:
        requests.append(f"{request.url} {request.body!r}")
        body = (
            "<GetCallerIdentityResponse><GetCallerIdentityResult>"
            f"<Account>{STRANGER}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        return AWSResponse(request.url, 200, cast("Any", HeadersDict()), Raw(body.encode()))

    def start(*_: Any, **__: Any) -> None:
        pytest.fail("a program was started")

    monkeypatch.setattr(URLLib3Session, "send", send)
    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("SANDBOX_ACCOUNT_ID", SANDBOX)
    return requests


class Raw:
    """The body of a response."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self._body

    def read(self, *_: Any) -> bytes:
        return self._body


def run(command: str) -> int:
    return deployment.command_line.main([command, "--target", "aws", "--stage", "anna"])


def compare() -> int:
    return comparison.command_line.main(["--target", "aws", "--stage", "anna"])


COMMANDS: Mapping[str, Command] = {
    **{name.value: partial(run, name.value) for name in deployment.options.Command},
    "comparison": compare,
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_strange_account_is_asked_who_it_is_and_nothing_else(
    command: Command, sent: Sent, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command() == 2
    (request,) = sent
    assert request.startswith("https://sts.")
    assert "GetCallerIdentity" in request
    captured = capfd.readouterr()
    assert (
        f"belong to account {STRANGER}, not to the sandbox account" in captured.err + captured.out
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_without_a_named_account_nothing_is_asked_at_all(
    command: Command,
    sent: Sent,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("SANDBOX_ACCOUNT_ID")
    assert command() == 2
    assert "needs SANDBOX_ACCOUNT_ID=<account id>" in "".join(capfd.readouterr())
    assert sent == []


def test_what_is_no_account_id_is_refused(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_ACCOUNT_ID", "sandbox")
    assert run("deploy") == 2
    assert sent == []


def test_an_endpoint_elsewhere_is_refused_unless_it_is_named(tmp_path: Any) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(TARGETS_FILE.read_text().replace("127.0.0.1", "emulator.example"))
    with pytest.raises(TargetError, match="is not on this machine: if it is meant, give it with"):
        load_target("local", file=file)
    named = load_target("local", endpoint="http://emulator.example:4566", file=file)
    assert named.endpoint == "http://emulator.example:4566"


@pytest.mark.parametrize(
    ("endpoint", "own"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://[::1]:4566", True),
        ("http://localhost:4566", True),
        ("http://localhost.example:4566", False),
        ("http://10.0.0.1:4566", False),
        ("http://0.0.0.0:4566", False),
    ],
)
def test_which_endpoints_are_on_this_machine(endpoint: str, own: bool) -> None:
    assert is_loopback(endpoint) is own


def test_an_endpoint_left_behind_in_the_shell_does_not_receive_what_is_for_aws() -> None:
    shell = {"AWS_ENDPOINT_URL": "http://stranger.example", "AWS_ENDPOINT_URL_STS": "http://x"}
    environment = target_environment(load_target("aws"), shell)
    assert not [name for name in environment if name.startswith("AWS_ENDPOINT_URL")]
    assert environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "true"


def test_the_region_that_is_asked_for_wins_over_the_shells() -> None:
    shell = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    environment = target_environment(load_target("aws", region="eu-west-1"), shell)
    assert (environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]) == ("eu-west-1",) * 2


def test_a_region_is_read_from_the_shell_as_the_sdks_do() -> None:
    assert configured_region({"AWS_DEFAULT_REGION": "eu-west-1"}) == "eu-west-1"
    assert configured_region({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}) == "a"
    assert configured_region({}) is None
