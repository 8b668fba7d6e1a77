"""The process environment of the emulator: its own, whatever the user's shell holds."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.engine.pace import Pace

FIRST_RETRY = 60.0
"""Seconds on AWS before the first retry; the second waits twice as long (AS-06)."""

_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
"""What the emulator keeps of the environment it was started in: enough to run Python."""


@contextmanager
def prepared(port: int, log_level: str, pace: Pace = Pace.FAST) -> Iterator[None]:
    """Set the environment that MiniStack reads when it is imported, temporary folder included.

    Nothing else of the caller's environment stays (credentials, profiles, endpoints, settings of
    MiniStack), so that none of it reaches the emulator or a function. All files go to a temporary
    folder, which is removed at the end.
    """
    folder = Path(tempfile.mkdtemp(prefix="emulator-"))
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(_ministack_environment(port, log_level, folder, pace))
    tempfile.tempdir = str(folder)
    # Says at every start that a package is missing which nothing here needs.
    logging.getLogger("kms").setLevel(logging.ERROR)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ministack_environment(port: int, log_level: str, folder: Path, pace: Pace) -> dict[str, str]:
    """MiniStack's settings: loopback only, no second port, no Docker, nothing kept.

    Its own asynchronous invocation, which only MiniStack as shipped uses, has the same pace.
    """
    return {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": log_level,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(pace.shorten(FIRST_RETRY)),
        "LAMBDA_ASYNC_RETRY_MAX_SECONDS": str(pace.shorten(2 * FIRST_RETRY)),
    }
