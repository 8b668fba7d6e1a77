"""The runtime's own folder: what a Python function finds on AWS without bringing it along.

AWS's managed Python runtimes hold the runtime interface client and boto3 with what boto3 needs,
and nothing else. The folder holds links to these packages of the emulator's own Python, so that a
function cannot import what would be missing on AWS.
"""

from importlib.machinery import PathFinder
from pathlib import Path

from emulator.engine.invocation import Function

RUNTIME_INTERFACE_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
AWS_SDK = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


class CannotRunFunction(Exception):
    """The function cannot run here. The message is one line for the user: what and why."""


def create_runtime_folder(folder: Path) -> None:
    """Fill a new folder with links. Raises CannotRunFunction if the client is not installed."""
    check_runtime_client()
    folder.mkdir()
    for package in filter(None, map(_find, RUNTIME_INTERFACE_CLIENT + AWS_SDK)):
        (folder / package.name).symlink_to(package)


def check_runtime_client() -> None:
    """Raise CannotRunFunction unless the runtime interface client is installed."""
    for name in RUNTIME_INTERFACE_CLIENT:
        if _find(name) is None:
            raise CannotRunFunction(
                f"functions cannot run: the Python package {name} of AWS's runtime interface "
                "client (awslambdaric) is missing; it is built for Linux on x86-64 and arm64 only"
            )


def check_runtime(function: Function) -> None:
    """Raise CannotRunFunction unless the function is written in Python."""
    if not function.runtime.startswith("python"):
        raise CannotRunFunction(
            f"function {function.name} cannot run: its runtime is {function.runtime or 'unknown'}, "
            "and the emulator runs Python functions only"
        )


def _find(name: str) -> Path | None:
    """Return the folder or file of a package or module that is installed here."""
    spec = PathFinder.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin
