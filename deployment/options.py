"""What the command line of the deployment asks for."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from comparison.targets import TargetName, configured_region
from deployment.deployment import DeploymentOptions
from stacks.context import read_context

PACES = ("fast", "real")


class BadUsage(Exception):
    """The command line asks for what does not exist; the message is one line."""


class Command(StrEnum):
    """What can be done with a target."""

    DEMO = "demo"
    DEPLOY = "deploy"
    DESTROY = "destroy"
    DOCTOR = "doctor"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True)
class Options:
    """What the command line asks for; comparison holds the arguments of the comparison."""

    command: Command
    target: str
    endpoint: str | None
    region: str | None
    deployment: DeploymentOptions
    pace: str
    keep: bool
    out: Path
    comparison: tuple[str, ...]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; what follows `--` goes to the comparison.

    Raises BadUsage and InvalidContextError.
    """
    own, rest = _split(list(arguments))
    parsed = _parser().parse_args(own)
    if parsed.command not in list(Command):
        choices = ", ".join(Command)
        raise BadUsage(f"unknown command {parsed.command!r}; choose from: {choices}")
    if parsed.pace not in PACES:
        raise BadUsage(f"unknown pace {parsed.pace!r}; choose from: {', '.join(PACES)}")
    context = read_context(vars(parsed).get)
    return Options(
        command=Command(parsed.command),
        target=parsed.target,
        endpoint=parsed.endpoint,
        region=parsed.region,
        deployment=DeploymentOptions(
            stage=context.stage,
            allowed_cidr=context.allowed_cidr,
            without=context.without,
            permissions_boundary=context.permissions_boundary,
            qualifier=context.qualifier,
            expires=context.expires,
        ),
        pace=parsed.pace,
        keep=parsed.keep,
        out=Path(parsed.out).absolute(),
        comparison=tuple(rest),
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m deployment",
        description="Deploy the stacks, compare the paths, and remove everything again. Arguments "
        "after -- go to `python -m comparison`. Exit code 0: done; 1: a fact did not hold, or "
        "something is left after destroy; 2: bad usage, a refused target, or something to do.",
    )
    parser.add_argument("command", metavar="command", help=f"one of: {', '.join(Command)}")
    parser.add_argument("--target", default="local", help=f"one of: {', '.join(TargetName)}")
    parser.add_argument("--endpoint", help="address of a target other than aws")
    parser.add_argument("--region", default=configured_region(os.environ), help="AWS region")
    parser.add_argument("--stage", help="stage of the stacks (default: your user name)")
    parser.add_argument(
        "--allowed-cidr", help="network that may reach the load balancer in a sandbox account"
    )
    parser.add_argument("--without", help="stacks to leave out, separated by commas")
    parser.add_argument("--permissions-boundary", help="ARN of a policy that bounds every role")
    parser.add_argument("--qualifier", help="qualifier of the CDK's bootstrap resources")
    parser.add_argument("--expires", help="day after which the stage is listed as forgotten")
    parser.add_argument("--pace", default="fast", help="pace of the emulator: fast or real")
    parser.add_argument("--keep", action="store_true", help="leave the stacks deployed")
    parser.add_argument("--out", default="report", help="folder of the results (default: report)")
    return parser


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]
