"""The command line of the soak."""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path as FilePath

from rich.console import Console

from comparison.command_line import refuse, terminal
from comparison.deployed import Deployed, read_deployed
from comparison.progress import LiveProgress
from comparison.run import carry_out, new_run_id
from comparison.targets import TargetError, load_target
from comparison.versions import identify, read_health
from deployment.cdk import CdkFailed
from deployment.command_line import adopt_environment
from deployment.deployment import DeploymentOptions, cdk_for, deploy
from deployment.emulator_process import EmulatorFailed, running_emulator
from soak.account import Account, print_account
from soak.plan import plan

BALANCED, UNBALANCED = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Soak the local target and return the exit code: 0 when the books balance, 1 when not."""
    parser = argparse.ArgumentParser(
        prog="python -m soak",
        description="Send many jobs down all paths of the local target, a tenth of them failing, "
        "and see that every one is accounted for.",
    )
    parser.add_argument("--jobs", type=int, default=50_000, help="default: 50000")
    parser.add_argument("--at-once", type=int, default=5_000, help="jobs of one run (5000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same jobs (1)")
    options = parser.parse_args(arguments)
    console = terminal()
    try:
        with running_emulator() as endpoint, tempfile.TemporaryDirectory() as folder:
            deployed = _deployed(endpoint, FilePath(folder), console)
            return _soak(deployed, endpoint, options, console)
    except (CdkFailed, EmulatorFailed, TargetError) as error:
        return refuse(str(error))
    except KeyboardInterrupt:
        print("soak: interrupted; everything that was started has been ended", file=sys.stderr)
        return 130


def _deployed(endpoint: str, folder: FilePath, console: Console) -> Deployed:
    target = load_target("local", endpoint=endpoint)
    adopt_environment(target)
    deploy(cdk_for(target, DeploymentOptions("soak"), folder), console)
    return read_deployed(identify(target), "soak")


def _soak(deployed: Deployed, endpoint: str, options: argparse.Namespace, console: Console) -> int:
    """Carry out runs until all jobs are sent and return the exit code."""
    account, started = Account(), time.monotonic()
    while account.jobs < options.jobs and account.interruption is None:
        run, share = new_run_id(), min(options.at_once, options.jobs - account.jobs)
        sendings = plan(run, share, options.seed + account.jobs)
        name = f"jobs {account.jobs + 1} to {account.jobs + share}"
        with LiveProgress(console, name, share) as progress:
            account.enter(carry_out(deployed, run, sendings, progress))
        console.print(_memory(endpoint))
    minutes = (time.monotonic() - started) / 60
    print_account(console, account, minutes)
    return BALANCED if account.balances else UNBALANCED


def _memory(endpoint: str) -> str:
    """Say how much memory the harness and the emulator have had at most, until now."""
    harness = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    health = read_health(endpoint)
    emulator = health.peak_memory_kib if health else None
    told = f"{emulator / 1024:.0f} MiB" if emulator else "unknown"
    return f"memory at its highest: harness {harness / 1024:.0f} MiB, emulator {told}"
