"""`cli-sync` and `cli-event`: the AWS CLI as a program of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Literal

from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of
from comparison.stack_outputs import StackOutputs
from comparison.targets import Target, target_environment
from stacks.naming import Output

DEADLINE = 75
"""Seconds; the program itself waits 60 s for an answer."""
NICENESS = 10
"""How far the program steps back behind a target on the same machine, which it would slow down."""


class CommandLineSender:
    """Runs `aws lambda invoke` and reads what it prints and writes."""

    def __init__(
        self,
        target: Target,
        outputs: StackOutputs,
        invocation_type: Literal["RequestResponse", "Event"],
    ) -> None:
        self._environment = target_environment(target, os.environ) | {"AWS_MAX_ATTEMPTS": "1"}
        self._function = outputs[Output.FUNCTION_NAME]
        self._invocation_type = invocation_type

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Run the program once per job."""
        return [self._invoke(sending) for sending in sendings]

    def _invoke(self, sending: Sending) -> CallerSaw:
        with tempfile.TemporaryDirectory(prefix="invocation-paths-") as folder:
            payload, answer = FilePath(folder, "payload.json"), FilePath(folder, "answer.json")
            payload.write_text(body_of(sending))
            command = [
                sys.executable, "-m", "awscli", "lambda", "invoke",
                "--function-name", self._function,
                "--invocation-type", self._invocation_type,
                "--payload", f"file://{payload}",
                "--output", "json",
                *(["--qualifier", sending.qualifier] if sending.qualifier else []),
                str(answer),
            ]  # fmt: skip
            sent_at, started = time.time(), time.monotonic()
            try:
                done = self._run(command)
            except subprocess.TimeoutExpired:
                return CallerSaw(
                    sent_at, time.monotonic() - started, error=f"no answer in {DEADLINE} s"
                )
            seconds = time.monotonic() - started
            body = answer.read_text() if answer.exists() else ""
        return _as_seen(sent_at, seconds, done, body)

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        with subprocess.Popen(
            command,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            try:
                output, errors = process.communicate(timeout=DEADLINE)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _as_seen(
    sent_at: float, seconds: float, done: subprocess.CompletedProcess[str], body: str
) -> CallerSaw:
    if done.returncode != 0:
        message = done.stderr.strip()
        return CallerSaw(sent_at, seconds, error=message, details={"exit_code": done.returncode})
    details = json.loads(done.stdout)
    return CallerSaw(
        sent_at,
        seconds,
        status=details["StatusCode"],
        body=body,
        details=details | {"exit_code": 0},
    )
