"""A mention: what one text says about one event."""

import msgspec

from signals.calendar.instant import Instant


class Mention(msgspec.Struct, frozen=True):
    """One event told in a text. It carries labels and offsets, never the words themselves.

    ``subject`` is self, household or other; ``polarity`` affirmed, negated or hypothetical; ``time`` past (stale),
    now or future. ``span`` counts characters of the text that was read. ``date`` is the moment the text
    states for the event; ``name`` the competitor, spelled as the pack spells it.
    """

    event: str
    subject: str
    polarity: str
    time: str
    score: float
    span: tuple[int, int]
    date: Instant | None = None
    name: str | None = None

    @property
    def actionable(self) -> bool:
        """May a trigger fire on it: affirmed, about the customer or their household, and not stale?"""
        return self.polarity == "affirmed" and self.subject != "other" and self.time != "past"
