"""The local copy of one shard's rows: fast, bounded in memory, and nothing is lost when it is.

The truth is the changelog topic. The copy remembers up to which offset of the changelog it goes, so that a restart on
the same machine reads only what is newer. It is written without a log of its own: after a crash it is a little older,
never inconsistent. Beside a row lies its head, where something is due in it or held: a start reads these alone, a small
part of what the rows take.
"""

import shutil
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import msgspec
import structlog
from rocksdict import (
    BlockBasedIndexType,
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteOptions,
)

from signals.calendar.instant import HOUR, Instant
from signals.customer.codec import VERSION, head_of
from signals.events.event import Event

Row = tuple[bytes, bytes | None]
"""A key and its value; ``None`` deletes it."""

_log = structlog.get_logger(__name__)

_POSITION = b"\x00position/"
_NEWS = b"\x00news/"
_CLOCK = b"\x00clock"
_PACK = b"\x00pack"
_HEAD = b"\x00~head/"
"""Begins the keys of heads, which come after all others that begin with a zero, and before the customers'."""
_MARK = b"\x00mark/2"
"""Up to where the copy goes; one without it is thrown away, so it is named anew when a copy is laid out otherwise."""
_OURS = (_POSITION, _NEWS, _CLOCK, _PACK, _HEAD, _MARK)
_FIRST_CUSTOMER = b"\x01"
_NUMBER = struct.Struct(">q")
_read_event = msgspec.msgpack.Decoder(Event).decode
_write_event = msgspec.msgpack.Encoder().encode
_HELD = ("rocksdb.size-all-mem-tables", "rocksdb.block-cache-usage", "rocksdb.estimate-table-readers-mem")
_MARKED = ">qqB"
"""An offset of the changelog, when it was written, and the version of rows; then comes which topic it is of."""
_TRUSTED = 12 * HOUR
"""How long a copy may lie unused. Compaction drops a deletion after a day: an older copy would bring it back. How old
one is that was written in the future, by a clock that was wrong, nobody knows."""


_NEVER = 1 << 30
"""More files than there will be."""


class NewerState(Exception):
    """A newer release wrote these rows."""


class Store:
    """The rows of one shard, and beside them the positions up to which events are in them, the current news, how far
    event time had come, and the pack that the rows are prepared for. Keys of customers are plain text; keys that begin
    with a zero are the engine's and ours."""

    def __init__(self, folder: Path, origin: str, now: Instant, memory: int) -> None:
        """Open or make the copy. ``origin`` is the id of the changelog topic: a copy of another topic is thrown away,
        as is one that is too old, or damaged. ``memory`` is in bytes."""
        self._folder = folder
        self._is_doubted = folder / "DOUBTED"
        self._origin = origin.encode()
        self._options = _options(memory)
        self.offset = 0
        """First offset of the changelog that isn't in the copy."""
        self._take_up(now)

    def _take_up(self, now: Instant) -> None:
        try:
            if self._is_doubted.exists():
                shutil.rmtree(self._folder)
            self._open()
            mark = self._database.get(_MARK)
        except Exception as error:
            if not _is_damage(error):
                raise
            _log.warning("a local copy is damaged, and thrown away", folder=str(self._folder), error=str(error))
            shutil.rmtree(self._folder)
            self._open()
            mark = None
        if mark is not None and self._trusted(mark, now):
            self.offset = _number(mark)
        else:
            self.wipe()

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._database: Any = Rdict(
            str(self._folder), self._options
        )  # its types know many kinds of values, ours: bytes
        without_log: Any = WriteOptions()
        without_log.disable_wal = True
        self._database.set_write_options(without_log)

    def _trusted(self, mark: bytes, now: Instant) -> bool:
        _, written, version = struct.unpack_from(_MARKED, mark)
        told = mark[struct.calcsize(_MARKED) :]
        return told == self._origin and abs(now - written) < _TRUSTED and version <= VERSION

    def get(self, key: bytes) -> bytes | None:
        """The row of ``key``."""
        try:
            value: bytes | None = self._database.get(key)
        except Exception as error:
            self._doubt(error)
            raise
        return value

    def _items(self, **where: bytes) -> Iterator[tuple[bytes, bytes]]:
        try:
            yield from self._database.items(**where)
        except Exception as error:
            self._doubt(error)
            raise

    def _doubt(self, error: Exception) -> None:
        """Let the next start throw the copy away, where what is wrong with it shows when it is read."""
        if _is_damage(error):
            self._is_doubted.touch()

    def write(self, rows: Iterable[Row], offset: int, now: Instant) -> None:
        """Take over changed rows, in order, all or none; ``offset`` is the first of the changelog after them.

        Raises ``NewerState``."""
        batch = WriteBatch(raw_mode=True)
        for key, value in rows:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
            if key[0]:
                _put_head(batch, key, value)
        batch.put(_MARK, struct.pack(_MARKED, offset, now, VERSION) + self._origin)
        self._database.write(batch)
        self.offset = offset

    @contextmanager
    def filling(self) -> Iterator[None]:
        """While much is written, files are not merged: that is done once, in the background, when all of it is here,
        in place of over and over."""
        self._database.set_options({"disable_auto_compactions": "true"})
        try:
            yield
        finally:
            self._database.set_options({"disable_auto_compactions": "false"})

    @contextmanager
    def lent(self, now: Instant) -> Iterator[None]:
        """Meanwhile another process has the copy; afterwards it is taken up as that one left it."""
        self.close()
        try:
            yield
        finally:
            self._take_up(now)

    def rows(self) -> Iterator[tuple[str, bytes]]:
        """All rows of the engine: what it keeps beside the customers', and these."""
        yield from self.beside()
        yield from self.customers()

    def customers(self) -> Iterator[tuple[str, bytes]]:
        """The rows of customers."""
        return ((key.decode(), row) for key, row in self._items(from_key=_FIRST_CUSTOMER))

    def heads(self) -> Iterator[tuple[str, bytes]]:
        """What a start needs: what the engine keeps beside the customers' rows, and of these the heads, where there are
        any."""
        yield from self.beside()
        yield from ((key.decode(), head) for key, head in self._beginning_with(_HEAD))

    def beside(self) -> Iterator[tuple[str, bytes]]:
        """What the engine keeps beside the rows of customers."""
        ours = takewhile(lambda row: row[0] < _HEAD, self._items())
        return ((key.decode(), row) for key, row in ours if is_beside(key))

    def customers_after(self, key: str, count: int) -> list[str]:
        """The next ``count`` keys of customers after ``key`` ("" for the first), in their order."""
        begin = key.encode() + b"\x00" if key else _FIRST_CUSTOMER
        return [found.decode() for found in islice(self._database.keys(from_key=begin), count)]

    def positions(self, ids: Mapping[str, str]) -> dict[str, int]:
        """Per input topic the offset of the first event that isn't in the rows. ``ids`` says what Kafka calls each
        topic: of one that was made anew since, no event is in the rows. Rows of earlier releases don't tell it."""
        positions = {}
        for key, value in self._beginning_with(_POSITION):
            topic, topic_id = key.decode(), value[_NUMBER.size :].decode()
            if not topic_id or topic_id == ids.get(topic):
                positions[topic] = _number(value)
        return positions

    def news(self) -> list[Event]:
        """The news that came, oldest first."""
        events = [_read_event(value) for _, value in self._beginning_with(_NEWS)]
        return sorted(events, key=lambda event: (event.time, event.source, event.id))

    def clock(self) -> Instant:
        """How far event time had come."""
        value = self._database.get(_CLOCK)
        return 0 if value is None else _number(value)

    def pack(self) -> str | None:
        """The digest of the pack that the rows are prepared for."""
        value: bytes | None = self._database.get(_PACK)
        return None if value is None else value.decode()

    def _beginning_with(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key, value in self._items(from_key=start):
            if not key.startswith(start):
                return
            yield key.removeprefix(start), value

    def memory(self) -> int:
        """Bytes that it holds in memory: changes that aren't on disk yet, blocks of rows, and what leads to them."""
        return sum(self._database.property_int_value(name) for name in _HELD)

    def wipe(self) -> None:
        """Forget everything."""
        self._database.close()
        shutil.rmtree(self._folder)
        self._open()
        self.offset = 0

    def close(self) -> None:
        """Write what is in memory to disk and let go of the folder."""
        self._database.flush()
        self._database.close()


def _is_damage(error: Exception) -> bool:
    """Whether an error is of the files; not of one that is in use, or a disk without room."""
    return str(error).startswith("Corruption") or "No such file" in str(error)


def _put_head(batch: Any, key: bytes, row: bytes | None) -> None:
    if row is not None and row[0] > VERSION:
        told = f"customers' rows have version {row[0]}, this program reads up to {VERSION}"
        raise NewerState(f"{told}: start the release that wrote them")
    head = None if row is None else head_of(row)
    if head is None:
        batch.delete(_HEAD + key)
    else:
        batch.put(_HEAD + key, head)


def position_row(topic: str, position: int, topic_id: str) -> Row:
    """The row that says up to where ``topic`` is in the state, and which topic that is by Kafka's own id."""
    return _POSITION + topic.encode(), _NUMBER.pack(position) + topic_id.encode()


def clock_row(clock: Instant) -> Row:
    """The row that says how far event time has come."""
    return _CLOCK, _NUMBER.pack(clock)


def pack_row(digest: str) -> Row:
    """The row that says which pack the rows are prepared for."""
    return _PACK, digest.encode()


def news_row(event: Event) -> Row:
    """The row that keeps news for customers who come later."""
    return _news_key(event), _write_event(event)


def forgotten_news(event: Event) -> Row:
    """The row that lets go of news which concerns nobody any more."""
    return _news_key(event), None


def _news_key(event: Event) -> bytes:
    return _NEWS + f"{event.source}/{event.id}".encode()


def is_beside(key: bytes) -> bool:
    """Whether this is a row of the engine's that is no customer's."""
    return not key[0] and not key.startswith(_OURS)


def _number(value: bytes) -> int:
    number: int = _NUMBER.unpack_from(value)[0]
    return number


def _options(memory: int) -> Options:
    table = BlockBasedOptions()
    table.set_block_cache(Cache(memory // 2))
    table.set_bloom_filter(10, False)
    # What leads to a row lies in the cache, too, in small parts: else it would grow with the customers.
    table.set_cache_index_and_filter_blocks(True)
    table.set_index_type(BlockBasedIndexType.two_level_index_search())
    table.set_partition_filters(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(max(1 << 20, memory // 4))
    options.set_max_write_buffer_number(2)
    options.set_block_based_table_factory(table)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_background_jobs(2)
    # After much was filled in, files wait to be merged; meanwhile a read looks through more of them, no write waits.
    options.set_level_zero_slowdown_writes_trigger(_NEVER)
    options.set_level_zero_stop_writes_trigger(_NEVER)
    return options
