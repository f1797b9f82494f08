"""The boundary: bytes in, an :class:`Event` or the reason why not out. Nothing that comes in makes it raise.

The envelope is CloudEvents 1.0, as one JSON object (structured) or as headers and a value (binary). It is checked by
hand, because every event passes here; ``data`` by pydantic against the catalogue.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Annotated, Any, Literal

import msgspec
from pydantic import TypeAdapter
from pydantic_core import SchemaValidator, ValidationError

from signals.calendar.instant import EARLIEST, LATEST, MINUTE, Instant, format_instant, from_datetime
from signals.events.bounded_json import LONGEST, is_plain, keepable, read_json, require_shallow
from signals.events.catalogue import CATALOGUE, SUBJECT_FIELDS, WITHOUT_SUBJECT
from signals.events.event import Event
from signals.events.refusal import REASONS, Refusal, Rejected
from signals.events.shapes import LONGEST_NAME
from signals.events.subject import DEFAULT_REGION, MARKET, canonical_subject
from signals.faults import meant

__all__ = [
    "LONGEST",
    "REASONS",
    "Rejected",
    "as_written",
    "decode_binary",
    "decode_object",
    "decode_structured",
    "encode",
]

AHEAD = 10 * MINUTE

_KINDS: dict[str, tuple[str, Any]] = {name: (name, TypeAdapter(shape).validator) for name, shape in CATALOGUE.items()}
"""Each type with its one text and its validator: what rows keep of events should not be a text of its own each time."""
_CANONICAL = re.compile(r"(?:customer|policy|device):[!-~]{1,256}").fullmatch
"""Whether a subject is one whose canonical form is itself: most are."""

_OUT_OF_BOUNDS = ("literal", "greater", "less", "string_too", "too_")


_Zoned = Annotated[datetime, msgspec.Meta(tz=True)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """An envelope without fault or extension; msgspec reads such a one several times faster than piece by piece."""

    specversion: Literal["1.0"]
    id: _Name
    source: _Name
    type: str
    time: _Zoned
    subject: str | None = None
    data: dict[str, Any] | None = None
    recordedtime: _Zoned | None = None
    warmup: bool | None = None
    datacontenttype: Literal["application/json"] | None = None


_FAULTLESS = msgspec.json.Decoder(_Envelope)


def decode_structured(raw: bytes, arrival: Instant | None = None, region: str = DEFAULT_REGION) -> Event | Rejected:
    """Read one CloudEvents JSON object.

    ``arrival`` is when the edge saw it; without it the attribute ``recordedtime`` counts, else the event time itself.
    ``region`` is the country of phone numbers without country code.
    """
    try:
        try:
            known = _FAULTLESS.decode(raw) if len(raw) <= LONGEST else None
        except (ValueError, RecursionError):
            known = None
        if known is None:
            return _event_of(read_json(raw), arrival, region)
        plain = is_plain(known.data)
        if not plain:
            require_shallow(raw, known.data)
        media = known.datacontenttype
        event = _event(known, {"datacontenttype": media} if media else None, arrival, region)
        return event if plain else keepable(event)
    except Refusal as refusal:
        return refusal.rejected


def decode_binary(
    headers: Sequence[tuple[str, bytes | None]],
    value: bytes | None,
    arrival: Instant | None = None,
    region: str = DEFAULT_REGION,
) -> Event | Rejected:
    """Read a Kafka message: structured when ``content-type`` says so or no header starts with ``ce_``, else binary.

    Other headers (traces, a registry's binary ids) are the senders' own affair.
    """
    try:
        named = [(name.lower(), text) for name, text in headers]
        attributes = {name: _header(name, text) for name, text in named if name.startswith(("content-type", "ce_"))}
        media = attributes.pop("content-type", "").strip()
        envelope: dict[str, Any] = {name[3:]: text for name, text in attributes.items() if name.startswith("ce_")}
        if media.lower().startswith("application/cloudevents") or not envelope:
            if value is None:
                raise Refusal("MISSING_FIELD", "data", "the message has no value")
            return decode_structured(value, arrival, region)
        if media:
            _require_json(media)
            envelope["datacontenttype"] = media
        envelope |= as_written(envelope)
        envelope["data"] = read_json(value) if value else None
        return _event_of(envelope, arrival, region)
    except Refusal as refusal:
        return refusal.rejected


def as_written(attributes: Mapping[str, str]) -> dict[str, Any]:
    """What attributes that came as headers' texts mean; Python's own client writes ``True`` for ``true``."""
    written = attributes.get("warmup", "").lower()
    return {"warmup": written == "true"} if written in ("true", "false") else {}


def decode_object(
    envelope: Mapping[str, Any], arrival: Instant | None = None, region: str = DEFAULT_REGION
) -> Event | Rejected:
    """Read an event that is already a mapping; the mapping is left as it is."""
    try:
        raw = json.dumps(dict(envelope), allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        return Rejected("WRONG_TYPE", None, "an event holds only what JSON can say")
    return decode_structured(raw, arrival, region)


def encode(event: Event) -> bytes:
    """Write an event as one CloudEvents JSON object; decoding it gives the same event."""
    envelope: dict[str, Any] = {"specversion": "1.0", "id": event.id, "source": event.source, "type": event.type}
    envelope["time"] = format_instant(event.time)
    if event.subject:
        envelope["subject"] = event.subject
    if event.arrival != event.time:
        envelope["recordedtime"] = format_instant(event.arrival)
    if event.warmup:
        envelope["warmup"] = True
    if event.extensions:
        envelope.update(event.extensions)
    envelope["data"] = event.data
    return msgspec.json.encode(envelope)


def _header(name: str, text: bytes | None) -> str:
    try:
        return (text or b"").decode()
    except UnicodeDecodeError:
        raise Refusal("WRONG_TYPE", name, "write headers in UTF-8") from None


def _require_json(media: str) -> None:
    kind = media.lower().partition(";")[0].strip()
    if kind.partition("/")[2] != "json" and not kind.endswith("+json"):
        raise Refusal("NOT_JSON", "datacontenttype", "send data as application/json")


def _event_of(envelope: Any, arrival: Instant | None, region: str) -> Event:
    """Take the known attributes out of a freshly parsed envelope, one by one; what stays are the extensions."""
    if type(envelope) is not dict:
        raise Refusal("WRONG_TYPE", None, "an event is a JSON object")
    take = envelope.pop
    version, recorded, data = take("specversion", None), take("recordedtime", None), take("data", None)
    if data is None and envelope.get("data_base64") is not None:
        data = _packed(take("data_base64"), envelope)
    if version != "1.0":
        raise _bad_version(version)
    known = _Envelope(
        specversion="1.0",
        id=_text(take("id", None), "id"),
        source=_text(take("source", None), "source"),
        type=_text(take("type", None), "type"),
        time=_time(take("time", None), "time"),
        subject=take("subject", None),
        data=data,
        recordedtime=None if recorded is None else _time(recorded, "recordedtime"),
        warmup=take("warmup", None),
    )
    if not isinstance(known.warmup, bool | None):
        raise Refusal("WRONG_TYPE", "warmup", "warmup is true or false")
    return keepable(_event(known, envelope or None, arrival, region))


def _packed(text: Any, envelope: Mapping[str, Any]) -> Any:
    """The data of an event whose client was given it as bytes."""
    if type(media := envelope.get("datacontenttype")) is str:
        _require_json(media)
    try:
        return read_json(base64.b64decode(text, validate=True))
    except (TypeError, ValueError):
        raise Refusal("WRONG_TYPE", "data_base64", "data_base64 is a text in base64, of a JSON object") from None


@lru_cache(maxsize=1024)
def _unknown_type(type_: str) -> str:
    return "; ".join(filter(None, ("the catalogue does not know this event type", meant(type_, CATALOGUE))))


def _event(known: _Envelope, extensions: dict[str, Any] | None, arrival: Instant | None, region: str) -> Event:
    found = _KINDS.get(known.type)
    if found is None:
        raise Refusal("UNKNOWN_TYPE", "type", _unknown_type(_text(known.type, "type")))
    kind, validator = found
    time = _instant(known.time, "time")
    if arrival is None:
        arrival = time if known.recordedtime is None else _instant(known.recordedtime, "recordedtime")
    if time > arrival + AHEAD:
        raise Refusal("FUTURE", "time", "the event time lies more than ten minutes after its arrival")
    subject = "" if kind in WITHOUT_SUBJECT else _subject(known.subject, kind, region)
    data = _data(known.data, kind, validator, region)
    return Event(known.id, intern(known.source), kind, time, arrival, subject, data, known.warmup is True, extensions)


def _text(value: Any, field: str) -> str:
    if value is None or value == "":
        raise Refusal("MISSING_FIELD", field, f"every event needs {field}")
    if type(value) is not str:
        raise Refusal("WRONG_TYPE", field, f"{field} is a text")
    if len(value) > LONGEST_NAME:
        raise Refusal("BAD_VALUE", field, f"{field} has at most {LONGEST_NAME} characters")
    return value


def _bad_version(version: Any) -> Refusal:
    if version is None:
        return Refusal("MISSING_FIELD", "specversion", 'every event needs specversion "1.0"')
    return Refusal("BAD_VERSION", "specversion", 'specversion is the text "1.0"')


def _time(value: Any, field: str) -> datetime:
    try:
        return msgspec.convert(_text(value, field), _Zoned)
    except msgspec.ValidationError:
        raise _bad_time(field) from None


def _instant(moment: datetime, field: str) -> Instant:
    instant = from_datetime(moment)
    if EARLIEST <= instant < LATEST:
        return instant
    raise _bad_time(field)


def _bad_time(field: str) -> Refusal:
    return Refusal("BAD_TIME", field, "write an RFC 3339 time with offset, such as 2026-11-20T09:00:00+01:00")


def _subject(value: Any, kind: str, region: str) -> str:
    if type(value) is str and _CANONICAL(value) and kind != "market.changed":
        return value
    subject = _canonical(_text(value, "subject"), "subject", region)
    if subject.startswith("market:") is not (kind == "market.changed"):
        raise Refusal("BAD_SUBJECT", "subject", f"only market.changed is about a {MARKET}:, and about nothing else")
    return subject


def _canonical(text: str, field: str, region: str) -> str:
    try:
        return canonical_subject(text, region)
    except ValueError as error:
        raise Refusal("BAD_SUBJECT", field, str(error)) from None


def _data(data: Any, kind: str, validator: SchemaValidator, region: str) -> dict[str, Any]:
    if data is None:
        if kind == "clock.ticked":
            return {}
        raise Refusal("MISSING_FIELD", "data", "every event needs data")
    try:
        validator.validate_python(data)
    except ValidationError as error:
        raise _bad_data(error) from None
    for field in SUBJECT_FIELDS.get(kind, ()):
        data[field] = _canonical(data[field], f"data.{field}", region)
        if data[field].startswith("market:"):
            raise Refusal("BAD_SUBJECT", f"data.{field}", "a market is not a person")
    return data  # type: ignore[no-any-return]


def _bad_data(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False, include_input=True)[0]
    if not (first["loc"] or isinstance(first["input"], dict)):
        return Refusal("WRONG_TYPE", "data", "data is a JSON object")
    place = first["loc"] or first.get("ctx", {}).values()
    field = ".".join(["data", *(str(part) for part in place)])
    kind, detail = first["type"], first["msg"]
    if kind in REASONS:
        return Refusal(kind, field, detail)
    if kind == "missing" or first["input"] is None:
        return Refusal("MISSING_FIELD", field, f"this event type needs {field}")
    return Refusal("BAD_VALUE" if kind.startswith(_OUT_OF_BOUNDS) else "WRONG_TYPE", field, detail)
