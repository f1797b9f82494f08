"""Records with a header whose name is not UTF-8: Kafka takes any bytes, aiokafka's parser gives up on such a record.

A worker that met one would end, and again after each restart. So what one fetch brought is kept until it is read, and
where the parser fails all of it is read anew by aiokafka's slower parser in Python, of which what is unreadable in such
a name is a question mark to us.
"""

from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy
from aiokafka.record.util import decode_varint

_MASK = ord("?")
_MAGIC_OF_HEADERS = 2


class KeptRecords(MemoryRecords):  # type: ignore[misc]  # aiokafka has no types
    """What one fetch brought of one partition, for aiokafka's fast parser, and its bytes."""

    def __init__(self, fetched: bytes) -> None:
        super().__init__(fetched)
        self.fetched = fetched


class ReadableRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """The same records, whatever the names of their headers are."""

    def next_batch(self) -> Any:
        content, batch = self._next_slice, super().next_batch()
        return _ReadableBatch(content) if batch is not None and batch.magic >= _MAGIC_OF_HEADERS else batch


class _ReadableBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    def _read_msg(self) -> Any:
        self._mask_names(self._pos)
        return super()._read_msg()

    def _mask_names(self, place: int) -> None:
        """Make the names of the headers readable, of the record at ``place``."""
        content = self._buffer
        for _ in ("length", "attributes", "timestamp", "offset"):
            _, place = decode_varint(content, place)
        for _ in ("key", "value"):
            place = _after(content, place)
        count, place = decode_varint(content, place)
        for _ in range(count):
            begin, end = decode_varint(content, place)[1], _after(content, place)
            content[begin:end] = _readable(content[begin:end])
            place = _after(content, end)


def _after(content: bytearray, place: int) -> int:
    """Where the bytes end whose number stands at ``place``; less than none is nothing."""
    size, begin = decode_varint(content, place)
    return int(begin) + max(int(size), 0)


def _readable(name: bytearray) -> bytearray:
    try:
        name.decode()
    except UnicodeDecodeError:
        return bytearray(byte if byte < 0x80 else _MASK for byte in name)
    return name
