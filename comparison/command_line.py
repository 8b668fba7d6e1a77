"""The command line of the comparison."""

import argparse
import os
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from comparison.checks import CHECKS
from comparison.checks.seen import Seen
from comparison.clients import Clients
from comparison.deployed import Deployed, read_deployed
from comparison.divergences import Divergence, load_divergences
from comparison.facts.catalogue import Catalogue, CatalogueError, load_catalogue
from comparison.path import Path
from comparison.phases import SCENARIOS, chosen_phases
from comparison.results import results_document, write_results
from comparison.run import RunRecord
from comparison.sequence import NothingToRun, run_phases
from comparison.stack_outputs import NotDeployed
from comparison.table import print_comparison, print_verdicts
from comparison.targets import (
    Target,
    TargetError,
    TargetName,
    check_account,
    load_target,
    target_environment,
)
from comparison.verdicts import FactResult, Verdict, judge
from comparison.versions import identify
from stacks.context import InvalidContextError, read_context

HELD, FACTS_FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: every fact held or diverged as listed; one did not; bad usage or a refused target."""


LOG_WIDTH = 120


class BadUsage(Exception):
    """The command line asks for what does not exist; the message is one line."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for; empty paths or scenarios mean all of them."""

    target: str
    endpoint: str | None
    region: str | None
    stage: str
    paths: tuple[Path, ...]
    scenarios: tuple[str, ...]
    slow: bool
    out: FilePath


@dataclass(frozen=True)
class Outcome:
    """A finished comparison."""

    deployed: Deployed
    paths: tuple[Path, ...]
    record: RunRecord
    facts: list[FactResult]

    @property
    def exit_code(self) -> int:
        """0 when nothing failed and the run was not cut short, else 1."""
        failed = any(result.verdict is Verdict.FAILED for result in self.facts)
        return FACTS_FAILED if failed or self.record.interruption else HELD


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


def main(arguments: Sequence[str]) -> int:
    """Run the comparison and return the exit code."""
    console = terminal()
    try:
        options = parse(arguments)
        outcome = compare(options, console)
    except (
        BadUsage, CatalogueError, InvalidContextError, NotDeployed, NothingToRun, TargetError,
    ) as error:  # fmt: skip
        return refuse(str(error))
    except ClientError as error:
        return refuse(f"the target refused a request: {error}; check its credentials and region")
    except BotoCoreError as error:
        return refuse(f"{error}; check that the target is running and its address is right")
    except OSError as error:
        return refuse(f"{error.filename or 'file system'}: {error.strerror}")
    except KeyboardInterrupt:
        print("comparison: interrupted; nothing was left running", file=sys.stderr)
        return INTERRUPTED
    print_comparison(console, outcome.deployed.target, outcome.record.jobs)
    print_verdicts(console, outcome.facts)
    if outcome.record.interruption:
        console.print(f"The run ended early: {outcome.record.interruption}", style="red")
    console.print(f"Every job, attempt and fact: {options.out / 'results.json'}", highlight=False)
    return outcome.exit_code


def terminal() -> Console:
    """Return the console; what is not a terminal (a log, a pipe) gets lines of 120 columns."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=LOG_WIDTH, highlight=False)


def refuse(reason: str) -> int:
    """Print one line on standard error; returns the exit code of a refusal."""
    print("comparison: " + " ".join(reason.split()), file=sys.stderr)
    return REFUSED


def compare(options: Options, console: Console) -> Outcome:
    """Run scenarios against deployed stacks, judge the facts and write `results.json`."""
    catalogue = load_catalogue()
    divergences = load_divergences(catalogue)
    target = _reachable_target(options)
    deployed = read_deployed(target, options.stage)
    paths = chosen_paths(options, deployed.paths, target)
    record = run_phases(deployed, chosen_phases(options.scenarios), paths, console)
    facts = _judged(catalogue, deployed, record, paths, divergences)
    write_results(results_document(target, paths, record, facts), options.out)
    return Outcome(deployed, paths, record, facts)


def _judged(
    catalogue: Catalogue,
    deployed: Deployed,
    record: RunRecord,
    paths: Collection[Path],
    divergences: Sequence[Divergence],
) -> list[FactResult]:
    seen = Seen(deployed.target, record.jobs, deployed.function_timeout, record.examined)
    return judge(catalogue, CHECKS, divergences, seen, paths)


def _reachable_target(options: Options) -> Target:
    """Return the target, after the guard: its account is the sandbox, or its address answers.

    From here on this process itself has the target's environment, so that no library finds a
    profile or credentials of the user's that the target must not use.
    """
    target = load_target(options.target, endpoint=options.endpoint, region=options.region)
    environment = target_environment(target, os.environ)
    os.environ.clear()
    os.environ.update(environment)
    identity = Clients(target).sts.get_caller_identity()
    check_account(target, identity["Account"], os.environ)
    return identify(target)


def chosen_paths(options: Options, deployed: Collection[Path], target: Target) -> tuple[Path, ...]:
    """Return the paths of a run: those asked for, else all that are deployed.

    The schedule takes minutes: it runs where it is asked for by name or with --slow, and on a
    target that says so. Raises BadUsage for a path that is asked for and not deployed.
    """
    for path in options.paths:
        if path not in deployed:
            raise BadUsage(
                f"path {path} is not deployed on this target; deployed: {_list(deployed)}"
            )
    if options.paths:
        return options.paths
    slow = options.slow or target.slow_by_default
    return tuple(path for path in Path if path in deployed and (slow or path is not Path.SCHEDULE))


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises BadUsage with the valid choices."""
    parser = _Parser(
        prog="python -m comparison",
        description="Send the same job down every path to the function and compare what AWS makes "
        "of it. Exit code 0: every fact held or diverged as listed; 1: one did not; 2: bad usage "
        "or a refused target.",
    )
    parser.add_argument("--target", default="local", help=f"one of: {_list(TargetName)}")
    parser.add_argument("--endpoint", help="address of a target other than aws")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION"), help="AWS region")
    parser.add_argument("--stage", help="stage of the stacks (default: your user name)")
    parser.add_argument(
        "--path", action="append", default=[], help=f"only this path, repeatable: {_list(Path)}"
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        help=f"only this scenario, repeatable: {_list(scenario.name for scenario in SCENARIOS)}",
    )
    parser.add_argument("--slow", action="store_true", help="include the schedule path (minutes)")
    parser.add_argument("--out", default="report", help="folder of results.json (default: report)")
    parsed = parser.parse_args(arguments)
    names = [scenario.name for scenario in SCENARIOS]
    return Options(
        target=parsed.target,
        endpoint=parsed.endpoint,
        region=parsed.region,
        stage=read_context({"stage": parsed.stage}.get).stage,
        paths=tuple(Path(_choice("path", path, list(Path))) for path in parsed.path),
        scenarios=tuple(_choice("scenario", name, names) for name in parsed.scenario),
        slow=parsed.slow,
        out=FilePath(parsed.out),
    )


def _choice(kind: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise BadUsage(f"unknown {kind} {value!r}; choose from: {_list(choices)}")
    return value


def _list(values: Iterable[str]) -> str:
    return ", ".join(values)
