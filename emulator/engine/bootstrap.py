"""The first code of a runtime process: puts the module path in AWS's order, then runs the client.

Runs with nothing but the standard library on the path. The runtime client is imported before the
function's code can be, so that no module of a deployment package takes its place.
"""

import os
import site
import sys


def main() -> None:
    """Run the official runtime interface client until the process ends."""
    runtime_folder = os.environ["LAMBDA_RUNTIME_DIR"]
    if runtime_folder not in sys.path:
        sys.path.insert(0, runtime_folder)
    # One pipe for standard output, standard error and the client's log keeps their order.
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(sys.stdout.fileno()))
    # What `python -S` leaves out and a handler may use: exit(), quit(), help(), copyright.
    site.setquit()
    site.setcopyright()
    site.sethelper()

    from awslambdaric.__main__ import main as run_client  # noqa: PLC0415 - needs the path above

    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    run_client([__file__, os.environ["_HANDLER"]])


if __name__ == "__main__":
    main()
