"""Request bodies of a bounded size, compressed or not, and the events in them."""

import zlib

import msgspec
from fastapi import Request

from streams.api.problem import Problem
from streams.api.settings import ApiSettings

_WINDOW = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_GZIP = b"\x1f\x8b"  # no JSON begins so
_PREFIX = "ce-"


async def read_body(request: Request, settings: ApiSettings) -> bytes:
    """The body, decompressed; a problem when it is larger than allowed at either end or not what it says it is."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > settings.largest_body:
            raise Problem(413, "TOO_LARGE", f"send at most {settings.largest_body} bytes at a time")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity" and received.startswith(_GZIP):
        encoding = "gzip"
    if encoding == "identity":
        return bytes(received)
    if encoding not in _WINDOW:
        raise Problem(415, "UNKNOWN_ENCODING", "send the body plain, or with Content-Encoding gzip or deflate")
    return _unpack(bytes(received), _WINDOW[encoding], settings.largest_unpacked)


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
    if f"{_PREFIX}specversion" in request.headers:
        return [_from_headers(request, body)]
    try:
        if body.lstrip()[:1] != b"[":
            return [bytes(msgspec.json.decode(body, type=msgspec.Raw))]
        events = [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except msgspec.DecodeError as error:
        raise Problem(400, "NOT_JSON", "the body is not JSON: send one CloudEvent or an array of them") from error
    if len(events) > most:
        raise Problem(413, "TOO_MANY_EVENTS", f"send at most {most} events at a time")
    return events


def _from_headers(request: Request, body: bytes) -> bytes:
    envelope: dict[str, object] = {
        name.removeprefix(_PREFIX): value for name, value in request.headers.items() if name.startswith(_PREFIX)
    }
    try:
        envelope["data"] = msgspec.json.decode(body, type=msgspec.Raw) if body else {}
    except msgspec.DecodeError as error:
        raise Problem(400, "NOT_JSON", "the body, which is the event's data, is not JSON") from error
    return msgspec.json.encode(envelope)
