"""Quarantine: what could not become an event is kept, with the reason, where it stood and its bytes."""

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import IO

import msgspec

from signals.batch import Failed
from signals.calendar.instant import Instant, format_instant
from signals.events.decode import LONGEST, Rejected


class FileLine(msgspec.Struct, frozen=True):
    """A place in a file; lines count from 1."""

    source_file: str
    line: int


class TopicOffset(msgspec.Struct, frozen=True):
    """A place in a Kafka topic."""

    topic: str
    partition: int
    offset: int


class Request(msgspec.Struct, frozen=True):
    """A place in an HTTP request: its route and the number of the item (from 0)."""

    route: str
    item: int


Place = FileLine | TopicOffset | Request
PLACE = ("topic", "partition", "offset", "route", "item", "source_file", "line")
"""The parts of any place, as a record has them."""


class Quarantined(msgspec.Struct, frozen=True):
    """Bytes that were refused; ``received`` is when we saw them."""

    rejected: Rejected
    raw: bytes
    received: Instant
    place: Place

    def record(self) -> dict[str, object]:
        """The quarantined record as JSON: reason, field, detail, the place, raw, received.

        ``raw`` is the text as it came, or the beginning of what is longer than any event; bytes that are not UTF-8 are
        written as base64, and ``encoding`` says so.
        """
        record: dict[str, object] = msgspec.structs.asdict(self.rejected) | msgspec.structs.asdict(self.place)
        kept = self.raw[:LONGEST]
        try:
            record["raw"] = kept.decode()
        except UnicodeDecodeError:
            record |= {"raw": base64.b64encode(kept).decode(), "encoding": "base64"}
        return record | {"received": format_instant(self.received)}


TIMER_FAILED = "TIMER_FAILED"
"""Reason of a quarantined timer. It was no event, so it can't be sent in again."""


def failed_timer(failed: Failed, received: Instant, place: Place) -> Quarantined:
    """A due moment on which the engine failed, set apart; ``place`` is where the events stood when it came due."""
    detail = f"the engine failed on this timer with {failed.error}; it is off its customer's list"
    return Quarantined(Rejected(TIMER_FAILED, None, detail), msgspec.json.encode(failed), received, place)


def raw_of(record: Mapping[str, str]) -> bytes:
    """The bytes of a quarantined record as they came in, for another try."""
    if record.get("encoding") == "base64":
        return base64.b64decode(record["raw"])
    return record["raw"].encode()


def text_of(record: Mapping[str, str]) -> str:
    """What came in as text, for looking through; bytes that are not UTF-8 are replaced."""
    return raw_of(record).decode(errors="replace")


_BEFORE, _AFTER, _AFTER_SUBJECT = r"(?<!\w)(?<!\w[-.+'])", r"(?!\w|[-.+@']\w)", r"(?!\w|[-.+@'/]\w)"
"""What may not stand beside a name: with it, the name would be another person's (``customer:12-3``, ``p.jan@…``)."""


def names_one(text: str, names: Sequence[str]) -> bool:
    """Whether a text speaks of one of these subjects; an address or number also counts without its kind."""
    raw = text.lower()
    wanted = [(name.lower(), _AFTER_SUBJECT) for name in names]
    bare = [name.partition(":")[2] for name, _ in wanted if name.startswith(("email:", "phone:", "social:"))]
    wanted += [(name, _AFTER) for name in bare]
    return any(re.search(f"{_BEFORE}{re.escape(name)}{after}", raw) for name, after in wanted)


class QuarantineFile:
    """Writes quarantined records as JSON lines and counts them by reason; without a file it only counts."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self.reasons: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        """By reason, where the first stood and what is wrong with it."""
        self._file = file

    def add(self, quarantined: Quarantined) -> None:
        """Keep one."""
        rejected = quarantined.rejected
        self.reasons[rejected.reason] += 1
        if rejected.reason not in self.first:
            place = quarantined.place
            where = f"{place.source_file}:{place.line}: " if isinstance(place, FileLine) else ""
            self.first[rejected.reason] = f"{where}{f'{rejected.field}: ' if rejected.field else ''}{rejected.detail}"
        if self._file:
            self._file.write(msgspec.json.encode(quarantined.record()) + b"\n")


def in_words(reasons: Counter[str], first: Mapping[str, str], file: str | None) -> Iterator[str]:
    """What was quarantined, the commonest reason first, a line each; and how to keep it, where no ``file`` does."""
    for reason, number in reasons.most_common():
        yield f"  {reason}: {number:,}, first {first.get(reason, '')}"
    if reasons and file is None:
        yield "  --quarantine FILE keeps each with its place and reason"


@contextmanager
def open_quarantine(path: str | None) -> Iterator[QuarantineFile]:
    """Open a file for what is refused; raises ``OSError`` when it can't be written."""
    with nullcontext(None) if path is None else open(path, "wb") as file:
        yield QuarantineFile(file)
