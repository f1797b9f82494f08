"""The queue of the embedded node, in one SQLite file."""

from streams.queue.sqlite.decisions import SqliteDecisions
from streams.queue.sqlite.recommendations import SqliteRecommendations
from streams.queue.sqlite.repeats import SqliteRepeats
from streams.queue.sqlite.upkeep import SqliteUpkeep
from streams.queue.sqlite.work import SqliteWork


class SqliteQueue(SqliteRecommendations, SqliteWork, SqliteDecisions, SqliteRepeats, SqliteUpkeep):
    """A ``Queue`` in one file; any number of threads may use it, one at a time writes."""


__all__ = ["SqliteQueue"]
