"""The environment is checked as a whole, and secrets stay secret."""

import pytest

from streams.cluster.settings import ClusterSettings
from streams.environment import SettingsError

GOOD = {"KAFKA_BOOTSTRAP": "127.0.0.1:9092"}


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        ClusterSettings.read({"SIGNALS_PARTITIONS": "many", "SIGNALS_CLOCK": "moon"})
    assert all(name in str(caught.value) for name in ("KAFKA_BOOTSTRAP", "SIGNALS_PARTITIONS", "SIGNALS_CLOCK"))


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
