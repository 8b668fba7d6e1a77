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
from comparison.claims import ClaimResult, judge_claims
from comparison.coverage import uncovered
from comparison.deployed import Deployed, read_deployed
from comparison.divergences import Divergence, load_divergences
from comparison.documentation import facts_document
from comparison.facts.catalogue import Catalogue, CatalogueError, load_catalogue
from comparison.findings import print_claims, print_matrix, print_matrix_summary
from comparison.guard import guard
from comparison.matrix import Row, matrix
from comparison.path import Path
from comparison.phases import SCENARIOS, chosen_phases
from comparison.report import command_line as report_commands
from comparison.report.reading import UnreadableResults, read_results
from comparison.report.writing import write_report
from comparison.results import results_document, write_results
from comparison.run import RunRecord
from comparison.sequence import NothingToRun, run_phases
from comparison.stack_outputs import NotDeployed
from comparison.table import print_comparison, print_verdicts
from comparison.targets import (
    Target,
    TargetError,
    TargetName,
    configured_region,
    load_target,
    target_environment,
)
from comparison.usage import usage
from comparison.verdicts import FactResult, Verdict, judge
from comparison.versions import identify
from stacks.context import InvalidContextError, read_context

HELD, FACTS_FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: every fact held or diverged as listed; one did not; bad usage or a refused target."""


FACTS = "facts"
"""The command that prints docs/facts.md."""

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
    matrix: bool = True


@dataclass(frozen=True)
class Outcome:
    """A finished comparison."""

    deployed: Deployed
    paths: tuple[Path, ...]
    record: RunRecord
    facts: list[FactResult]
    claims: list[ClaimResult]
    matrix: list[Row]

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
    """Do what the command line asks for and return the exit code."""
    try:
        return _command(arguments)
    except (
        BadUsage, CatalogueError, InvalidContextError, NotDeployed, NothingToRun, TargetError,
        UnreadableResults,
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


def _command(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in report_commands.COMMANDS:
        return report_commands.main(arguments)
    return document() if list(arguments) == [FACTS] else run(parse(arguments))


def document() -> int:
    """Print all facts, as Markdown."""
    print(facts_document(load_catalogue()), end="")
    return HELD


def run(options: Options) -> int:
    """Run the comparison and print what it showed."""
    console = terminal()
    outcome = compare(options, console)
    report(outcome, options, console)
    return outcome.exit_code


def report(outcome: Outcome, options: Options, console: Console) -> None:
    """Print what a run showed."""
    target = outcome.deployed.target
    print_comparison(console, target, outcome.record.jobs)
    print_verdicts(console, outcome.facts)
    print_claims(console, target, outcome.claims)
    if options.matrix:
        print_matrix(console, target, outcome.matrix)
    print_matrix_summary(console, outcome.matrix)
    used = usage(outcome.record.jobs, outcome.deployed.function_timeout)
    console.print(f"Used: {used}")
    if outcome.record.interruption:
        console.print(f"The run ended early: {outcome.record.interruption}", style="red")
    console.print(f"Every job, attempt and fact: {options.out / 'results.json'}", highlight=False)
    console.print(f"The report: {options.out / 'index.html'}", highlight=False)


def terminal() -> Console:
    """Return the console; what is not a terminal (a log, a pipe) gets lines of 120 columns."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=LOG_WIDTH, highlight=False)


def refuse(reason: str) -> int:
    """Print one line on standard error; returns the exit code of a refusal."""
    print("comparison: " + " ".join(reason.split()), file=sys.stderr)
    return REFUSED


def compare(options: Options, console: Console) -> Outcome:
    """Run scenarios against deployed stacks, judge the facts, write `results.json` and report."""
    catalogue = load_catalogue()
    if missing := uncovered(catalogue, CHECKS):
        raise CatalogueError("; ".join(missing))
    divergences = load_divergences(catalogue)
    target = _reachable_target(options)
    deployed = read_deployed(target, options.stage)
    paths = chosen_paths(options, deployed.paths, target)
    record = run_phases(deployed, chosen_phases(options.scenarios), paths, console)
    facts = _judged(catalogue, deployed, record, paths, divergences)
    claims, rows = judge_claims(catalogue, facts), matrix(catalogue, facts)
    document = results_document(target, paths, record, facts, claims=claims, rows=rows)
    write_report(read_results(write_results(document, options.out)), options.out)
    return Outcome(deployed, paths, record, facts, claims, rows)


def _judged(
    catalogue: Catalogue,
    deployed: Deployed,
    record: RunRecord,
    paths: Collection[Path],
    divergences: Sequence[Divergence],
) -> list[FactResult]:
    seen = Seen(
        deployed.target, record.jobs, deployed.function_timeout, record.examined, record.cut_short
    )
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
    guard(target)
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
        f"or a refused target. `python -m comparison {FACTS}` prints all facts, as Markdown; "
        "`report` draws the report of a results.json again, `compare` tells two of them apart.",
    )
    parser.add_argument("--target", default="local", help=f"one of: {_list(TargetName)}")
    parser.add_argument("--endpoint", help="address of a target other than aws")
    parser.add_argument("--region", default=configured_region(os.environ), help="AWS region")
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
    parser.add_argument(
        "--matrix",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="print every behaviour on every path (default), or only how many cells held",
    )
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
        matrix=parsed.matrix,
    )


def _choice(kind: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise BadUsage(f"unknown {kind} {value!r}; choose from: {_list(choices)}")
    return value


def _list(values: Iterable[str]) -> str:
    return ", ".join(values)
