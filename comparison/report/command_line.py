"""The commands that need no target: draw the report of a run, compare two runs."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Final, NoReturn

from rich.console import Console

from comparison.report.compare_output import print_differences
from comparison.report.picture import NothingToDraw, render_picture
from comparison.report.reading import UnreadableResults, read_results
from comparison.report.writing import write_report

DONE: Final = 0
REFUSED: Final = 2
LOG_WIDTH: Final = 120


class BadUsage(Exception):
    """The command line asks for what does not exist; the message is one line."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


def main(arguments: Sequence[str]) -> int:
    """Run a command of COMMANDS and return the exit code (2: refused, with one line saying why)."""
    command, *rest = arguments
    try:
        return COMMANDS[command](rest)
    except (BadUsage, NothingToDraw, UnreadableResults) as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename or 'file system'}: {error.strerror}"
    print("comparison: " + " ".join(reason.split()), file=sys.stderr)
    return REFUSED


def report(arguments: Sequence[str]) -> int:
    """Draw the report of a run again, from its results.json."""
    parser = _Parser(
        prog="python -m comparison report",
        description="Make index.html, summary.md and junit.xml of the results.json of a run.",
    )
    parser.add_argument("results", type=FilePath, help="the results.json of the run")
    parser.add_argument("--out", type=FilePath, help="folder (default: that of results.json)")
    parser.add_argument("--picture", type=FilePath, help="also write the headline picture (SVG)")
    options = parser.parse_args(arguments)
    results = read_results(options.results)
    if options.picture is not None:
        picture = render_picture(results)
        options.picture.parent.mkdir(parents=True, exist_ok=True)
        options.picture.write_text(picture + "\n", encoding="utf-8", errors="replace")
        print(f"The headline picture: {options.picture}")
    page = write_report(results, options.out or options.results.parent)
    print(f"The report: {page}")
    return DONE


def compare(arguments: Sequence[str]) -> int:
    """Print what changed between two runs."""
    parser = _Parser(
        prog="python -m comparison compare",
        description="Print what changed between two runs, facts that changed verdict first.",
    )
    parser.add_argument("a", type=FilePath, help="the results.json of one run")
    parser.add_argument("b", type=FilePath, help="the results.json of another run")
    options = parser.parse_args(arguments)
    before, after = read_results(options.a), read_results(options.b)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=LOG_WIDTH, highlight=False)
    print_differences(console, before, after)
    return DONE


COMMANDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {
    "report": report,
    "compare": compare,
}
