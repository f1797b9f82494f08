"""Where a history's weaker subjects are at home: with the customer they will turn out to be.

Shards run at their own pace through a history, so a device's visits would reach its customer's shard too early or too
late to count as they did. A history tells beforehand who becomes whom; its events carry that as ``resolvedsubject``.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from signals.customer.identity import linked_subjects
from signals.events.event import Event
from streams.replay.shards import read_links

RESOLVED = "resolvedsubject"
"""CloudEvents attribute of a loaded event: the subject whose shard it belongs to."""


class Homes:
    """Who becomes whom, by the links in a history."""

    def __init__(self, links: Sequence[tuple[str, str]] = ()) -> None:
        self._becomes: dict[str, str] = {}
        for weak, strong in links:
            if weak != strong:
                self._becomes.setdefault(weak, strong)

    @classmethod
    def of(cls, files: Sequence[str]) -> "Homes":
        """The homes a history in files tells of."""
        return cls(read_links(files))

    def sent_home(self, event: Event) -> Event:
        """The event with its home marked, where that isn't with its own subject; a link goes to its weaker subject."""
        if event.type == "identity.linked":
            event = replace(event, subject=linked_subjects(event)[0])
        home = self.home_of(event.subject)
        if home == event.subject:
            return event
        return replace(event, extensions={**(event.extensions or {}), RESOLVED: home})

    def home_of(self, subject: str) -> str:
        """The subject a subject ends up as."""
        visited = {subject}
        while (stronger := self._becomes.get(subject)) is not None and stronger not in visited:
            visited.add(stronger)
            subject = stronger
        return subject


def home_of(event: Event) -> str:
    """The subject whose shard an event belongs to."""
    if event.extensions is None:
        return event.subject
    home = event.extensions.get(RESOLVED)
    return home if isinstance(home, str) else event.subject
