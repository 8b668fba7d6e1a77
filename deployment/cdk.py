"""The CDK command line, run for one target and stage."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from comparison.targets import Target, target_environment
from deployment.toolchain import PROJECT_FOLDER, cdk_command, with_toolchain

EMULATED_ACCOUNT = "000000000000"


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

    def synthesize(self) -> None:
        """Turn the app into templates and assets."""
        # An assembly of another stage or target would leave stacks behind in the folder.
        shutil.rmtree(self.output, ignore_errors=True)
        self._finish(self.start_synthesis())

    def start_synthesis(self) -> "subprocess.Popen[bytes]":
        """Start `cdk synth` and return its process."""
        pairs = [f"{key}={value}" for key, value in self.context.items()]
        context = [word for pair in pairs for word in ("--context", pair)]
        return self._start(["synth", "--quiet", "--output", str(self.output), *context])

    def start_bootstrap(self, account: str) -> "subprocess.Popen[bytes]":
        """Start `cdk bootstrap` for an emulated account and return its process."""
        environment = f"aws://{account}/{self.target.region}"
        return self._start(["bootstrap", environment], folder=self.log.parent)

    def deploy(self) -> None:
        """Deploy all synthesized stacks."""
        self._run(
            [
                "deploy", "--all", "--app", str(self.output), "--require-approval", "never",
                "--concurrency", "4", "--method", "direct",
                "--outputs-file", str(self.output / "outputs.json"),
            ]
        )  # fmt: skip

    def destroy(self) -> None:
        """Destroy all synthesized stacks."""
        self._run(["destroy", "--all", "--force", "--app", str(self.output)])

    def finish(self, process: "subprocess.Popen[bytes]", what: str) -> None:
        """Wait for a process that was started. Raises CdkFailed."""
        if process.wait() != 0:
            raise CdkFailed(f"{what} failed: {self._reason()} (all of it: {self.log})")

    def _finish(self, process: "subprocess.Popen[bytes]") -> None:
        self.finish(process, "cdk synth")

    def _run(self, arguments: Sequence[str]) -> None:
        process = self._start(arguments)
        try:
            self.finish(process, f"cdk {arguments[0]}")
        except BaseException:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait()
            raise

    def _start(
        self, arguments: Sequence[str], folder: Path = PROJECT_FOLDER
    ) -> "subprocess.Popen[bytes]":
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*cdk_command(), *arguments, "--no-notices", "--no-color"],
                cwd=folder,
                env=with_toolchain(target_environment(self.target, self.variables)),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def _reason(self) -> str:
        """Return the line of the log that says what went wrong."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        told = [line for line in lines if "rror" in line or "❌" in line]
        return (told or lines or ["no output"])[-1][:300]
