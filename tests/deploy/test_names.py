"""Every variable, verb and option that deploy/ names is one of the program's."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from streams.api.settings import ApiSettings
from streams.cli import app
from streams.cluster.settings import ClusterSettings
from tests.deploy.places import DEPLOY, README, UNITS, written

VARIABLES = {
    "SIGNALS_API_KEY",
    "SIGNALS_SINKS",
    "SIGNALS_SINKS_RETENTION_DAYS",
    *(f"SIGNALS_API_{name.upper()}" for name in ApiSettings.model_fields),
} | {str(field.validation_alias or f"SIGNALS_{name.upper()}") for name, field in ClusterSettings.model_fields.items()}
_NAMED = re.compile(r"\b(?:SIGNALS_[A-Z_]*[A-Z]|KAFKA_BOOTSTRAP|REDIS_URL)\b")
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def shell_blocks() -> list[str]:
    return _BLOCK.findall(README.read_text())


def from_readme() -> Iterator[str]:
    prose = _BLOCK.sub("", README.read_text())
    yield from (words for words in re.findall(r"`(signals [a-z][^`…]*)`", prose))
    for block in shell_blocks():
        yield from re.findall(r"(?:^|\$\()(signals [a-z][^|)&\n]*)", block, re.MULTILINE)


def from_manifests() -> Iterator[str]:
    for name in ("worker.yaml", "api.yaml", "topics.yaml", "deliveries.yaml"):
        for document in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text("utf-8")):
            pod = document["spec"].get("template", {}).get("spec", {})
            yield from (shlex.join(["signals", *container["args"]]) for container in pod.get("containers", []))
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    ours = [service for service in services.values() if service["image"] == "purchase-signals"]
    yield from (shlex.join(["signals", *service["command"]]) for service in ours)


def from_units() -> Iterator[str]:
    for unit in UNITS:
        yield from re.findall(r"^ExecStart=/opt/signals/bin/(signals .*)$", unit.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", written(), ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_variable_is_one_that_the_program_reads(path: Path) -> None:
    assert set(_NAMED.findall(path.read_text())) <= VARIABLES


def test_every_variable_is_explained() -> None:
    assert set(_NAMED.findall(README.read_text())) == VARIABLES


@pytest.mark.parametrize("command", sorted({*from_readme(), *from_manifests(), *from_units()}))
def test_every_verb_and_option_is_one_of_the_program(command: str) -> None:
    step: Any = typer.main.get_command(app)
    words = shlex.split(command)[1:]
    while words and hasattr(step, "commands"):
        assert words[0] in step.commands, f"there is no `signals {words[0]}` in {command!r}"
        step = step.commands[words.pop(0)]
    known = {option for parameter in step.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("block", shell_blocks())
def test_a_shell_understands_every_example(block: str) -> None:
    done = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text()):
        assert (DEPLOY / link).exists(), link
