"""The command line that gets a target ready: demo, deploy, destroy, bootstrap and doctor."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from comparison import command_line as comparison
from comparison.guard import guard
from comparison.stack_outputs import NotDeployed
from comparison.targets import Target, TargetError, TargetName, load_target, target_environment
from deployment.cdk import Cdk, CdkFailed
from deployment.deployment import bootstrap, cdk_for, deploy
from deployment.destruction import destroy, how_to_destroy
from deployment.doctor import examine
from deployment.emulator_process import EmulatorFailed, running_emulator
from deployment.leftovers import SomethingLeft
from deployment.options import BadUsage, Command, Options, parse
from deployment.readiness import NotReady
from deployment.steps import tell
from deployment.toolchain import NotInstalled
from stacks.context import InvalidContextError

DONE, FAILED = 0, 1

REFUSALS = (
    BadUsage, BotoCoreError, CdkFailed, ClientError, EmulatorFailed, InvalidContextError,
    NotDeployed, NotInstalled, NotReady, OSError, TargetError,
)  # fmt: skip
"""What ends a command with one line."""


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code (2: refused, with one line that says why)."""
    try:
        return _run(parse(arguments), comparison.terminal())
    except SomethingLeft as left:
        print(f"deployment: {left}", file=sys.stderr)
        return FAILED
    except REFUSALS as error:
        _tell(error, _reason(error))
        return comparison.REFUSED
    except KeyboardInterrupt as error:
        _tell(error, "interrupted; every process that was started has ended")
        return comparison.INTERRUPTED


def _reason(error: BaseException) -> str:
    """Return what happened and what to do."""
    if isinstance(error, ClientError):
        return f"the target refused a request: {error}; check its credentials and region"
    if isinstance(error, BotoCoreError):
        return f"{error}; check that the target is running and its address is right"
    if isinstance(error, OSError):
        return f"{error.filename or 'file system'}: {error.strerror}"
    return str(error)


def _tell(error: BaseException, reason: str) -> None:
    """Print a reason and the notes of an error as one line."""
    words = "; ".join([reason, *getattr(error, "__notes__", [])])
    print("deployment: " + " ".join(words.split()), file=sys.stderr)


def _run(options: Options, console: Console) -> int:
    if options.command is Command.DEMO:
        return _demo(options, console)
    target = _target(options, options.endpoint)
    cdk = cdk_for(target, options.deployment, options.out)
    if options.command is Command.DOCTOR:
        return DONE if examine(cdk, console) else comparison.REFUSED
    if options.command is Command.BOOTSTRAP:
        bootstrap(cdk, console)
    elif options.command is Command.DEPLOY:
        with _noting_how_to_destroy(cdk):
            deploy(cdk, console)
    else:
        with _noting_how_to_destroy(cdk):
            destroy(cdk, console)
    return DONE


def _demo(options: Options, console: Console) -> int:
    """Deploy, compare, and leave nothing behind, however it goes."""
    with _endpoint(options, console) as endpoint:
        target = _target(options, endpoint)
        # Before the first thing that would have to be undone.
        guard(target)
        cdk = cdk_for(target, options.deployment, options.out)
        with _left_empty(cdk, options, console):
            deploy(cdk, console)
            return comparison.main(
                [
                    "--target", target.name, "--stage", options.deployment.stage,
                    "--region", target.region, "--out", str(options.out), "--no-matrix",
                    *(["--endpoint", endpoint] if endpoint else []), *options.comparison,
                ]
            )  # fmt: skip


@contextmanager
def _left_empty(cdk: Cdk, options: Options, console: Console) -> Iterator[None]:
    """Destroy what was deployed, unless the target itself ends with the demo."""
    try:
        yield
    finally:
        if emulated(cdk.target.name) and options.endpoint is None:
            pass
        elif options.keep:
            how = how_to_destroy(cdk.target, cdk.stage)
            tell(console, f"What is deployed is kept. To remove it: {how}")
        else:
            with _noting_how_to_destroy(cdk):
                destroy(cdk, console)


@contextmanager
def _noting_how_to_destroy(cdk: Cdk) -> Iterator[None]:
    """Add to an error what removes what is deployed."""
    try:
        yield
    except (BotoCoreError, CdkFailed, ClientError, KeyboardInterrupt, NotReady) as error:
        error.add_note("to remove what is deployed: " + how_to_destroy(cdk.target, cdk.stage))
        raise


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
        tell(console, f"The emulator runs at {endpoint} for the length of this demo.")
        yield endpoint


def _target(options: Options, endpoint: str | None) -> Target:
    """Return the target, after giving this process the environment it is allowed to use."""
    target = load_target(options.target, endpoint=endpoint, region=options.region)
    adopt_environment(target)
    return target


def adopt_environment(target: Target) -> None:
    """Give this process the target's environment: nothing may use what the target must not."""
    environment = target_environment(target, os.environ)
    os.environ.clear()
    os.environ.update(environment)
