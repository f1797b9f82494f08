"""Request bodies of a bounded size, compressed or not, and the events in them."""

import json
import re
import zlib
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import unquote

import msgspec
from fastapi import Request

from signals.events.decode import as_written
from streams.api.problem import Problem
from streams.api.settings import ApiSettings

_WINDOW = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_GZIP = b"\x1f\x8b"  # no JSON begins so
_PREFIX = "ce-"

T = TypeVar("T")


async def read_body(request: Request, settings: ApiSettings) -> bytes:
    """The body, decompressed; a problem when it unpacks to more than is allowed or is not what it says it is."""
    received = await request.body()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity" and received.startswith(_GZIP):
        encoding = "gzip"
    if encoding == "identity":
        return received
    if encoding not in _WINDOW:
        raise Problem(415, "UNKNOWN_ENCODING", "send the body plain, or with Content-Encoding gzip or deflate")
    return _unpack(received, _WINDOW[encoding], settings.largest_unpacked)


def _unpack(packed: bytes, window: int, largest: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    try:
        body = unpacker.decompress(packed, largest)
    except zlib.error as error:
        raise Problem(400, "BROKEN_ENCODING", "the body is not compressed as Content-Encoding says") from error
    if unpacker.unconsumed_tail:
        raise Problem(413, "TOO_LARGE", f"the body unpacks to more than {largest} bytes; send fewer events at a time")
    if not unpacker.eof:
        raise Problem(400, "BROKEN_ENCODING", "the compressed body ends too early")
    if unpacker.unused_data:
        raise Problem(400, "BROKEN_ENCODING", "something follows the compressed body: compress all of it in one piece")
    return body


def split_events(request: Request, body: bytes, most: int) -> list[bytes]:
    """The events of a request, each as its own bytes: one object, an array, or one event in binary mode."""
    if f"{_PREFIX}specversion" in request.headers and not _is_structured(request):
        return [_from_headers(request, body)]
    wanted = "the body is not JSON: send one CloudEvent or an array of them"
    if body.lstrip()[:1] != b"[":
        return [bytes(decode_body(body, msgspec.Raw, wanted))]
    try:
        events = [bytes(event) for event in decode_body(body, list[msgspec.Raw], wanted)]
    except Problem:
        events = _parted(body)
        if not events:
            raise
    check_number(events, most)
    return events


def _parted(body: bytes) -> list[bytes]:
    """The events of an array of which one says what none can (half an emoji, NaN), so that only that one is refused.

    Clients write such arrays without a word. Nothing when it is no array at all.
    """
    try:
        return [json.dumps(event, separators=(",", ":")).encode() for event in json.loads(body)]
    except (ValueError, RecursionError):
        return []


def _is_structured(request: Request) -> bool:
    """Whether the body is the whole event, whatever the headers say of it."""
    return request.headers.get("content-type", "").strip().lower().startswith("application/cloudevents")


def decode_body(body: bytes, kind: type[T], wanted: str) -> T:
    """The JSON of a body; a problem that says what is ``wanted`` when it is no such thing, or nested too deep."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Problem(400, "NOT_JSON", wanted) from error


def check_number(events: Sequence[object], most: int) -> None:
    """A problem when there are more events in a request than are allowed."""
    if len(events) > most:
        raise Problem(413, "TOO_MANY_EVENTS", f"send at most {most} events at a time")


def _from_headers(request: Request, body: bytes) -> bytes:
    attributes = {
        name.removeprefix(_PREFIX): unquote(_unquoted(value))
        for name, value in request.headers.items()
        if name.startswith(_PREFIX)
    }
    envelope: dict[str, object] = attributes | as_written(attributes)
    wanted = "the body, which is the event's data, is not JSON"
    envelope["data"] = decode_body(body, msgspec.Raw, wanted) if body else {}
    return msgspec.json.encode(envelope)


def _unquoted(value: str) -> str:
    """A header's value, out of the quotes that it may stand in."""
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if quoted else value
