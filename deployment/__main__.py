"""`python -m deployment`: demo, deploy, destroy and doctor."""

import sys

from deployment.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
