"""`python -m comparison`: runs scenarios against stacks that are deployed."""

import sys

from comparison.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
