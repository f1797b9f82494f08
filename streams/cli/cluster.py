"""What the verbs of the cluster share: their settings, and errors said plainly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from streams.cluster.settings import ClusterSettings


def read_settings(*others: Callable[[], object]) -> "ClusterSettings":
    """The settings out of the environment; ends with status 2 and everything that is wrong with them, and with what
    ``others`` read."""
    from signals.pack.document import PackError
    from streams.cluster.settings import ClusterSettings
    from streams.environment import SettingsError

    found: list[ClusterSettings] = []

    def ours() -> None:
        found.append(ClusterSettings.read())
        found[0].tls()

    wrong = []
    for read in (ours, *others):
        try:
            read()
        except (SettingsError, PackError, ValueError) as error:
            wrong.append(str(error))
    if wrong:
        refuse("\n".join(wrong))
    return found[0]


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
