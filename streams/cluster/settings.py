"""Where Kafka and Redis are and how to reach them: everything that comes from the environment."""

import os
import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from faust import SASLCredentials
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from redis.connection import parse_url

from streams.addresses import http_address
from streams.environment import SettingsError, settings_error
from streams.queue.retention import KEPT_DAYS

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  names them, listens nowhere
_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+)(:\d{1,5})?")
_ADDRESS = re.compile(r"https?://[^\s/]\S*")
_MEBIBYTE = 1 << 20


class ClusterSettings(BaseSettings):
    """``KAFKA_BOOTSTRAP``, ``REDIS_URL`` and the ``SIGNALS_…`` variables of the cluster."""

    model_config = SettingsConfigDict(
        env_prefix="SIGNALS_", populate_by_name=True, extra="ignore", env_ignore_empty=True
    )

    kafka_bootstrap: str = Field(validation_alias="KAFKA_BOOTSTRAP", min_length=1)
    """Addresses of brokers: ``host:port,host:port``."""
    redis_url: SecretStr = Field(default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")
    kafka_ca: Path | None = None
    """Certificates (PEM) that sign the brokers'; given: the connection is TLS."""
    kafka_certificate: Path | None = None
    kafka_key: Path | None = None
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_tls: bool = False
    """TLS with the system's certificates."""

    topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$")
    """Before every topic, consumer group and key: several installations can share a Kafka and a Redis."""
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 8
    """Shards of the customers; workers share them. To change it, see deploy/README.md."""
    replication: Annotated[int, Field(ge=1, le=10)] = 1
    """Copies of each topic that Kafka keeps."""

    data: Path = Path("signals-data")
    """Folder of the local copies of the state; may be lost at any time."""
    memory: Annotated[int, Field(ge=64)] = 512
    """Mebibytes for the state at hand: half for decoded rows, half for the buffers and caches of the local copies."""
    clock: Literal["wall", "event"] = "wall"
    """What moves time: the clock, or events and ``clock.ticked`` only (loading history, tests)."""
    retention_days: Annotated[int, Field(ge=1, le=36_500)] = KEPT_DAYS
    """How long recommendations stay in Redis after they expired, in the shards' time."""
    instance: str | None = None
    """A name that this worker keeps over restarts: a quick restart then moves no partitions."""
    worker_host: str = "127.0.0.1"
    worker_port: Annotated[int, Field(ge=0, le=65_535)] = 6066
    worker_url: str | None = None
    """How the API reaches this worker; without it ``http://<worker_host>:<worker_port>``."""
    worker_token: SecretStr | None = None
    """What the API shows to a worker before it gives a customer's row; required off loopback."""
    session_seconds: Annotated[float, Field(ge=6, le=300)] = 10
    """After how many silent seconds a worker is taken for dead."""

    @field_validator("worker_url")
    @classmethod
    def _worker_can_be_asked(cls, url: str | None) -> str | None:
        if url is not None and not _ADDRESS.fullmatch(url):
            raise ValueError("is no address of a worker; write http://host:6066")
        return url

    @field_validator("redis_url")
    @classmethod
    def _redis_can_be_found(cls, url: SecretStr) -> SecretStr:
        try:
            parse_url(url.get_secret_value())  # type: ignore[no-untyped-call]
        except ValueError:  # it may quote the password
            raise ValueError("is no address of Redis; write redis://host:6379/0, or rediss:// for TLS") from None
        return url

    @field_validator("kafka_bootstrap")
    @classmethod
    def _brokers_can_be_found(cls, addresses: str) -> str:
        brokers = [address.strip() for address in addresses.split(",")]
        if not all(_BROKER.fullmatch(broker) for broker in brokers):
            raise ValueError("is no list of brokers; write host:9092,host:9092")
        return ",".join(brokers)

    @classmethod
    def read(cls, environment: dict[str, str] | None = None) -> Self:
        """Settings out of the environment (``os.environ``); raises ``SettingsError`` that names everything wrong."""
        wrong = _incomplete(os.environ if environment is None else environment)
        try:
            settings = cls() if environment is None else cls.model_validate(_fields(environment))
        except ValidationError as error:
            raise SettingsError("\n".join((str(settings_error(error, _variable)), *wrong))) from None
        if wrong:
            raise SettingsError("\n".join(wrong))
        return settings

    @property
    def application(self) -> str:
        """Name of the consumer group, and the start of every transactional id."""
        return f"{self.topic_prefix}signals"

    @property
    def redis_prefix(self) -> str:
        """Start of every key in Redis; the braces keep them on one node of a Redis cluster."""
        return f"{{{self.application}}}:"

    @property
    def public_url(self) -> str:
        """Address under which the API finds this worker."""
        return self.worker_url or http_address(self.worker_host, self.worker_port)

    @property
    def is_found(self) -> bool:
        """Whether that leads to it: who listens on all addresses, or on any free port, has to say where it is found."""
        return self.worker_url is not None or (self.worker_host not in _EVERYWHERE and self.worker_port > 0)

    @property
    def client_id(self) -> str:
        """How this process introduces itself to the brokers."""
        return f"{self.application}-{self.instance or f'{socket.gethostname()}-{os.getpid()}'}"

    @property
    def rows_bytes(self) -> int:
        """Bytes for decoded rows."""
        return self.memory * _MEBIBYTE // 2

    @property
    def copies_bytes(self) -> int:
        """Bytes for the local copies."""
        return self.memory * _MEBIBYTE // 2

    def unreachable(self) -> str:
        """What to say when Kafka doesn't answer: the settings that may be wrong."""
        doubts = ["is it running", "is KAFKA_BOOTSTRAP right"]
        if self.kafka_user:
            doubts.append("are SIGNALS_KAFKA_USER, SIGNALS_KAFKA_PASSWORD and SIGNALS_KAFKA_MECHANISM right")
        if self.tls() is not None:
            doubts.append("did SIGNALS_KAFKA_CA sign its certificate, and does it accept ours")
        else:
            doubts.append("does it want TLS (SIGNALS_KAFKA_CA)")
        return f"Kafka can't be reached at {self.kafka_bootstrap}: {'; '.join(doubts)}?"

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context of the connections to Kafka, ``None`` when they are plain; raises ``SettingsError``."""
        if not (self.kafka_tls or self.kafka_ca or self.kafka_certificate):
            return None
        context, wrong = ssl.create_default_context(), []
        try:
            if self.kafka_ca:
                context = ssl.create_default_context(cafile=str(self.kafka_ca))
        except OSError as error:
            wrong.append(f"SIGNALS_KAFKA_CA: {self.kafka_ca} is not a file of certificates ({error})")
        try:
            if self.kafka_certificate and self.kafka_key:
                context.load_cert_chain(self.kafka_certificate, self.kafka_key)
        except OSError as error:
            files = f"{self.kafka_certificate} and {self.kafka_key}"
            names = "SIGNALS_KAFKA_CERTIFICATE, SIGNALS_KAFKA_KEY"
            wrong.append(f"{names}: {files} are not a certificate and its key ({error})")
        if wrong:
            raise SettingsError("\n".join(wrong))
        return context

    def faust_credentials(self) -> SASLCredentials | None:
        """The same user and password, as Faust takes them."""
        if not (self.kafka_user and self.kafka_password):
            return None
        return SASLCredentials(
            username=self.kafka_user,
            password=self.kafka_password.get_secret_value(),
            mechanism=self.kafka_mechanism,
            ssl_context=self.tls(),
        )

    def connection(self) -> dict[str, Any]:
        """Arguments that kafka-python and aiokafka take alike."""
        context = self.tls()
        protocol = ("SASL_" if self.kafka_user else "") + ("SSL" if context else "PLAINTEXT")
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap.split(","),
            "client_id": self.client_id,
            "security_protocol": protocol,
            "ssl_context": context,
        }
        if self.kafka_user and self.kafka_password:
            arguments |= {
                "sasl_mechanism": self.kafka_mechanism,
                "sasl_plain_username": self.kafka_user,
                "sasl_plain_password": self.kafka_password.get_secret_value(),
            }
        return arguments


def _incomplete(environment: Mapping[str, str]) -> list[str]:
    """What is missing beside something that is set."""
    wrong = []
    for one, other in (
        ("SIGNALS_KAFKA_USER", "SIGNALS_KAFKA_PASSWORD"),
        ("SIGNALS_KAFKA_CERTIFICATE", "SIGNALS_KAFKA_KEY"),
    ):
        if bool(environment.get(one)) != bool(environment.get(other)):
            wrong.append(f"set both {one} and {other}, or neither")
    host = environment.get("SIGNALS_WORKER_HOST") or _LOOPBACK[0]
    if host not in _LOOPBACK and not environment.get("SIGNALS_WORKER_TOKEN"):
        wrong.append("set SIGNALS_WORKER_TOKEN when SIGNALS_WORKER_HOST is not a loopback address")
    return wrong


def _fields(environment: dict[str, str]) -> dict[str, str]:
    plain = {"KAFKA_BOOTSTRAP": "kafka_bootstrap", "REDIS_URL": "redis_url"}
    environment = {name: value for name, value in environment.items() if value}
    named = {name: value for name, value in environment.items() if name.startswith("SIGNALS_")}
    return {name.removeprefix("SIGNALS_").lower(): value for name, value in named.items()} | {
        field: environment[name] for name, field in plain.items() if name in environment
    }


def _variable(field: str) -> str:
    name = field.upper()
    return name if name in ("KAFKA_BOOTSTRAP", "REDIS_URL") else f"SIGNALS_{name}"
