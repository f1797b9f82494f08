"""The decoded rows that a worker's shards have at hand: together they take no more memory than they are given."""

from collections.abc import Collection

_EMPTY, _EACH_BYTE = 2_500, 5.2
"""Bytes that a decoded row takes, and those more for each of its bytes as it is encoded. Measured on a year of the
demonstration's population, whose rows take 14 to 25 kB, their devices 8 and their addresses 3."""
_USUAL = 3_000
"""Bytes of an encoded row, before any was seen."""
_REMEMBERED = 50_000


class AtHand:
    """How many decoded rows each shard may keep, by how large rows are that were encoded lately."""

    def __init__(self, memory: int) -> None:
        """``memory`` is in bytes."""
        self.shards = 1
        """Among so many it is divided."""
        self._memory = memory
        self._seen = 0
        self._bytes = 0

    def note(self, rows: Collection[bytes | None]) -> None:
        """These rows were encoded."""
        self._seen += len(rows)
        self._bytes += sum(len(row) for row in rows if row is not None)
        if self._seen > _REMEMBERED:
            self._seen, self._bytes = self._seen // 2, self._bytes // 2

    @property
    def most(self) -> int:
        """So many rows each shard may keep."""
        encoded = self._bytes / self._seen if self._seen else _USUAL
        return max(1, int(self._memory / (_EMPTY + _EACH_BYTE * encoded)) // max(1, self.shards))
