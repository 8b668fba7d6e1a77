"""`python -m emulator`: AWS on this machine, with Lambda invoked the way AWS invokes it."""

import os
import sys

from emulator.command_line import main

if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of MiniStack that are still at work would keep the interpreter from ending.
    os._exit(exit_code)
