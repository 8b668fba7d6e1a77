"""Accounts and regions: MiniStack keeps its resources apart by the scope of a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ministack.core import responses

from emulator.ministack.seams import Seam

_MODULE = "ministack.core.responses"
SEAMS = (
    Seam(_MODULE, "request_scope", "(account_id, region)"),
    Seam(_MODULE, "get_account_id", "()"),
    Seam(_MODULE, "get_region", "()"),
)


@dataclass(frozen=True)
class Scope:
    """An account and a region."""

    account: str
    region: str


def of_arn(arn: str) -> Scope:
    """Return the scope that an ARN names. Raises ValueError for what is no ARN."""
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004 - the parts of an ARN
        raise ValueError(f"{arn!r} is not an ARN")
    return Scope(account=parts[4], region=parts[3])


def current() -> Scope:
    """Return the scope of the request that is being handled."""
    return Scope(responses.get_account_id(), responses.get_region())


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Handle what follows in this scope."""
    with responses.request_scope(scope.account, scope.region):
        yield
