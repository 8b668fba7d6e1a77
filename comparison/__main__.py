"""`python -m comparison`: runs scenarios against stacks that are deployed."""

import signal
import sys

from comparison.command_line import main

if __name__ == "__main__":
    # Whoever ends the program with SIGTERM gets the same clean end as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
