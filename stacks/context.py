"""The CDK context this app understands, read and checked in one place."""

import getpass
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stacks.naming import Stack

_STAGE = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:policy/[\w+=,.@/-]+")
_QUALIFIER = re.compile(r"[a-z0-9]{1,10}")
_DEFAULT_STAGE = "demo"


class InvalidContextError(ValueError):
    """A context value that cannot be used; the message says which one and what would be valid."""


class Architecture(StrEnum):
    """Instruction sets Lambda offers."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a deployment is told with `cdk deploy --context key=value`."""

    stage: str
    architecture: Architecture
    allowed_cidr: str | None
    """IPv4 network that may reach the load balancer. None: nobody may."""
    permissions_boundary: str | None
    qualifier: str | None
    without: frozenset[Stack]
    expires: date | None


def read_context(lookup: Callable[[str], object]) -> Context:
    """Read and check the context.

    lookup: answers a key's value, or None where the key is not set.
    Raises InvalidContextError for the first value that cannot be used.
    """

    def text(key: str) -> str | None:
        value = lookup(key)
        return None if value is None else str(value).strip()

    return Context(
        stage=_stage(text("stage")),
        architecture=_architecture(text("architecture")),
        allowed_cidr=_allowed_cidr(text("allowed_cidr")),
        permissions_boundary=_permissions_boundary(text("permissions_boundary")),
        qualifier=_qualifier(text("qualifier")),
        without=_without(text("without")),
        expires=_expires(text("expires")),
    )


def _stage(value: str | None) -> str:
    if value is None:
        return _stage_of_user()
    if not _STAGE.fullmatch(value):
        raise InvalidContextError(
            f"stage {value!r} must be 1 to 20 of a-z, 0-9 and '-', beginning with a letter "
            "and not ending with '-'"
        )
    return value


def _stage_of_user() -> str:
    """Stage named after the user, so that two people can share one account."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        return _DEFAULT_STAGE
    name = re.sub(r"[^a-z0-9]+", "-", user.lower()).lstrip("-0123456789")[:20].rstrip("-")
    return name or _DEFAULT_STAGE


def _architecture(value: str | None) -> Architecture:
    if value is None:
        return Architecture.ARM64
    try:
        return Architecture(value)
    except ValueError:
        choices = ", ".join(Architecture)
        raise InvalidContextError(f"architecture {value!r} must be one of: {choices}") from None


def _allowed_cidr(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise InvalidContextError(f"allowed_cidr is not a network: {error}") from None
    if network.prefixlen == 0:
        raise InvalidContextError(
            f"allowed_cidr {value!r} would let in the whole Internet: give your own address, "
            "for example 203.0.113.7/32"
        )
    if network.version != 4:  # noqa: PLR2004 (the version of IP, not a count)
        raise InvalidContextError(
            f"allowed_cidr {value!r} is IPv6, but the load balancer has IPv4 addresses only"
        )
    return str(network)


def _permissions_boundary(value: str | None) -> str | None:
    if value is not None and not _POLICY_ARN.fullmatch(value):
        raise InvalidContextError(
            f"permissions_boundary {value!r} must be the ARN of an IAM policy, "
            "for example arn:aws:iam::123456789012:policy/boundary"
        )
    return value


def _qualifier(value: str | None) -> str | None:
    if value is not None and not _QUALIFIER.fullmatch(value):
        raise InvalidContextError(f"qualifier {value!r} must be 1 to 10 of a-z and 0-9")
    return value


def _without(value: str | None) -> frozenset[Stack]:
    choices = [stack for stack in Stack if stack is not Stack.FUNCTION]
    names = [name.strip() for name in (value or "").split(",") if name.strip()]
    for name in names:
        if name == Stack.FUNCTION:
            raise InvalidContextError("without cannot name 'function': all other stacks need it")
        if name not in choices:
            raise InvalidContextError(
                f"without names an unknown stack {name!r}; stacks that can be left out: "
                + ", ".join(choices)
            )
    return frozenset(Stack(name) for name in names)


def _expires(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidContextError(f"expires {value!r} must be a date such as 2027-01-31") from None
