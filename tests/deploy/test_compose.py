"""The compose file is one, by the compose specification's schema, and holds together."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.places import DEPLOY
from tests.servers.node import fetch_packages

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]


def test_the_compose_file_follows_the_specification() -> None:
    linter = fetch_packages(Path(__file__).with_name("package.json")) / ".bin" / "dclint"
    done = subprocess.run([linter, "--quiet", DEPLOY / "compose.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_service_waits_only_for_what_is_there() -> None:
    for name, service in SERVICES.items():
        for other in service.get("depends_on", []):
            assert other in SERVICES, f"{name} waits for {other}"
            if (
                isinstance(service["depends_on"], dict)
                and service["depends_on"][other]["condition"] == "service_healthy"
            ):
                assert "test" in SERVICES[other]["healthcheck"], f"{other} never says that it is healthy"


def test_every_volume_and_file_is_there() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    for source in mounts:
        assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], source


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
