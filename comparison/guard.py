"""The guard that every command passes before anything else is requested."""

import os
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from comparison.clients import AS_CALLER, Clients
from comparison.targets import Target, TargetError, check_account, sandbox_account
from comparison.versions import read_health

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

PROMPT = AS_CALLER.merge(
    Config(read_timeout=7, retries={"mode": "standard", "total_max_attempts": 2})
)
"""Whoever does not say, asked twice for 7 seconds, whose credentials these are is not there."""


def guard(target: Target) -> str:
    """Return the account that answers, after checking that it is the one that was named.

    STS GetCallerIdentity is the first request to a target; where the answer is not the sandbox
    account's, or no AWS answer at all, it is also the last. Raises TargetError.
    """
    sandbox_account(target, os.environ)
    try:
        account = sts_client(target).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError, KeyError, ResponseParserError) as error:
        raise TargetError(_no_identity(target, error)) from error
    check_account(target, account, os.environ)
    return account


def sts_client(target: Target) -> "STSClient":
    """Return the client of the first request, which fails soon."""
    session = Clients(target).session
    return session.client("sts", endpoint_url=target.endpoint, config=PROMPT)


def _no_identity(target: Target, error: Exception) -> str:
    """Say why nobody told an account, and what to do."""
    if target.endpoint is None:
        return (
            f"the credentials cannot be used: {error}; sign in to the sandbox account "
            "(AWS_PROFILE, `aws sso login`) and check this machine's clock"
        )
    if isinstance(error, EndpointConnectionError):
        return (
            f"nothing answers at {target.endpoint}; check that the target is running, or start "
            f"{target.description}: {target.start}"
        )
    health = read_health(target.endpoint)
    who = f"{health} answers" if health else "something answers"
    page = "its health page" if health else "requests"
    refusal = f": {error}" if isinstance(error, ClientError) else ""
    return (
        f"{who} {page} at {target.endpoint}, but not AWS's API (STS GetCallerIdentity{refusal}): "
        "give the address at which AWS requests are answered"
    )
