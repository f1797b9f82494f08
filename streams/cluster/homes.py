"""Where the subjects of a history are at home: all that it links live together in one shard, as long as it is loaded.

Shards run at their own pace through a history, so a device's visits would reach its customer's shard too early or too
late to count as they did, and so would what a household shares. A history tells beforehand who is linked with whom; its
records carry that in a header, which nothing that comes in by HTTP or in a file can set, and the shards are told where
each row lives.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from signals.customer.identity import ordered_subjects
from signals.events.event import Event
from signals.events.subject import STRENGTH, kind_of
from streams.replay.shards import read_links

HOME = "signals-home"
"""Header of a loaded event: the subject whose shard it belongs to."""

_LINKS = frozenset({"identity.linked", "identity.unlinked"})


class Homes:
    """Who lives with whom, by the links in a history: with the strongest of all who are linked."""

    def __init__(self, links: Sequence[tuple[str, str]] = ()) -> None:
        self._lives_with: dict[str, str] = {}
        for link in links:
            host, guest = sorted(map(self.home_of, link), key=_rank)
            if host != guest:
                self._lives_with[guest] = host

    @classmethod
    def of(cls, files: Sequence[str]) -> "Homes":
        """The homes a history in files tells of."""
        return cls(read_links(files))

    def placed(self, event: Event) -> tuple[Event, str]:
        """The event, and the subject whose shard it belongs to; a link goes to its weaker subject."""
        if event.type in _LINKS:
            event = replace(event, subject=ordered_subjects(event.data["from"], event.data["to"])[0])
        return event, self.home_of(event.subject)

    def home_of(self, subject: str) -> str:
        """The subject with whose row a subject's row lives."""
        lives_with = self._lives_with
        while (host := lives_with.get(subject)) is not None:
            lives_with[subject] = lives_with.get(host, host)  # the way is shorter next time
            subject = host
        return subject

    def guests(self) -> Iterator[tuple[str, str]]:
        """Who doesn't live in the shard of their own subject → with whom."""
        return ((guest, self.home_of(guest)) for guest in self._lives_with)


def _rank(subject: str) -> tuple[int, str]:
    return STRENGTH.index(kind_of(subject)), subject


def home_of(headers: Iterable[tuple[str, bytes | None]], event: Event) -> str:
    """The subject whose shard an event belongs to, by the headers of its record."""
    for name, home in headers:
        if name == HOME and home is not None:
            return home.decode(errors="replace")
    return event.subject
