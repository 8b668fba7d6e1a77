import getpass
from datetime import date

import pytest

from stacks.context import Architecture, InvalidContextError, read_context
from stacks.naming import Stack

NOTHING: dict[str, str] = {}


def test_without_context_everything_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")

    context = read_context(NOTHING.get)

    assert context.stage == "anna"
    assert context.architecture is Architecture.ARM64
    assert context.allowed_cidr is None
    assert context.permissions_boundary is None
    assert context.qualifier is None
    assert context.without == frozenset()
    assert context.expires is None


@pytest.mark.parametrize(
    ("user", "stage"),
    [
        ("anna", "anna"),
        ("Anna.Maria", "anna-maria"),
        ("CORP\\anna", "corp-anna"),
        ("007bond", "bond"),
        ("_svc_", "svc"),
        ("a-user-name-longer-than-allowed", "a-user-name-longer-t"),
        ("nineteen-letters-ab.c", "nineteen-letters-ab"),
        ("日本", "demo"),
        ("", "demo"),
    ],
)
def test_the_stage_is_made_from_the_name_of_the_user(
    monkeypatch: pytest.MonkeyPatch, user: str, stage: str
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: user)

    assert read_context(NOTHING.get).stage == stage


@pytest.mark.parametrize("error", [KeyError, OSError, ImportError])
def test_the_stage_is_demo_where_the_user_has_no_name(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", fail)

    assert read_context(NOTHING.get).stage == "demo"


def test_context_is_read_into_types() -> None:
    given = {
        "stage": "pr-17",
        "architecture": "x86_64",
        "allowed_cidr": "203.0.113.7",
        "permissions_boundary": "arn:aws:iam::123456789012:policy/team/boundary",
        "qualifier": "team1",
        "without": "alb, polling",
        "expires": "2027-01-31",
    }

    context = read_context(given.get)

    assert context.stage == "pr-17"
    assert context.architecture is Architecture.X86_64
    assert context.allowed_cidr == "203.0.113.7/32"
    assert context.permissions_boundary == "arn:aws:iam::123456789012:policy/team/boundary"
    assert context.qualifier == "team1"
    assert context.without == {Stack.ALB, Stack.POLLING}
    assert context.expires == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("stage", "", "stage '' must be"),
        ("stage", "Anna", "stage 'Anna' must be"),
        ("stage", "1st", "stage '1st' must be"),
        ("stage", "anna-", "stage 'anna-' must be"),
        ("stage", "a" * 21, "must be 1 to 20"),
        ("stage", "anna\nmaria", "must be 1 to 20"),
        ("architecture", "arm", "must be one of: arm64, x86_64"),
        ("allowed_cidr", "", "allowed_cidr is not a network"),
        ("allowed_cidr", "everybody", "allowed_cidr is not a network"),
        ("allowed_cidr", "203.0.113.7/24", "has host bits set"),
        ("allowed_cidr", "0.0.0.0/0", "the whole Internet"),
        ("allowed_cidr", "::/0", "the whole Internet"),
        ("allowed_cidr", "2001:db8::/32", "IPv4 addresses only"),
        ("permissions_boundary", "boundary", "must be the ARN of an IAM policy"),
        ("qualifier", "Team-1", "qualifier 'Team-1' must be"),
        ("without", "function", "all other stacks need it"),
        ("without", "alb,elb", "unknown stack 'elb'"),
        ("expires", "tomorrow", "expires 'tomorrow' must be a date"),
        ("expires", "2027-02-30", "must be a date"),
    ],
)
def test_bad_context_is_refused_with_what_would_be_valid(
    key: str, value: str, message: str
) -> None:
    with pytest.raises(InvalidContextError) as error:
        read_context({"stage": "test", key: value}.get)

    assert message in str(error.value)
    assert "\n" not in str(error.value)
