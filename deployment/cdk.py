"""The CDK command line, run for one target and stage."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from comparison.targets import Target, target_environment
from comparison.waiting import NotInTime, eventually
from deployment.toolchain import PROJECT_FOLDER, cdk_command, with_toolchain
from stacks.context import read_context
from stacks.naming import Stack

TOOLKIT_STACK = "CDKToolkit"
"""Stack of `cdk bootstrap`; one with a qualifier of its own has it at the end."""

ENDS_WITHIN = 5.0
"""Seconds that the CDK CLI may take to end when it is told to."""


class CdkFailed(Exception):
    """The CDK command line failed; the message is one line and names the log."""


@dataclass(frozen=True)
class Cdk:
    """Runs CDK commands for a target; everything they print goes to log.

    context is handed to app.py; output is the folder of the cloud assembly (two runs of the CDK
    must not share one).
    """

    target: Target
    context: Mapping[str, str]
    output: Path
    log: Path
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def stage(self) -> str:
        """The stage whose stacks these are."""
        return self.context["stage"]

    @property
    def qualifier(self) -> str | None:
        """The qualifier of the bootstrap resources, None for the CDK's own."""
        return self.context.get("qualifier")

    @property
    def permissions_boundary(self) -> str | None:
        """The ARN of the policy that bounds every role."""
        return self.context.get("permissions_boundary")

    @property
    def allowed_cidr(self) -> str | None:
        """The network that may reach the load balancer."""
        return self.context.get("allowed_cidr")

    @property
    def without(self) -> frozenset[Stack]:
        """The stacks that are left out."""
        return read_context(self.context.get).without

    def leaving_out(self, stacks: Collection[Stack]) -> "Cdk":
        """Return the CDK for the same stage without some stacks."""
        without = self.without | frozenset(stacks)
        context = {key: value for key, value in self.context.items() if key != "without"}
        if without:
            context["without"] = ",".join(sorted(without))
        return replace(self, context=context)

    def with_every_stack(self) -> "Cdk":
        """Return the CDK for the same stage with all its stacks, as destroying it needs."""
        context = {key: value for key, value in self.context.items() if key != "without"}
        return replace(self, context=context)

    def synthesize(self) -> None:
        """Turn the app into templates and assets. Raises CdkFailed."""
        # An assembly of another stage or target would leave stacks behind in the folder.
        shutil.rmtree(self.output, ignore_errors=True)
        pairs = [f"{key}={value}" for key, value in self.context.items()]
        context = [word for pair in pairs for word in ("--context", pair)]
        self._run(["synth", "--quiet", "--output", str(self.output), *context])

    @contextmanager
    def bootstrapping(self, account: str) -> Iterator[None]:
        """Run `cdk bootstrap` for an account beside the body, and wait for it. Raises CdkFailed.

        A qualifier has a stack of its own, so that it leaves other bootstrap resources alone. A
        permissions boundary bounds the role with which CloudFormation deploys, too.
        """
        arguments = ["bootstrap", f"aws://{account}/{self.target.region}"]
        if self.qualifier is not None:
            name = f"{TOOLKIT_STACK}-{self.qualifier}"
            arguments += ["--qualifier", self.qualifier, "--toolkit-stack-name", name]
        if self.permissions_boundary is not None:
            name = self.permissions_boundary.partition(":policy/")[2]
            arguments += ["--custom-permissions-boundary", name]
        # Not in the project's folder: there, the CDK would run the app.
        with self._started(arguments, folder=self.log.parent):
            yield

    def deploy(self) -> None:
        """Deploy all synthesized stacks. Raises CdkFailed."""
        self._run(
            [
                "deploy", "--all", "--app", str(self.output), "--require-approval", "never",
                "--concurrency", "4", "--method", "direct",
                "--outputs-file", str(self.output / "outputs.json"),
            ]
        )  # fmt: skip

    def destroy(self) -> None:
        """Destroy all synthesized stacks. Raises CdkFailed."""
        self._run(["destroy", "--all", "--force", "--app", str(self.output)])

    def _run(self, arguments: Sequence[str]) -> None:
        with self._started(arguments):
            pass

    @contextmanager
    def _started(self, arguments: Sequence[str], folder: Path = PROJECT_FOLDER) -> Iterator[None]:
        """Run a CDK command beside the body, and wait for it; an error in the body ends it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        variables = with_toolchain(target_environment(self.target, self.variables))
        with (
            self.log.open("ab") as log,
            # What it leaves behind when it is interrupted goes with the folder.
            tempfile.TemporaryDirectory(prefix="cdk-", ignore_cleanup_errors=True) as temporary,
        ):
            process = subprocess.Popen(
                [*cdk_command(), *arguments, "--no-notices", "--no-color"],
                cwd=folder,
                env={**variables, "TMPDIR": temporary},
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                # A group of its own, which can be ended with everything it has started.
                start_new_session=True,
            )
            try:
                yield
                failed = process.wait() != 0
            except BaseException:
                _end_group(process)
                raise
        if failed:
            raise CdkFailed(f"cdk {arguments[0]} failed: {self._reason()} (all of it: {self.log})")

    def _reason(self) -> str:
        """Return the line of the log that says what went wrong, with the details that follow."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        errors = [at for at, line in enumerate(lines) if "rror" in line or "❌" in line]
        if not errors:
            return (lines or ["no output"])[-1][:300]
        details = takewhile(lambda line: line.startswith("‣"), lines[errors[-1] + 1 :])
        return " ".join([lines[errors[-1]], *details])[:300]


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process and everything it has started: by SIGTERM, and if need be by SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(NotInTime):
            eventually(lambda: _check_ended(process), within=ENDS_WITHIN, every=0.05)
            return


def _check_ended(process: "subprocess.Popen[bytes]") -> None:
    process.poll()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 0)
        raise AssertionError("something that it has started is still running")
