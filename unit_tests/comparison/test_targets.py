"""The guard: which target, which account, and that no request leaves the endpoint."""

import pytest

from comparison.targets import (
    TargetError,
    check_account,
    load_target,
    refuse_strangers,
    target_environment,
)

USERS_SHELL = {
    "HOME": "/home/somebody",
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_SQS": "http://stranger.example",
    "HTTPS_PROXY": "http://stranger.example",
    "SECRET_OF_ANOTHER_PROGRAM": "real",
}


def test_an_unknown_target_is_refused_with_the_valid_choices() -> None:
    with pytest.raises(TargetError, match=r"unknown target 'moon'; choose from: local, aws"):
        load_target("moon")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4566", "ftp://127.0.0.1", "http://", "http://a:b"])
def test_what_is_no_url_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(TargetError, match="is no endpoint"):
        load_target("local", endpoint=endpoint)


def test_aws_takes_no_endpoint() -> None:
    with pytest.raises(TargetError, match="takes no --endpoint"):
        load_target("aws", endpoint="http://127.0.0.1:4566")


def test_nothing_of_the_users_aws_configuration_reaches_a_local_target() -> None:
    environment = target_environment(load_target("local"), USERS_SHELL)
    assert "real" not in environment.values()
    assert "AWS_PROFILE" not in environment
    assert "HTTPS_PROXY" not in environment
    assert "AWS_ENDPOINT_URL_SQS" not in environment
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert environment["HOME"] == "/home/somebody"


def test_for_aws_the_users_own_configuration_stands() -> None:
    environment = target_environment(load_target("aws", region="eu-west-1"), USERS_SHELL)
    assert environment["AWS_PROFILE"] == "production"
    assert environment["AWS_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.us-east-1.amazonaws.com/",
        "http://127.0.0.1:4567/",
        "https://127.0.0.1:4566/",
        "http://bucket.127.0.0.1:4566/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_request_that_leaves_the_endpoint_is_stopped(url: str) -> None:
    with pytest.raises(TargetError, match="was stopped"):
        refuse_strangers(load_target("local"), url)


def test_a_request_to_the_endpoint_passes() -> None:
    refuse_strangers(load_target("local"), "http://127.0.0.1:4566/000000000000/queue?x=1")


def test_aws_is_refused_without_a_named_sandbox_account() -> None:
    with pytest.raises(TargetError, match="needs SANDBOX_ACCOUNT_ID"):
        check_account(load_target("aws"), "111111111111", {})


def test_an_account_that_is_not_the_sandbox_is_refused() -> None:
    named = {"SANDBOX_ACCOUNT_ID": "222222222222"}
    with pytest.raises(TargetError, match="belong to account 111111111111"):
        check_account(load_target("aws"), "111111111111", named)


def test_the_named_sandbox_account_is_accepted() -> None:
    named = {"SANDBOX_ACCOUNT_ID": "222222222222"}
    check_account(load_target("aws"), "222222222222", named)


def test_an_emulated_account_needs_no_name() -> None:
    check_account(load_target("local"), "000000000000", {})
