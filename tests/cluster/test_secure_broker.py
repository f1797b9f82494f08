"""Everything that talks to Kafka does so over TLS with certificates on both sides, and logs in by SCRAM."""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.workers import PS1, Cluster, contact, signals
from tests.servers.certificates import Certificates
from tests.servers.kafka import Kafka
from tests.servers.process import Server, free_port
from tests.servers.waiting import answered

USER, PASSWORD = "signals", "geheim-4711"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[str]:
    """The address of a broker that asks for a certificate and a password."""
    secure, inside, controller = free_port(), free_port(), free_port()
    listeners = f"SASL_SSL://127.0.0.1:{secure},PLAINTEXT://127.0.0.1:{inside}"
    properties = {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": listeners,
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": SCRAM,
        "ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.keystore()),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.ca),
    }
    kafka = Kafka(tmp_path_factory.mktemp("secure-kafka"), properties, (USER, PASSWORD))
    kafka.run()
    yield f"127.0.0.1:{secure}"
    kafka.kill()


@pytest.fixture
def cluster(broker: str, redis_url: str, tmp_path: Path, certificates: Certificates) -> Iterator[Cluster]:
    secrets = {"SIGNALS_KAFKA_USER": USER, "SIGNALS_KAFKA_PASSWORD": PASSWORD}
    files = {
        "SIGNALS_KAFKA_CA": str(certificates.ca),
        "SIGNALS_KAFKA_CERTIFICATE": str(certificates.client),
        "SIGNALS_KAFKA_KEY": str(certificates.client_key),
    }
    installation = Cluster(broker, redis_url, tmp_path, **secrets, **files)
    yield installation
    installation.stop()


@pytest.fixture
def api(cluster: Cluster) -> Iterator[str]:
    port = free_port()
    server = Server(
        cluster.command(sys.executable, "-m", "streams.cli", "api", "--port", str(port)), cluster.folder / "api.log"
    )
    server.start(lambda log: "listening" in log)
    yield f"http://127.0.0.1:{port}"
    server.kill()


def test_workers_tools_and_api_work_through_tls_and_scram(cluster: Cluster, api: str) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    contacts = [{**contact(number, number % 7), "time": now} for number in range(21)]
    file = cluster.folder / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in contacts[:-1]) + "no event\n")
    loaded = signals(cluster, "load", str(file))
    assert (loaded.returncode, "1 lines quarantined" in loaded.stdout) == (0, True), loaded.stderr
    cluster.start("a", "signals", "--pack", str(PS1))
    assert len(cluster.recommendations(6)) == 6
    assert "NOT_JSON" in signals(cluster, "quarantine", "list").stdout
    headers = {"content-type": "application/cloudevents+json"}
    answered(urllib.request.Request(f"{api}/v1/events", json.dumps(contacts[-1]).encode(), headers))
    assert len(cluster.recommendations(7)) == 7
    assert answered(f"{api}/v1/customers/customer:6")["customer"] == "customer:6"


@pytest.mark.parametrize(
    ("verb", "wrong", "told"),
    [
        ("topics check", {"SIGNALS_KAFKA_PASSWORD": "other"}, "SIGNALS_KAFKA_PASSWORD"),
        ("worker", {"SIGNALS_KAFKA_CA": "/dev/null"}, "SIGNALS_KAFKA_CA"),
    ],
)
def test_a_wrong_password_or_authority_is_said_plainly(
    cluster: Cluster, verb: str, wrong: dict[str, str], told: str
) -> None:
    answer = signals(cluster, *verb.split(), **wrong)
    assert (answer.returncode, told in answer.stderr, PASSWORD in answer.stderr) == (2, True, False), answer.stderr
