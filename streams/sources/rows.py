"""Rows of CSV and JSON lines, each with the line it began on and its text, in bounded memory."""

import csv
import re
from collections.abc import Iterator
from itertools import groupby
from typing import IO, Any

import msgspec

from signals.events.decode import LONGEST, Rejected
from streams.sources.files import SourceError, open_source, split_lines
from streams.sources.mailbox import mailbox_rows
from streams.sources.mapping import Mapping
from streams.sources.row import Row, value_at

_ESCAPED = re.compile("[\udc80-\udcff]")
WIDEST = 131_072
"""The most characters one cell may have."""


def read_rows(path: str, mapping: Mapping) -> Iterator[list[Row]]:
    """Read groups of rows (of one row each where the mapping doesn't group); raises ``SourceError``."""
    with open_source(path) as stream:
        rows = _rows(stream, path, mapping)
        if not mapping.group:
            yield from ([row] for row in rows)
            return
        for _, group in groupby(rows, key=lambda row: _group_key(row, mapping.group)):
            yield list(group)


def _rows(stream: IO[bytes], path: str, mapping: Mapping) -> Iterator[Row]:
    match mapping.read:
        case "csv":
            return _csv_rows(stream, path, mapping)
        case "jsonl":
            return _json_rows(stream)
        case "mbox":
            return mailbox_rows(stream)


def _group_key(row: Row, group: list[str]) -> object:
    return row.line if row.rejected else [value_at(row.columns, column) for column in group]


def _json_rows(stream: IO[bytes]) -> Iterator[Row]:
    for number, raw in split_lines(stream):
        if raw and not raw.isspace():
            yield _json_row(number, raw)


def _json_row(number: int, raw: bytes) -> Row:
    if len(raw) > LONGEST:
        return Row(number, raw, {}, Rejected("TOO_LARGE", None, f"a row is at most {LONGEST} bytes"))
    try:
        return Row(number, raw, msgspec.json.decode(raw, type=dict[str, Any]))
    except (ValueError, RecursionError):
        return Row(number, raw, {}, Rejected("NOT_JSON", None, "write one JSON object per line, in UTF-8"))


class _Lines:
    """The text lines a CSV reader takes, remembering those of the present row."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._lines = split_lines(stream)
        self._encoding = encoding
        self.taken: list[bytes] = []
        self.first = 0

    def __iter__(self) -> Iterator[str]:
        for number, raw in self._lines:
            if not self.taken:
                self.first = number
            self.taken.append(raw)
            yield raw.decode(self._encoding, "surrogateescape") + "\n"

    def row(self) -> tuple[int, bytes]:
        first, raw = self.first, b"\n".join(self.taken)
        self.taken = []
        return first, raw


def _csv_rows(stream: IO[bytes], path: str, mapping: Mapping) -> Iterator[Row]:
    csv.field_size_limit(WIDEST)
    lines = _Lines(stream, mapping.encoding)
    reader = csv.reader(lines, delimiter=mapping.delimiter)
    header = _header(reader, path, mapping)
    lines.row()
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(*lines.row(), {}, Rejected("TOO_LARGE", None, f"a cell has at most {WIDEST} characters"))
            continue
        number, raw = lines.row()
        if cells:
            yield Row(number, raw, dict(zip(header, cells, strict=False)), _misfit(raw, header, cells))


def _header(reader: Iterator[list[str]], path: str, mapping: Mapping) -> list[str]:
    try:
        header = next(reader)
    except (StopIteration, csv.Error):
        raise SourceError(f"{path}:1: there is no header; the first row names the columns") from None
    if missing := sorted(set(mapping.columns()) - set(header)):
        wanted = ", ".join(map(repr, missing))
        raise SourceError(
            f"{path}:1: the mapping wants column {wanted}; the header has {', '.join(header)}."
            f" Is {mapping.delimiter!r} the delimiter?"
        )
    return header


def _misfit(raw: bytes, header: list[str], cells: list[str]) -> Rejected | None:
    if len(cells) != len(header):
        return Rejected("BAD_ROW", None, f"the row has {len(cells)} cells, the header {len(header)}")
    if not raw.isascii() and any(_ESCAPED.search(cell) for cell in cells):
        return Rejected("BAD_ROW", None, "the bytes don't fit the encoding of the mapping; try encoding: cp1252")
    return None
