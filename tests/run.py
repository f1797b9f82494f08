"""``python3 tests/run.py``: from a fresh clone to the test result, without questions.

Makes a virtual environment in ``.venv``, installs the package with its development tools, gets the servers that the
tests talk to (see ``tests/servers/install.py``), then runs the linters, the type checker and pytest. Exit status 0 only
when all of them are content. Tests run on all cores. Arguments are passed on to pytest.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
CHECKS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"])


def main(arguments: list[str]) -> int:
    """Prepare, check, test; returns the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036  run by whatever python3 the machine has
        sys.exit("Python 3.11 or newer is needed: run this file with it, for example python3.11 tests/run.py")
    os.chdir(ROOT)
    make_environment()
    run(BIN / "python", "-m", "tests.servers.install")
    failed = [" ".join(check) for check in CHECKS if call(BIN / check[0], *check[1:]) != 0]
    if failed:
        print(f"\nNOT CLEAN: {', '.join(failed)} (see above); the tests run all the same.", flush=True)
    processes = (os.cpu_count() or 1) + 1  # many tests wait for servers, half of their time
    tests = call(BIN / "pytest", "-n", str(processes), "--dist", "worksteal", *arguments)
    return tests or int(bool(failed))


def make_environment() -> None:
    """A fresh ``.venv`` with the package and the ``dev`` dependency group."""
    command = [sys.executable, "-m", "venv", "--clear", ".venv"]
    if call(*command) != 0:
        if not (shutil.which("apt-get") and os.geteuid() == 0):
            sys.exit("Python can't make virtual environments here: install its venv package (Debian: python3-venv).")
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "python3-venv")
        run(*command)
    pip = (BIN / "python", "-m", "pip", "install", "--quiet", "--no-input")
    run(*pip, "--upgrade", "pip>=25.1")
    run(*pip, ".", "--group", "dev")


def call(*command: str | Path) -> int:
    """Show and run one command; returns its exit status."""
    print(f"\n$ {' '.join(str(word) for word in command)}", flush=True)
    return subprocess.run([str(word) for word in command]).returncode


def run(*command: str | Path) -> None:
    """Run one command that has to succeed."""
    if status := call(*command):
        sys.exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
