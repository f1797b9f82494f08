"""The environment is checked as a whole, and secrets stay secret."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from streams.cluster.settings import ClusterSettings
from streams.cluster.web import Inside, of_no_customer, serve
from streams.environment import SettingsError
from tests.servers.process import free_port

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


def test_a_variable_that_is_empty_is_one_that_is_not_set() -> None:
    names = ("SIGNALS_KAFKA_CA", "SIGNALS_INSTANCE", "SIGNALS_WORKER_HOST", "SIGNALS_WORKER_URL", "SIGNALS_MEMORY")
    settings = ClusterSettings.read(GOOD | dict.fromkeys(names, ""))
    assert (settings.tls(), settings.instance, settings.memory) == (None, None, 512)
    assert settings.public_url == "http://127.0.0.1:6066"
    with pytest.raises(SettingsError, match="KAFKA_BOOTSTRAP is not set"):
        ClusterSettings.read({"KAFKA_BOOTSTRAP": ""})


@pytest.mark.parametrize("verb", ["topics check", "api"])
def test_so_it_is_for_every_command(verb: str) -> None:
    empty = ("SIGNALS_KAFKA_CA", "SIGNALS_API_KEYS_FILE", "SIGNALS_API_PORT", "SIGNALS_PARTITIONS", "REDIS_URL")
    environment = {**os.environ, "KAFKA_BOOTSTRAP": "127.0.0.1:1", **dict.fromkeys(empty, "")}
    command = [sys.executable, "-m", "streams.cli", *verb.split()]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, "Kafka can't be reached at 127.0.0.1:1" in done.stderr) == (2, True), done.stderr


def test_numbers_of_ipv6_stand_in_brackets_and_a_worker_listens_there() -> None:
    port = free_port()
    settings = ClusterSettings.read(GOOD | {"SIGNALS_WORKER_HOST": "::1", "SIGNALS_WORKER_PORT": str(port)})
    server = serve(settings, Inside(lambda: True, lambda: True, of_no_customer, of_no_customer, dict))
    try:
        with urllib.request.urlopen(f"{settings.public_url}/health/ready", timeout=30) as answer:
            assert answer.status == 200
    finally:
        server.shutdown()
        server.server_close()


def test_an_address_of_a_worker_that_is_none_is_told() -> None:
    with pytest.raises(SettingsError, match=r"SIGNALS_WORKER_URL: is no address of a worker"):
        ClusterSettings.read(GOOD | {"SIGNALS_WORKER_URL": "worker-1:6066"})


@pytest.mark.parametrize(
    ("variables", "is_found"),
    [
        ({}, True),
        ({"SIGNALS_WORKER_HOST": "10.0.0.7"}, True),
        ({"SIGNALS_WORKER_HOST": "0.0.0.0"}, False),
        ({"SIGNALS_WORKER_HOST": "::"}, False),
        ({"SIGNALS_WORKER_PORT": "0"}, False),
        ({"SIGNALS_WORKER_HOST": "0.0.0.0", "SIGNALS_WORKER_URL": "http://worker-1:6066"}, True),
    ],
)
def test_it_is_known_whether_the_api_can_find_the_worker(variables: dict[str, str], is_found: bool) -> None:
    assert ClusterSettings.read(GOOD | {"SIGNALS_WORKER_TOKEN": "t"} | variables).is_found == is_found


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
