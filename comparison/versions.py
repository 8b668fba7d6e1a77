"""Which version of a target answers, and what it offers, by its own health page."""

import json
import urllib.request
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from comparison.targets import Target, TargetError
from stacks.naming import Stack

HEALTH_PAGES = (
    ("/_emulator", None),
    ("/_ministack/health", "MiniStack"),
    ("/_localstack/health", "LocalStack"),
)
"""Where the emulator of this project, MiniStack and LocalStack say who they are, and who answers.

In this order: MiniStack also answers the page of LocalStack.
"""

OFFERED = frozenset({"available", "running", "starting"})
"""States of a service on LocalStack's health page in which it can be used."""
PATIENCE = 5
"""Seconds that a health page may take."""


@dataclass(frozen=True)
class Health:
    """What a health page says; services has the state of each service by its name.

    Only the emulator of this project says its speed and its memory.
    """

    product: str | None
    version: str
    edition: str | None
    services: Mapping[str, str]
    speed: int | None
    peak_memory_kib: int | None

    def offers(self, services: Collection[str]) -> bool:
        """Whether all of these services can be used."""
        return all(self.services.get(service) in OFFERED for service in services)

    def __str__(self) -> str:
        edition = f" ({self.edition})" if self.edition else ""
        return f"{self.product or 'the emulator'} {self.version}{edition}"


def identify(target: Target) -> Target:
    """Return the target with the version that answers, its pace, and without what it lacks.

    Raises TargetError when a product must answer and another does, or when it lacks what every
    stack needs.
    """
    if target.endpoint is None:
        return replace(target, version="AWS")
    health = read_health(target.endpoint)
    _check_product(target, health)
    if health is None:
        return replace(target, version="of unknown version")
    missing = {stack for stack, needs in target.services.items() if not health.offers(needs)}
    if Stack.FUNCTION in missing:
        needed = ", ".join(
            sorted(name for name in target.services[Stack.FUNCTION] if not health.offers({name}))
        )
        raise TargetError(f"{health} at {target.endpoint} does not offer {needed}")
    return replace(
        target,
        version=f"{target.name} {health.version}",
        factor=health.speed or target.factor,
        missing_stacks=target.missing_stacks | missing,
    )


def read_health(endpoint: str) -> Health | None:
    """Return what the emulator at an endpoint says of itself, None when nothing there does."""
    for page, product in HEALTH_PAGES:
        answer = _ask(endpoint + page)
        if answer is not None:
            services = answer.get("services")
            return Health(
                product=str(answer["name"]) if "name" in answer else product,
                version=str(answer.get("version", "of unknown version")),
                edition=answer.get("edition"),
                services=services if isinstance(services, dict) else {},
                speed=answer.get("speed"),
                peak_memory_kib=answer.get("peak_memory_kib"),
            )
    return None


def _check_product(target: Target, health: Health | None) -> None:
    if target.product is None or (health is not None and health.product == target.product):
        return
    answers = f"{health} answers" if health else "nothing answers its health page"
    raise TargetError(
        f"{answers} at {target.endpoint}, but target {target.name} is {target.product}: "
        "give its address with --endpoint, or choose another --target"
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A health page that sends elsewhere is none: nothing may leave the endpoint."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow no redirect."""


def _ask(url: str) -> dict[str, Any] | None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(url, timeout=PATIENCE) as response:  # the endpoint is checked
            answer = json.loads(response.read())
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None
