"""`python -m benchmarks`: ratios between the two emulators, measured in one run."""

import signal
import sys

from benchmarks.command_line import main

if __name__ == "__main__":
    # Whoever ends the program with SIGTERM gets the same clean end as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
