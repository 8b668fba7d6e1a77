"""The seams: every name of MiniStack that the emulator replaces or relies on, checked at start.

MiniStack's modules call each other through module attributes, so assigning a new function to one
reaches every caller. The names are not an interface MiniStack promises to keep. Therefore its
version is pinned, and a name that is gone or has another signature stops the emulator with one
line that says which, instead of a difference nobody notices.
"""

import importlib
import importlib.metadata
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

MINISTACK_VERSION = "1.5.33"


class SeamChanged(Exception):
    """MiniStack is not what the emulator was written for; the text names the difference."""


@dataclass(frozen=True)
class Seam:
    """A name in a module: a function with this signature, or a value when signature is None.

    The signature is written without annotations, for example `(func, event)`.
    """

    module: str
    name: str
    signature: str | None = None

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def check_version(installed: Callable[[str], str] = importlib.metadata.version) -> None:
    """Raise SeamChanged unless the installed MiniStack is the one the seams were read from."""
    version = installed("ministack")
    if version != MINISTACK_VERSION:
        raise SeamChanged(
            f"MiniStack {version} is installed, but the emulator is written for "
            f"{MINISTACK_VERSION}: install ministack=={MINISTACK_VERSION}"
        )


def check(seams: Iterable[Seam], load: Callable[[str], object] = importlib.import_module) -> None:
    """Raise SeamChanged, naming the seam, when one is missing or has another signature."""
    for seam in seams:
        module = load(seam.module)
        if not hasattr(module, seam.name):
            raise SeamChanged(f"{seam} is missing in the installed MiniStack")
        if seam.signature is None:
            continue
        found = _signature(getattr(module, seam.name))
        if found != seam.signature:
            raise SeamChanged(
                f"{seam} has changed in the installed MiniStack: "
                f"expected {seam.signature}, found {found}"
            )


def replace(seam: Seam, replacement: Callable[..., Any]) -> None:
    """Put replacement in the seam's place."""
    setattr(importlib.import_module(seam.module), seam.name, replacement)


def wrap(seam: Seam, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put wrapper(what is there) in the seam's place."""
    module = importlib.import_module(seam.module)
    setattr(module, seam.name, wrapper(getattr(module, seam.name)))


def _signature(value: object) -> str:
    if not callable(value):
        return "no function"
    signature = inspect.signature(value)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
