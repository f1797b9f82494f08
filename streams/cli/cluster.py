"""What the verbs of the cluster share: their settings, and errors said plainly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from streams.cluster.settings import ClusterSettings


def read_settings() -> "ClusterSettings":
    """The settings out of the environment; ends with status 2 and everything that is wrong with them."""
    settings: ClusterSettings = read_all(cluster_settings)[0]
    return settings


def cluster_settings() -> "ClusterSettings":
    """The settings out of the environment, with the files that they name; raises ``SettingsError``."""
    from streams.cluster.settings import ClusterSettings

    settings = ClusterSettings.read()
    settings.tls()
    return settings


def read_all(*reads: Callable[[], Any]) -> list[Any]:
    """What each of these reads; ends with status 2 and everything that is wrong with any of it."""
    from signals.pack.document import PackError
    from streams.environment import SettingsError

    found, wrong = [], []
    for read in reads:
        try:
            found.append(read())
        except (SettingsError, PackError, ValueError) as error:
            wrong.append(str(error))
    if wrong:
        refuse("\n".join(wrong))
    return found


@contextmanager
def clear_errors() -> Iterator[None]:
    """End with status 2 and the message alone, for errors that a person can mend."""
    from kafka.errors import KafkaError
    from redis import RedisError

    from signals.pack.document import PackError
    from streams.cluster.topics import TopicsError
    from streams.environment import SettingsError
    from streams.sources.files import SourceError

    try:
        yield
    except (SettingsError, TopicsError, PackError, SourceError, KafkaError, RedisError) as error:
        refuse(error)
