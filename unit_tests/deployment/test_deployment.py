"""Deploying and destroying: what is left out, what is told, and what a failure leaves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from comparison.targets import Target, load_target
from deployment import deployment, destruction
from deployment.cdk import Cdk, CdkFailed
from deployment.deployment import (
    DeploymentOptions,
    bootstrap,
    cdk_for,
    deploy,
    deployable,
    destroy,
    tell_expired,
)
from deployment.leftovers import Leftovers, SomethingLeft
from deployment.stages import DeployedStack
from stacks.naming import PROJECT, Stack, stack_name

ACCOUNT = "000000000000"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Do nothing and note what would have been done, in order."""
    done: list[str] = []

    def note(what: str) -> Callable[..., None]:
        return lambda *_: done.append(what)

    def guarded(target: Target) -> str:
        done.append("guard")
        return ACCOUNT

    @contextmanager
    def bootstrapping(_: Cdk, account: str) -> Iterator[None]:
        assert account == ACCOUNT
        done.append("cdk bootstrap")
        yield

    monkeypatch.setattr(Cdk, "bootstrapping", bootstrapping)
    monkeypatch.setattr(deployment, "guard", guarded)
    monkeypatch.setattr(destruction, "guard", guarded)
    monkeypatch.setattr(deployment, "list_stacks", lambda _: [])
    monkeypatch.setattr(deployment, "wait_until_usable", note("wait until usable"))
    monkeypatch.setattr(destruction, "empty_bucket", note("empty the bucket"))
    monkeypatch.setattr(Cdk, "_run", lambda _, arguments: done.append(f"cdk {arguments[0]}"))
    return done


def stacks_are(
    monkeypatch: pytest.MonkeyPatch, *answers: list[DeployedStack], resource: str = "one"
) -> None:
    """Let CloudFormation answer these stacks, one answer after the other, the last for ever."""
    remaining = chain(answers, repeat(answers[-1]))
    monkeypatch.setattr(destruction, "list_stacks", lambda _: next(remaining))
    monkeypatch.setattr(destruction, "physical_ids", lambda *_: [resource])


def nothing_left(monkeypatch: pytest.MonkeyPatch, *not_listed: str) -> None:
    monkeypatch.setattr(destruction, "prove_nothing_left", lambda *_: Leftovers((), not_listed))


def stack(status: str = "CREATE_COMPLETE") -> DeployedStack:
    return DeployedStack(stack_name("anna", Stack.FUNCTION), status, {}, {}, {})


@pytest.fixture
def cdk(target: Target, tmp_path: Path) -> Cdk:
    return cdk_for(target, DeploymentOptions("anna"), tmp_path)


def cdk_on_aws(tmp_path: Path, **options: Any) -> Cdk:
    return cdk_for(load_target("aws"), DeploymentOptions("anna", **options), tmp_path)


def test_without_a_network_the_load_balancer_is_left_out_on_aws(
    tmp_path: Path, console: Console, printed: Callable[[], str]
) -> None:
    assert deployable(cdk_on_aws(tmp_path), console).without == {Stack.ALB}
    (line,) = printed().splitlines()
    assert "ALLOWED_CIDR=" in line
    assert "costs" in line


def test_with_a_network_the_load_balancer_is_deployed(
    tmp_path: Path, console: Console, printed: Callable[[], str]
) -> None:
    cdk = cdk_on_aws(tmp_path, allowed_cidr="203.0.113.7/32")
    assert deployable(cdk, console).without == frozenset()
    assert printed() == ""


def test_who_leaves_it_out_is_told_nothing(
    tmp_path: Path, console: Console, printed: Callable[[], str]
) -> None:
    cdk = cdk_on_aws(tmp_path, without=frozenset({Stack.ALB}))
    assert deployable(cdk, console).without == {Stack.ALB}
    assert printed() == ""


def test_a_stage_in_a_sandbox_account_expires_after_a_day(tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert cdk_on_aws(tmp_path).context["expires"] == tomorrow.isoformat()
    given = cdk_on_aws(tmp_path, expires=date(2027, 1, 31))
    assert given.context["expires"] == "2027-01-31"


def test_what_accounts_differ_in_is_handed_to_the_app(tmp_path: Path) -> None:
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    cdk = cdk_on_aws(tmp_path, permissions_boundary=boundary, qualifier="abc")
    assert cdk.context["permissions_boundary"] == boundary
    assert cdk.context["qualifier"] == "abc"


def test_the_guard_comes_first_and_every_path_can_be_used_in_the_end(
    cdk: Cdk, console: Console, done: list[str]
) -> None:
    deploy(cdk, console)
    assert done == ["guard", "cdk bootstrap", "cdk synth", "cdk deploy", "wait until usable"]


def test_a_real_account_is_bootstrapped_only_when_that_is_asked_for(
    console: Console, done: list[str], tmp_path: Path, printed: Callable[[], str]
) -> None:
    deploy(cdk_on_aws(tmp_path), console)
    assert "cdk bootstrap" not in done
    assert "Stage anna in account 000000000000, region us-east-1:" in printed()
    done.clear()
    bootstrap(cdk_on_aws(tmp_path), console)
    assert done == ["guard", "cdk bootstrap"]


def test_a_forgotten_stage_is_told_with_the_command_that_removes_it(
    console: Console, printed: Callable[[], str]
) -> None:
    tags = {"project": PROJECT, "stage": "bob", "expires": "2026-01-31"}
    forgotten = DeployedStack("one", "CREATE_COMPLETE", tags, {}, {})
    tell_expired([forgotten, forgotten], load_target("aws", region="eu-west-1"), console)
    (line,) = printed().splitlines()
    assert line.startswith("Stage bob expired on 2026-01-31")
    assert line.endswith("make destroy TARGET=aws REGION=eu-west-1 STAGE=bob")


def test_destroying_empties_the_bucket_first_and_proves_itself_last(
    cdk: Cdk,
    console: Console,
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], str],
) -> None:
    stacks_are(monkeypatch, [stack()])
    nothing_left(monkeypatch)
    destroy(cdk.leaving_out({Stack.ALB}), console)
    assert done == ["guard", "cdk synth", "empty the bucket", "cdk destroy"]
    assert printed().endswith("Nothing is left of stage anna.\n")


def test_destroying_synthesizes_every_stack_whatever_was_left_out(cdk: Cdk) -> None:
    assert cdk.leaving_out({Stack.ALB, Stack.POLLING}).with_every_stack().without == frozenset()


def test_when_nothing_is_deployed_nothing_is_run(
    cdk: Cdk,
    console: Console,
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], str],
) -> None:
    stacks_are(monkeypatch, [])
    nothing_left(monkeypatch)
    destroy(cdk, console)
    assert done == ["guard"]
    assert printed().endswith("Nothing is deployed in stage anna.\n")


def test_an_interrupted_deploy_is_waited_for_before_it_is_destroyed(
    cdk: Cdk,
    console: Console,
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], str],
) -> None:
    monkeypatch.setattr(destruction, "LOOK_EVERY", 0.0)
    changing, failed = [stack("CREATE_IN_PROGRESS")], [stack("ROLLBACK_COMPLETE")]
    stacks_are(monkeypatch, changing, changing, failed)
    nothing_left(monkeypatch)
    destroy(cdk, console)
    name = stack_name("anna", Stack.FUNCTION)
    assert f"Waiting for CloudFormation to finish with {name} (CREATE_IN_PROGRESS)" in printed()
    assert done[-1] == "cdk destroy"


def test_what_never_settles_is_told(
    cdk: Cdk, console: Console, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destruction, "CHANGING_FOR", 0.0)
    stacks_are(monkeypatch, [stack("DELETE_IN_PROGRESS")])
    with pytest.raises(CdkFailed, match="CloudFormation does not finish"):
        destroy(cdk, console)


def left(*_: Any) -> None:
    raise SomethingLeft("stack one (DELETE_FAILED)")


def test_what_is_left_is_told_with_the_failure_and_the_command(
    cdk: Cdk, console: Console, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks_are(monkeypatch, [stack("DELETE_FAILED")])
    monkeypatch.setattr(destruction, "prove_nothing_left", left)

    def fail(_: Cdk) -> None:
        raise CdkFailed("cdk destroy failed: subnet has dependencies")

    monkeypatch.setattr(Cdk, "destroy", fail)
    with pytest.raises(SomethingLeft) as told:
        destroy(cdk, console)
    assert str(told.value).splitlines() == [
        "cdk destroy failed: subnet has dependencies",
        "Of stage anna is left:",
        "stack one (DELETE_FAILED)",
        "To try again: make destroy TARGET=local ENDPOINT=http://127.0.0.1:1 STAGE=anna",
    ]


def test_log_groups_that_lambda_would_make_are_looked_for(
    cdk: Cdk, console: Console, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks_are(monkeypatch, [stack()], resource="function-name")
    asked: list[Any] = []

    def prove(*arguments: Any) -> Leftovers:
        asked.extend(arguments)
        return Leftovers(())

    monkeypatch.setattr(destruction, "prove_nothing_left", prove)
    destroy(cdk, console)
    assert asked[2] == ["/aws/lambda/function-name"]


def test_what_a_target_does_not_list_is_told(
    cdk: Cdk,
    console: Console,
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], str],
) -> None:
    stacks_are(monkeypatch, [])
    nothing_left(monkeypatch, "resources by tag (unknown operation)")
    destroy(cdk, console)
    assert "Not proven, because the target does not list them: resources by tag" in printed()
