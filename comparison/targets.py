"""Targets: where the stacks are deployed, and the guard that keeps every request there."""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from stacks.naming import Stack

TARGETS_FILE = FilePath(__file__).with_name("targets.toml")
DEFAULT_REGION = "us-east-1"
SANDBOX_ACCOUNT_VARIABLE = "SANDBOX_ACCOUNT_ID"
_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
KEPT_VARIABLES = (
    "HOME",
    "PATH",
    "LANG",
    "LC_ALL",
    "TERM",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "VIRTUAL_ENV",
)
"""Variables of the user's shell that programs started for a target other than AWS may see."""


class TargetError(Exception):
    """The target is unknown, refused or cannot be reached; the message is one line."""


class TargetName(StrEnum):
    """Where the stacks can be deployed."""

    LOCAL = "local"
    AWS = "aws"
    LOCALSTACK = "localstack"
    MINISTACK = "ministack"


@dataclass(frozen=True)
class Target:
    """One target and how to reach it.

    endpoint None means AWS's own endpoints. factor divides Lambda's own asynchronous waits.
    settling, propagation and applied_after are in seconds. product is the name that must answer at
    the endpoint, services what its health page must offer for a stack, start how to start it.
    version and pace say what was measured on.
    """

    name: TargetName
    description: str
    region: str
    endpoint: str | None
    api_gateway_host: str
    factor: int
    settling: float
    propagation: float
    slow_by_default: bool
    missing_stacks: frozenset[Stack]
    applied_after: float = 0.0
    product: str | None = None
    services: Mapping[Stack, frozenset[str]] = field(default_factory=dict)
    start: str = ""
    version: str = ""

    @property
    def pace(self) -> str:
        """`real` when Lambda's waits are AWS's own, else `fast`."""
        return "real" if self.factor == 1 else "fast"

    @property
    def is_aws(self) -> bool:
        """Whether requests leave for AWS."""
        return self.endpoint is None

    def real_seconds(self, seconds: float) -> float:
        """Convert seconds of Lambda's asynchronous waits on this target into seconds on AWS."""
        return seconds * self.factor

    def lambda_wait(self, seconds_on_aws: float) -> float:
        """Convert seconds of Lambda's asynchronous waits on AWS into seconds on this target."""
        return seconds_on_aws / self.factor


def load_target(
    name: str,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    factor: int | None = None,
    file: FilePath = TARGETS_FILE,
) -> Target:
    """Return a target from the file of targets, with what the command line overrides.

    Raises TargetError for an unknown name, for an endpoint that is no URL or is given to `aws`, and
    for one that is not on this machine and was not given.
    """
    table = tomllib.loads(file.read_text())
    if name not in table:
        raise TargetError(f"unknown target {name!r}; choose from: {', '.join(TargetName)}")
    row = table[name]
    target = Target(
        name=TargetName(name),
        description=row["description"],
        region=region or DEFAULT_REGION,
        endpoint=row.get("endpoint"),
        api_gateway_host=row["api_gateway_host"],
        factor=factor or row["factor"],
        settling=row["settling"],
        propagation=row["propagation"],
        slow_by_default=row["slow_by_default"],
        missing_stacks=frozenset(Stack(stack) for stack in row["missing_stacks"]),
        applied_after=row["applied_after"],
        product=row.get("product"),
        services={
            Stack(stack): frozenset(services) for stack, services in row.get("services", {}).items()
        },
        start=row.get("start", ""),
    )
    if endpoint is None:
        return _on_this_machine(target)
    if target.is_aws:
        raise TargetError("target aws takes no --endpoint: its requests go to AWS")
    return replace(target, endpoint=checked_endpoint(endpoint))


def _on_this_machine(target: Target) -> Target:
    """Return the target; raises TargetError when its own endpoint is not loopback."""
    if target.endpoint is None or is_loopback(target.endpoint):
        return target
    raise TargetError(
        f"the endpoint of target {target.name} is not on this machine: "
        f"if it is meant, give it with --endpoint {target.endpoint}"
    )


def is_loopback(endpoint: str) -> bool:
    """Whether an endpoint is on this machine, by its address or by the name `localhost`."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def configured_region(environment: Mapping[str, str]) -> str | None:
    """Return the region that the user's shell names, as the AWS SDKs read it."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")


def checked_endpoint(endpoint: str) -> str:
    """Return the endpoint without a trailing slash; raises TargetError when it is no URL."""
    parts = urlsplit(endpoint)
    try:
        port = parts.port
    except ValueError:
        port = None
        parts = parts._replace(scheme="")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise TargetError(
            f"{endpoint!r} is no endpoint; give a URL such as http://127.0.0.1:{port or 4566}"
        )
    return endpoint.rstrip("/")


def target_environment(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which programs run for a target.

    For AWS it is the user's own, with the target's region and without endpoints of an emulator
    that may have been left behind. For any other target nothing of the user's AWS configuration
    remains: no profile, session, shared file, metadata service or proxy can send a request
    anywhere but to the endpoint.
    """
    if target.endpoint is None:
        return _environment_for_aws(target, environment)
    kept = {name: environment[name] for name in KEPT_VARIABLES if name in environment}
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,
        "AWS_ENDPOINT_URL": target.endpoint,
        "AWS_ENDPOINT_URL_S3": target.endpoint,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        # The CDK CLI addresses a bucket by path, as the harness does: its host need not resolve.
        "CDK_S3_FORCE_PATH_STYLE": "1",
        "NO_PROXY": "*",
    }


def _environment_for_aws(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("AWS_ENDPOINT_URL")
    }
    return kept | {
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }


def sandbox_account(target: Target, environment: Mapping[str, str]) -> str | None:
    """Return the account that was named as the sandbox, None for a target other than AWS.

    Raises TargetError when none was named, or what was named is no account id.
    """
    if not target.is_aws:
        return None
    named = environment.get(SANDBOX_ACCOUNT_VARIABLE, "")
    if not named:
        raise TargetError(
            f"target aws needs {SANDBOX_ACCOUNT_VARIABLE}=<account id> in the environment: "
            "it runs in that account and in no other"
        )
    if not _ACCOUNT_ID.fullmatch(named):
        raise TargetError(
            f"{SANDBOX_ACCOUNT_VARIABLE}={named} is no account id: these have twelve digits"
        )
    return named


def check_account(target: Target, answered: str, environment: Mapping[str, str]) -> None:
    """Refuse an AWS account other than the one that was named as the sandbox.

    answered is the account id that STS answered. Raises TargetError.
    """
    expected = sandbox_account(target, environment)
    if expected is not None and answered != expected:
        raise TargetError(
            f"the credentials belong to account {answered}, not to the sandbox account "
            f"{expected} ({SANDBOX_ACCOUNT_VARIABLE}); nothing was changed"
        )


def refuse_strangers(target: Target, url: str) -> None:
    """Raise TargetError when a request is about to leave the endpoint of a target."""
    if target.endpoint is None:
        return
    wanted, actual = urlsplit(target.endpoint), urlsplit(url)
    if (wanted.scheme, wanted.netloc) != (actual.scheme, actual.netloc):
        raise TargetError(
            f"a request to {url} was stopped: target {target.name} is {target.endpoint}"
        )


def describe(target: Target) -> dict[str, Any]:
    """Return what `results.json` says about a target."""
    return {
        "name": target.name.value,
        "version": target.version,
        "pace": target.pace,
        "factor": target.factor,
        "region": target.region,
    }
