"""LocalStack, read from its health page; here a stub on loopback answers it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from rich.console import Console

from comparison.guard import guard
from comparison.targets import Target, TargetError, load_target
from comparison.versions import identify
from deployment.cdk import Cdk
from deployment.deployment import DeploymentOptions, cdk_for, deployable
from stacks.naming import Stack
from unit_tests.deployment.conftest import Elsewhere, Serve

BASIC = [
    "apigateway", "cloudformation", "dynamodb", "ec2", "events", "iam", "lambda", "logs", "s3",
    "sns", "sqs", "ssm", "sts",
]  # fmt: skip
IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Account>000000000000</Account></GetCallerIdentityResult>
</GetCallerIdentityResponse>"""


def health(*services: str, **states: str) -> dict[str, Any]:
    """What LocalStack answers at /_localstack/health."""
    return {
        "services": dict.fromkeys(services, "available") | states,
        "edition": "community",
        "version": "4.14.0",
    }


def localstack(endpoint: str) -> Target:
    return load_target("localstack", endpoint=endpoint)


def cdk(target: Target, tmp_path: Any) -> Cdk:
    return cdk_for(target, DeploymentOptions("anna"), tmp_path)


def test_its_version_is_told(serve: Serve) -> None:
    target = identify(localstack(serve({"/_localstack/health": health(*BASIC, "elbv2")})))
    assert target.version == "localstack 4.14.0"
    assert target.missing_stacks == frozenset()


def test_an_edition_without_elb_leaves_out_the_load_balancer_and_says_so(
    serve: Serve, console: Console, printed: Callable[[], str], tmp_path: Any
) -> None:
    target = localstack(serve({"/_localstack/health": health(*BASIC)}))
    assert deployable(cdk(target, tmp_path), console).without == {Stack.ALB}
    (line,) = printed().splitlines()
    assert line.startswith("The alb stack is left out: localstack 4.14.0 does not offer")


def test_a_service_that_is_switched_off_is_not_offered(serve: Serve) -> None:
    target = localstack(serve({"/_localstack/health": health(*BASIC, elbv2="disabled")}))
    assert identify(target).missing_stacks == {Stack.ALB}


def test_what_was_left_out_by_hand_stays_left_out(
    serve: Serve, console: Console, tmp_path: Any
) -> None:
    target = localstack(serve({"/_localstack/health": health(*BASIC)}))
    options = DeploymentOptions("anna", without=frozenset({Stack.POLLING}))
    left_out = deployable(cdk_for(target, options, tmp_path), console).without
    assert left_out == {Stack.ALB, Stack.POLLING}


def test_without_what_every_stack_needs_it_is_refused(serve: Serve) -> None:
    target = localstack(serve({"/_localstack/health": health("s3", "sqs")}))
    with pytest.raises(TargetError, match=r"LocalStack 4\.14\.0 .* does not offer .*lambda"):
        identify(target)


def test_another_emulator_is_not_taken_for_it(serve: Serve) -> None:
    pages = {"/_ministack/health": health(), "/_localstack/health": health()}
    with pytest.raises(TargetError, match=r"MiniStack 4\.14\.0 .* answers at .*is LocalStack"):
        identify(localstack(serve(pages)))


def test_what_has_no_health_page_is_not_taken_for_it(serve: Serve) -> None:
    with pytest.raises(TargetError, match="nothing answers its health page"):
        identify(localstack(serve({})))


@pytest.mark.parametrize(
    "pages",
    [
        {"/_localstack/health": health(*BASIC)},
        {"*": health(*BASIC)},
        {"/_localstack/health": health(*BASIC), "POST": "<html>Welcome</html>"},
        {"/_localstack/health": health(*BASIC), "POST": ""},
    ],
    ids=["404 elsewhere", "the same everywhere", "a web page elsewhere", "empty elsewhere"],
)
def test_a_health_page_and_nothing_else_is_refused_in_one_line(
    serve: Serve, pages: Mapping[str, Any]
) -> None:
    with pytest.raises(TargetError) as refusal:
        guard(localstack(serve(pages)))
    told = str(refusal.value)
    assert "answers its health page" in told
    assert "but not AWS's API" in told
    assert "\n" not in told


def test_nothing_at_all_is_told_with_how_to_start_it() -> None:
    with pytest.raises(TargetError, match=r"nothing answers at .*: docs/localstack\.md says how"):
        guard(localstack("http://127.0.0.1:1"))


def test_who_speaks_aws_passes(serve: Serve) -> None:
    pages = {"/_localstack/health": health(*BASIC), "POST": IDENTITY}
    assert guard(localstack(serve(pages))) == "000000000000"


def test_a_health_page_that_sends_elsewhere_is_none(serve: Serve) -> None:
    elsewhere = Elsewhere(serve({"/_localstack/health": health(*BASIC)}) + "/_localstack/health")
    with pytest.raises(TargetError, match="nothing answers its health page"):
        identify(localstack(serve({"/_localstack/health": elsewhere})))


def test_its_address_for_a_rest_api_is_the_documented_one() -> None:
    host = load_target("localstack").api_gateway_host.format(api="abc", region="us-east-1")
    assert host == "abc.execute-api.localhost.localstack.cloud:4566"
