"""`python -m soak`: load on the harness, the function and the target."""

import signal
import sys

from soak.command_line import main

if __name__ == "__main__":
    # Whoever ends the program with SIGTERM gets the same clean end as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
