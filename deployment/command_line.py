"""The command line that gets a target ready: demo, deploy and destroy."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from comparison import command_line as comparison
from comparison.targets import Target, TargetError, TargetName, load_target, target_environment
from deployment.cdk import Cdk, CdkFailed
from deployment.deployment import DeploymentOptions, cdk_for, deploy, destroy
from deployment.emulator_process import EmulatorFailed, running_emulator
from deployment.toolchain import NotInstalled
from stacks.context import InvalidContextError, read_context


class BadUsage(Exception):
    """The command line asks for what does not exist; the message is one line."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    command: str
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


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code (2: refused, with one line that says why)."""
    signal.signal(signal.SIGTERM, _interrupt)
    console = comparison.terminal()
    try:
        return _run(_parse(arguments), console)
    except (
        BadUsage, TargetError, EmulatorFailed, CdkFailed, NotInstalled, InvalidContextError,
    ) as error:  # fmt: skip
        return _refuse(str(error))
    except ClientError as error:
        return _refuse(f"the target refused a request: {error}; check its credentials and region")
    except BotoCoreError as error:
        return _refuse(f"{error}; check that the target is running and its address is right")
    except OSError as error:
        return _refuse(f"{error.filename or 'file system'}: {error.strerror}")
    except KeyboardInterrupt:
        print(
            "deployment: interrupted; everything that was started has been ended", file=sys.stderr
        )
        return comparison.INTERRUPTED


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse(reason: str) -> int:
    print("deployment: " + " ".join(reason.split()), file=sys.stderr)
    return comparison.REFUSED


def _run(options: Options, console: Console) -> int:
    if options.command == "demo":
        return _demo(options, console)
    target = _target(options, options.endpoint)
    adopt_environment(target)
    cdk = cdk_for(target, options.deployment, options.out)
    if options.command == "deploy":
        deploy(cdk, console)
    else:
        destroy(cdk, console)
    return 0


def _demo(options: Options, console: Console) -> int:
    """Deploy, compare, and leave nothing behind."""
    with _endpoint(options, console) as endpoint:
        target = _target(options, endpoint)
        adopt_environment(target)
        cdk = cdk_for(target, options.deployment, options.out)
        deploy(cdk, console)
        try:
            return comparison.main(
                [
                    "--target", target.name, "--stage", options.deployment.stage,
                    "--region", target.region, "--out", str(options.out),
                    *(["--endpoint", endpoint] if endpoint else []), *options.comparison,
                ]
            )  # fmt: skip
        finally:
            _leave(target, cdk, options, console)


def _leave(target: Target, cdk: Cdk, options: Options, console: Console) -> None:
    """Destroy what was deployed, unless the target itself ends with the demo."""
    if emulated(target.name) and options.endpoint is None:
        return
    if options.keep:
        console.print(
            f"The stacks are kept. To remove them: make destroy TARGET={target.name} "
            f"STAGE={options.deployment.stage}",
            highlight=False,
        )
        return
    destroy(cdk, console)


def emulated(target: str) -> bool:
    """Whether a target is an emulator that this project starts by itself."""
    return target in {TargetName.LOCAL, TargetName.MINISTACK}


@contextmanager
def _endpoint(options: Options, console: Console) -> Iterator[str | None]:
    """Yield the target's endpoint, starting the emulator where the demo brings its own."""
    if not emulated(options.target) or options.endpoint is not None:
        yield options.endpoint
        return
    shipped = options.target == TargetName.MINISTACK
    with running_emulator(pace=options.pace, as_shipped=shipped) as endpoint:
        console.print(f"The emulator runs at {endpoint} for the length of this demo.")
        yield endpoint


def _target(options: Options, endpoint: str | None) -> Target:
    return load_target(options.target, endpoint=endpoint, region=options.region)


def adopt_environment(target: Target) -> None:
    """Give this process the target's environment: nothing may use what the target must not."""
    environment = target_environment(target, os.environ)
    os.environ.clear()
    os.environ.update(environment)


def _parse(arguments: Sequence[str]) -> Options:
    """Read the command line; what follows `--` goes to the comparison. Raises BadUsage."""
    parser = _Parser(
        prog="python -m deployment",
        description="Deploy the stacks, compare the paths, and remove everything again. Arguments "
        "after -- go to `python -m comparison`.",
    )
    commands = ("demo", "deploy", "destroy")
    parser.add_argument("command", metavar="command", help=f"one of: {', '.join(commands)}")
    parser.add_argument("--target", default="local", help=f"one of: {', '.join(TargetName)}")
    parser.add_argument("--endpoint", help="address of a target other than aws")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION"), help="AWS region")
    parser.add_argument("--stage", help="stage of the stacks (default: your user name)")
    parser.add_argument(
        "--allowed-cidr", help="network that may reach the load balancer in a sandbox account"
    )
    parser.add_argument("--without", help="stacks to leave out, separated by commas")
    parser.add_argument("--pace", default="fast", help="pace of the emulator: fast or real")
    parser.add_argument("--keep", action="store_true", help="leave the stacks deployed")
    parser.add_argument("--out", default="report", help="folder of the results (default: report)")
    own, rest = _split(list(arguments))
    parsed = parser.parse_args(own)
    if parsed.command not in commands:
        raise BadUsage(f"unknown command {parsed.command!r}; choose from: {', '.join(commands)}")
    if parsed.pace not in {"fast", "real"}:
        raise BadUsage(f"unknown pace {parsed.pace!r}; choose from: fast, real")
    context = read_context(
        {
            "stage": parsed.stage, "allowed_cidr": parsed.allowed_cidr, "without": parsed.without,
        }.get
    )  # fmt: skip
    return Options(
        command=parsed.command,
        target=parsed.target,
        endpoint=parsed.endpoint,
        region=parsed.region,
        deployment=DeploymentOptions(context.stage, context.allowed_cidr, context.without),
        pace=parsed.pace,
        keep=parsed.keep,
        out=Path(parsed.out).absolute(),
        comparison=tuple(rest),
    )


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]
