"""`python -m soak`: load on the harness, the function and the target."""

import sys

from soak.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
