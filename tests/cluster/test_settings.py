"""The environment is checked as a whole, and secrets stay secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.cluster.settings import ClusterSettings
from streams.environment import SettingsError

GOOD = {"KAFKA_BOOTSTRAP": "127.0.0.1:9092"}


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {"SIGNALS_PARTITIONS": "many", "SIGNALS_CLOCK": "moon"}
    incomplete = {"SIGNALS_KAFKA_USER": "jan", "SIGNALS_KAFKA_KEY": "key.pem", "SIGNALS_WORKER_HOST": "0.0.0.0"}
    told = ("KAFKA_BOOTSTRAP", *wrong, "SIGNALS_KAFKA_PASSWORD", "SIGNALS_KAFKA_CERTIFICATE", "SIGNALS_WORKER_TOKEN")
    with pytest.raises(SettingsError) as caught:
        ClusterSettings.read(wrong | incomplete)
    assert [name for name in told if name not in str(caught.value)] == []


@pytest.mark.parametrize("verb", ["worker", "api"])
def test_so_is_what_is_wrong_in_files_and_with_the_api(verb: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("cups: []\n")
    files = {"SIGNALS_KAFKA_CA": "/no/ca", "SIGNALS_KAFKA_CERTIFICATE": "/no/crt", "SIGNALS_KAFKA_KEY": "/no/key"}
    environment = {**os.environ, **GOOD, **files, "SIGNALS_API_PORT": "far"}
    command = [sys.executable, "-m", "streams.cli", verb, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    told = ["SIGNALS_KAFKA_CA", "SIGNALS_KAFKA_CERTIFICATE", "cups"] + ["SIGNALS_API_PORT"] * (verb == "api")
    assert (done.returncode, [name for name in told if name not in done.stderr]) == (2, []), done.stderr


@pytest.mark.parametrize("addresses", ["kafka:far", "PLAINTEXT://kafka:9092", "kafka:9092,,kafka:9093", "kafka 9092"])
def test_what_is_no_broker_is_told(addresses: str) -> None:
    with pytest.raises(SettingsError, match="KAFKA_BOOTSTRAP"):
        ClusterSettings.read({"KAFKA_BOOTSTRAP": addresses})


def test_brokers_may_be_many_and_of_any_kind() -> None:
    settings = ClusterSettings.read({"KAFKA_BOOTSTRAP": "kafka, kafka-2.example:9092, [::1]:9093"})
    assert settings.connection()["bootstrap_servers"] == ["kafka", "kafka-2.example:9092", "[::1]:9093"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SIGNALS_KAFKA_USER": "jan"}, "SIGNALS_KAFKA_PASSWORD"),
        ({"SIGNALS_KAFKA_KEY": "key.pem"}, "SIGNALS_KAFKA_CERTIFICATE"),
        ({"SIGNALS_WORKER_HOST": "0.0.0.0"}, "SIGNALS_WORKER_TOKEN"),
    ],
)
def test_what_belongs_together_is_asked_for_together(variables: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        ClusterSettings.read(GOOD | variables)


def test_secrets_are_never_shown() -> None:
    secrets = {
        "SIGNALS_KAFKA_USER": "jan",
        "SIGNALS_KAFKA_PASSWORD": "geheim1",
        "SIGNALS_WORKER_TOKEN": "geheim2",
        "REDIS_URL": "redis://:geheim3@127.0.0.1/0",
    }
    settings = ClusterSettings.read(GOOD | secrets)
    assert "geheim" not in f"{settings!r} {settings}"
    assert settings.connection()["sasl_plain_password"] == "geheim1"
    assert settings.connection()["security_protocol"] == "SASL_PLAINTEXT"


def test_a_prefix_keeps_installations_apart() -> None:
    settings = ClusterSettings.read(GOOD | {"SIGNALS_TOPIC_PREFIX": "blue."})
    assert (settings.application, settings.redis_prefix) == ("blue.signals", "{blue.signals}:")
