"""Records with a header whose name is not UTF-8: Kafka takes any bytes, and both libraries give up on such a record.

A worker that met one would end, and again after each restart; no pack could be compared on such an event. So what one
fetch brought a worker is kept until it is read, and where aiokafka's fast parser fails all of it is read anew by its
slower one, in Python, like that of kafka-python. To these, what is unreadable in a name is a question mark.
"""

from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy
from aiokafka.record.util import decode_varint
from kafka.record.default_records import DefaultRecordBatch

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


class _Masking:
    """Reads a record anew that could not be read, once the names of its headers are masked."""

    _buffer: bytearray
    _pos: int

    def _read_msg(self) -> Any:
        read = super()._read_msg  # type: ignore[misc]
        try:
            return read()
        except UnicodeDecodeError:
            _mask_names(self._buffer, self._pos)
            return read()


class _ReadableBatch(_Masking, _DefaultRecordBatchPy):  # type: ignore[misc]
    """Of aiokafka's slower parser."""


class ReadableBatch(_Masking, DefaultRecordBatch):  # type: ignore[misc]
    """Of kafka-python."""


def _mask_names(content: bytearray, place: int) -> None:
    """Make the names of the headers readable, of the record at ``place``."""
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
