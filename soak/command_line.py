"""The command line of the soak."""

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path as FilePath

from rich.console import Console

from comparison.command_line import refuse, terminal
from comparison.deployed import Deployed, read_deployed
from comparison.observation import JobObservation
from comparison.progress import LiveProgress
from comparison.run import carry_out, new_run_id
from comparison.targets import TargetError, load_target
from comparison.versions import identify
from deployment.cdk import CdkFailed
from deployment.command_line import adopt_environment
from deployment.deployment import DeploymentOptions, cdk_for, deploy
from deployment.emulator_process import EmulatorFailed, running_emulator
from soak.books import imbalances
from soak.plan import plan

BALANCED, UNBALANCED = 0, 1
SHOWN = 20
"""Lines of imbalances that are printed."""


def main(arguments: Sequence[str]) -> int:
    """Soak the local target and return the exit code: 0 when the books balance, 1 when not."""
    parser = argparse.ArgumentParser(
        prog="python -m soak",
        description="Send many jobs down all paths of the local target, a tenth of them failing, "
        "and see that every one is accounted for.",
    )
    parser.add_argument("--jobs", type=int, default=50_000, help="default: 50000")
    parser.add_argument("--at-once", type=int, default=2_500, help="jobs of one run (2500)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same jobs (1)")
    options = parser.parse_args(arguments)
    console = terminal()
    try:
        with running_emulator() as endpoint, tempfile.TemporaryDirectory() as folder:
            deployed = _deployed(endpoint, FilePath(folder), console)
            return _soak(deployed, options.jobs, options.at_once, options.seed, console)
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


def _soak(deployed: Deployed, jobs: int, at_once: int, seed: int, console: Console) -> int:
    """Carry out runs until all jobs are sent; only counts and complaints are kept of each."""
    ended: Counter[tuple[str, str]] = Counter()
    complaints: list[str] = []
    attempts, started, sent = 0, time.monotonic(), 0
    while sent < jobs:
        run, share = new_run_id(), min(at_once, jobs - sent)
        progress = LiveProgress(console, f"jobs {sent + 1} to {sent + share}", share)
        with progress:
            record = carry_out(deployed, run, plan(run, share, seed + sent), progress)
        sent += share
        ended += _endings(record.jobs)
        attempts += sum(len(job.attempts) for job in record.jobs)
        complaints += imbalances(record.jobs)
        if record.interruption:
            complaints.append(record.interruption)
            break
    minutes = (time.monotonic() - started) / 60
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"{sent} jobs, {attempts} attempts in {minutes:.1f} minutes")
    for (path, place), count in sorted(ended.items()):
        console.print(f"  {path}: {count} {place}")
    console.print(f"memory of the harness at its highest: {memory:.0f} MB")
    for line in complaints[:SHOWN]:
        console.print(line, style="red")
    if complaints:
        console.print(f"the books do not balance: {len(complaints)} complaints", style="red")
        return UNBALANCED
    console.print("the books balance")
    return BALANCED


def _endings(jobs: Iterable[JobObservation]) -> Counter[tuple[str, str]]:
    return Counter(
        (job.sending.path.value, job.ended.where.value if job.ended else "not seen") for job in jobs
    )
