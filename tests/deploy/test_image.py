"""The image is built by the book, from exact versions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.places import DEPLOY

PROJECT = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())
LOCKS = {"requirements.lock": PROJECT["project"]["dependencies"], "build.lock": PROJECT["build-system"]["requires"]}
REGENERATE = "regenerate it as deploy/README.md says under 'Lock file'"


def pins_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*])?==([^ ;]+)", (DEPLOY / name).read_text(), re.MULTILINE))


def test_the_dockerfile_has_no_known_faults() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [linter, "--failure-threshold", "info", DEPLOY / "Dockerfile"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_special_and_says_whether_it_is_well() -> None:
    instructions = (DEPLOY / "Dockerfile").read_text().split("FROM")[-1]
    assert "\nUSER 10001:10001\n" in instructions
    assert "\nHEALTHCHECK " in instructions
    assert '\nENTRYPOINT ["signals"]\n' in instructions


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_pins_every_dependency_in_a_version_that_fits(name: str) -> None:
    pins = pins_of(name)
    for text in LOCKS[name]:
        wanted = Requirement(text)
        assert canonicalize_name(wanted.name) in pins, f"{wanted.name} is not in deploy/{name}: {REGENERATE}"
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), (
            f"deploy/{name} is older than pyproject.toml: {REGENERATE}"
        )


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_place_of_its_own(name: str) -> None:
    text = (DEPLOY / name).read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins_of(name))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://|--(extra-)?index|--find-links", text)


def test_the_image_has_what_developers_have() -> None:
    locked = {
        (one["name"], one.get("version")) for one in tomllib.loads((DEPLOY.parent / "uv.lock").read_text())["package"]
    }
    assert pins_of("requirements.lock").items() <= locked, f"deploy/requirements.lock isn't of uv.lock: {REGENERATE}"
    for text in [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]:
        wanted = Requirement(text)
        versions = [version for name, version in locked if name == canonicalize_name(wanted.name)]
        assert any(wanted.specifier.contains(version) for version in versions), f"{text} isn't in uv.lock: {REGENERATE}"


def test_the_build_sees_nothing_but_what_it_needs() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    seen = {rule.removeprefix("!") for rule in ignored if rule.startswith("!")}
    copied = {
        path
        for line in re.findall(r"^COPY (?!--from)(.*)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
        for path in line.split()[:-1]
    }
    assert ignored[0] == "*"
    assert seen == copied
