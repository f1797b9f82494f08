"""The units are understood by systemd, and shut in what they start."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.places import DEPLOY, UNITS

NAMES = [path.name.replace("@.", "@1.") for path in UNITS]
_WELL_SHUT_IN = 2.0


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine's files as far as systemd looks at them: its own units, ours, and the programs they start."""
    root = tmp_path_factory.mktemp("machine")
    own = next(folder for folder in (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system")) if folder.is_dir())
    shutil.copytree(own, root / "usr/lib/systemd/system", symlinks=True)
    (root / "etc/systemd/system").mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, root / "etc/systemd/system")
    for program in ("opt/signals/bin/signals", "bin/kill"):
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", root / program)
    return root


def test_systemd_finds_nothing_wrong_with_the_units(machine: Path) -> None:
    verify = ["systemd-analyze", "verify", "--man=no", f"--root={machine}", *NAMES]
    done = subprocess.run(verify, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_the_unit_is_shut_in(name: str, machine: Path) -> None:
    analyze = ["systemd-analyze", "security", "--offline=true", f"--root={machine}", name]
    done = subprocess.run(analyze, capture_output=True, text=True)
    assert float(re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)[0]) <= _WELL_SHUT_IN, done.stdout


def test_the_units_find_their_files() -> None:
    readme = (DEPLOY / "README.md").read_text()
    for unit in UNITS:
        for needed in re.findall(r"(?:EnvironmentFile=|--config )(\S+)", unit.read_text()):
            assert needed in readme, f"{unit.name} needs {needed}, and the README doesn't tell to put it there"


def test_a_first_try_at_the_topics_that_fails_keeps_nobody_from_starting_later() -> None:
    """Kafka may be up later than the machine: what a unit requires it does not wait for again."""
    for unit in (unit for unit in UNITS if "signals-topics.service" in unit.read_text()):
        assert re.findall(r"^(\w+)=.*signals-topics.service", unit.read_text(), re.MULTILINE) == ["After", "Wants"]


def test_workers_of_several_machines_have_names_of_their_own() -> None:
    """Two of one name take all shards from each other, again and again."""
    (worker,) = (unit for unit in UNITS if unit.name == "signals-worker@.service")
    assert re.findall(r"SIGNALS_INSTANCE=(\S+)", worker.read_text()) == ["%H-worker-%i"]
