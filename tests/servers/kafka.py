"""A one-node Kafka (KRaft) out of Maven's jars: ready in a few seconds, gone when the tests end."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from tests.servers.process import Server, free_port

POM = Path(__file__).with_name("pom.xml")
JARS = Path(__file__).resolve().parents[2] / ".cache" / "kafka"


def fetch_jars() -> Path:
    """The folder with the broker's jars, filled by Maven once for this very pom; raises when that fails."""
    stamp = JARS / "pom.xml"
    if not stamp.exists() or stamp.read_bytes() != POM.read_bytes():
        shutil.rmtree(JARS, ignore_errors=True)
        copy = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
        subprocess.run(copy, check=True)
        stamp.write_bytes(POM.read_bytes())
    return JARS


class Kafka(Server):
    """One broker in ``folder``; a restart finds its data and its port again."""

    def __init__(
        self, folder: Path, properties: Mapping[str, str] | None = None, user: tuple[str, str] | None = None
    ) -> None:
        """``properties`` go over the broker's settings; a ``user`` with a password may log in by SCRAM-SHA-512."""
        self.folder = folder
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.classpath = f"{fetch_jars()}/*"
        self.config = folder / "server.properties"
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", self.classpath]
        super().__init__([*java, "kafka.Kafka", str(self.config)], folder / "kafka.log")
        self._format(properties or {}, user)

    def run(self) -> None:
        """Start the broker, for the first time or again."""
        self.start(lambda log: "Kafka Server started" in log, seconds=300)

    def _format(self, properties: Mapping[str, str], user: tuple[str, str] | None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {**self._settings(), **properties}
        self.config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ["java", "-cp", self.classpath, "kafka.tools.StorageTool", "format", "-t", f"A{cluster[1:]}"]
        scram = ["--add-scram", f"SCRAM-SHA-512=[name={user[0]},password={user[1]}]"] if user else []
        subprocess.run([*tool, "-c", str(self.config), *scram], check=True, capture_output=True)

    def _settings(self) -> dict[str, str]:
        controller = free_port()
        replication = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.min.isr": "1",
        } | {f"{topic}.replication.factor": "1" for topic in replication}
