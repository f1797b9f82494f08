"""Finding the events of a failed batch that are to blame, without rebuilding the shard for each of them."""

from collections.abc import Sequence

from signals.calendar.instant import Instant
from signals.events.event import Event
from streams.cluster.engine import Engine, Engines, Load, Owns


class Trial:
    """Tries events one by one on an engine that knows nobody but the customers that they are about.

    What a failing event leaves half done is thrown away with that engine; the next one is made in no time, because it
    isn't told of all rows, and starts from the rows that the events before had left.
    """

    def __init__(
        self, engines: Engines, load: Load, owns: Owns, beside: Sequence[tuple[str, bytes]], news: Sequence[Event]
    ) -> None:
        """``beside`` are the rows that the engine keeps beside those of customers."""
        self._engines = engines
        self._load = load
        self._owns = owns
        self._beside = beside
        self._news = news
        self._changed: dict[str, bytes | None] = {}

    def failures(self, events: Sequence[Event], clock: Instant) -> dict[int, str]:
        """For each event on which the engine fails, by its place: the kind of error."""
        failed: dict[int, str] = {}
        engine, known = self._fresh(clock), set[str]()
        for place, event in enumerate(events):
            if event.subject not in known and (row := self._row(event.subject)) is not None:
                engine.restore([(event.subject, row)], (), clock)
                known.add(event.subject)
            try:
                self._changed |= engine.process([event]).rows | engine.take_rows()
                clock = engine.clock
            except Exception as error:
                failed[place] = type(error).__name__
                engine, known = self._fresh(clock), set()
        return failed

    def _fresh(self, clock: Instant) -> Engine:
        engine = self._engines.make(self._row, self._owns)
        rows = ((key, self._changed.get(key, row)) for key, row in self._beside)
        engine.restore([(key, row) for key, row in rows if row is not None], self._news, clock)
        return engine

    def _row(self, key: str) -> bytes | None:
        return self._changed[key] if key in self._changed else self._load(key)
