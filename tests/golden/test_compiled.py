"""The compiled wheel: built as deploy/README.md says, it writes the same bytes as the sources."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.replayed import HERE, REPOSITORY, STORIES, UNTIL, replay


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled packages, installed in a folder of their own."""
    wheels, installed = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    switched_on = {**os.environ, "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true", "MYPYC_OPT_LEVEL": "0"}
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, REPOSITORY]
    subprocess.run(build, env=switched_on, check=True)
    subprocess.run([*pip, "install", "--no-deps", "--target", installed, *wheels.glob("*.whl")], check=True)
    return installed


def test_the_engine_is_compiled(program: Path) -> None:
    ask = "import signals.engine, signals.triggers.firing as firing; print(signals.engine.__file__, firing.__file__)"
    told = subprocess.run([sys.executable, "-c", ask], cwd=program, check=True, capture_output=True, text=True).stdout
    assert told.split() == [
        *map(str, (*program.glob("signals/engine.*.so"), *program.glob("signals/triggers/firing.*.so")))
    ]


def test_what_is_kept_reads_back(program: Path) -> None:
    tests = ["tests/signals/decision", "tests/signals/customer", "tests/signals/text/test_learned.py"]
    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-o", f"pythonpath={program} {REPOSITORY}"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("story", STORIES)
def test_it_writes_the_same_bytes(program: Path, story: str, tmp_path: Path) -> None:
    written = {}
    for name, place in {"sources": REPOSITORY, "compiled": program}.items():
        folder = tmp_path / name
        folder.mkdir()
        written[name] = replay([HERE / f"{story}.jsonl"], folder, "--until", UNTIL, program=place)
    assert all(written["compiled"][name] == written["sources"][name] for name in ("out", "decisions", "quarantine"))
