"""The command line of the emulator."""

import argparse
import socket
import sys
from collections.abc import Sequence

from emulator import environment
from emulator.engine.pace import Pace
from emulator.options import Options

LOOPBACK = "127.0.0.1"


def main(arguments: Sequence[str]) -> int:
    """Run the emulator until it is told to stop; return the exit code.

    2 means that it could not start: one line on standard error says why.
    """
    options = parse(arguments)
    try:
        listener = _listen(options.port)
    except OSError as error:
        return _refuse(
            f"port {options.port} cannot be used ({error.strerror}): "
            "stop what uses it, or choose another with --port (0 takes any free one)"
        )
    port = listener.getsockname()[1]
    with listener, environment.prepared(port, options.log_level, options.pace):
        # Imported here because MiniStack reads its environment when it is imported.
        from emulator import server  # noqa: PLC0415 - see above

        try:
            server.run(options, listener)
        except server.CannotStart as error:
            return _refuse(str(error))
    return 0


def _refuse(reason: str) -> int:
    print(f"emulator: {reason}", file=sys.stderr)
    return 2


def _listen(port: int) -> socket.socket:
    """Return a listening socket on loopback; port 0 takes a free port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; exits with code 2 when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="AWS on this machine (127.0.0.1), with Lambda invoked the way AWS invokes it. "
        "Prints `ready http://127.0.0.1:PORT` once it accepts requests; SIGTERM or Ctrl-C ends it.",
    )
    parser.add_argument(
        "--port", type=_port, default=4566, help="0 takes any free port (default: 4566)"
    )
    parser.add_argument(
        "--pace",
        type=Pace,
        choices=list(Pace),
        default=Pace.FAST,
        help="`real` keeps the minutes Lambda waits between asynchronous attempts, "
        "`fast` shortens them (default: fast)",
    )
    parser.add_argument(
        "--log-level",
        type=str.upper,
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        default="WARNING",
        help="what is written to standard error (default: WARNING)",
    )
    parser.add_argument(
        "--parent",
        type=int,
        metavar="PID",
        help="stop when this process ends, however it ends",
    )
    parser.add_argument(
        "--as-shipped",
        action="store_true",
        help="serve MiniStack as it is shipped, for comparison: none of this project's changes",
    )
    parsed = parser.parse_args(arguments)
    return Options(
        port=parsed.port,
        pace=parsed.pace,
        log_level=parsed.log_level,
        parent=parsed.parent,
        as_shipped=parsed.as_shipped,
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - the range of TCP ports
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and 65535")
    return port
