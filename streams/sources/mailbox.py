"""Mailbox exports (mbox) as rows: one per message, with what a mapping needs to make a contact of it.

Columns: ``id`` (Message-ID), ``thread`` (the id of the message that began the conversation), ``from`` and ``to`` (bare
addresses, the first of each), ``from_domain``, ``date`` (ISO 8601), ``subject``, ``text`` (what the sender wrote: no
quotes, no HTML) and ``automatic`` (yes for out-of-office replies and bulk mail, else no).
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape
from typing import IO, cast

from signals.events.decode import Rejected
from streams.sources.files import split_lines
from streams.sources.row import Columns, Row

LARGEST = 20_000_000
"""The most bytes of one message, attachments included."""

_ENDS = re.compile(
    r"--\s*$|_{10,}|-+ ?(Original Message|Oorspronkelijk bericht|Forwarded message|Doorgestuurd bericht)"
    r"|(On|Op) .{5,200}(wrote|schreef)|(From|Van): .*@",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(title|style|script)(?=[\s/>]).*?(?:</\1[^>]*>?|\Z)"
    r"""|<(?P<end>/?)(?P<tag>[a-z][^\s/>]*)(?:(?:[^>"']|"[^"]*"|'[^']*')*+>|[^>]*(?:>|\Z))"""
    r"|<[!?/][^>]*(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
"""Tags, comments, and what is never shown. What isn't closed goes on to the end: no part is looked at again, as by
Python's own parser, which some hundred kilobytes of open tags keep busy for hours."""

_BREAKS = ("p", "br", "div", "li", "tr")
_AUTOMATIC_PRECEDENCE = ("bulk", "junk", "list", "auto_reply")


def mailbox_rows(stream: IO[bytes]) -> Iterator[Row]:
    """Every message of an mbox stream as a row."""
    for line, raw in _messages(stream):
        if len(raw) > LARGEST:
            yield Row(line, raw[:LARGEST], {}, Rejected("TOO_LARGE", None, f"a message has at most {LARGEST} bytes"))
        else:
            yield _row(line, raw)


def _messages(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The messages with the line each begins on; one byte more than the limit of those that are too large."""
    began, message, after_blank = 0, bytearray(), True
    for number, line in split_lines(stream):
        if after_blank and line.startswith(b"From "):
            if began:
                yield began, bytes(message)
            began, message = number, bytearray()
        elif began and len(message) <= LARGEST:
            message += line.removeprefix(b">") if line.lstrip(b">").startswith(b"From ") else line
            message += b"\n"
        after_blank = not line
    if began:
        yield began, bytes(message)


def _row(line: int, raw: bytes) -> Row:
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return Row(line, raw, _columns(message, raw))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError):
        # The standard parser raises all of these on malformed headers; none of them says anything to the reader.
        return Row(line, raw, {}, Rejected("BAD_ROW", None, "this is not a readable e-mail message"))


def _columns(message: EmailMessage, raw: bytes) -> Columns:
    identity = _header(message, "Message-ID").strip("<> ") or hashlib.sha256(raw).hexdigest()[:32]
    earlier = (_header(message, "References") or _header(message, "In-Reply-To")).split()
    sender = _address(message, "From")
    return {
        "id": identity,
        "thread": earlier[0].strip("<>") if earlier else identity,
        "from": sender,
        "from_domain": sender.rpartition("@")[2],
        "to": _address(message, "To"),
        "date": _date(message),
        "subject": _header(message, "Subject"),
        "text": _written(message),
        "automatic": "yes" if _is_automatic(message) else "no",
    }


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _address(message: EmailMessage, name: str) -> str:
    addresses = getaddresses([_header(message, name)])
    return addresses[0][1].lower() if addresses else ""


def _date(message: EmailMessage) -> str:
    text = _header(message, "Date")
    moment = parsedate_to_datetime(text) if text else None
    if moment is None:
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _is_automatic(message: EmailMessage) -> bool:
    return (
        _header(message, "Auto-Submitted").lower() not in ("", "no")
        or _header(message, "Precedence").lower() in _AUTOMATIC_PRECEDENCE
    )


def _written(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    content = cast(bytes, body.get_payload(decode=True) or b"")
    try:
        text = content.decode(body.get_content_charset("utf-8"), "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    if body.get_content_subtype() == "html":
        text = _text_of_html(text)
    return _without_quotes(text)


def _without_quotes(text: str) -> str:
    """The lines up to the signature or an earlier message below, without those quoted in between."""
    own: list[str] = []
    for line in text.splitlines():
        if _ENDS.match(line):
            break
        if not line.startswith(">"):
            own.append(line.rstrip())
    return "\n".join(own).strip()


def _text_of_html(html: str) -> str:
    """What is shown, without what is quoted."""
    pieces, at, quoted = [], 0, 0
    for found in _MARKUP.finditer(html):
        if not quoted:
            pieces.append(html[at : found.start()])
        at, tag, ends = found.end(), (found["tag"] or "").lower(), bool(found["end"])
        if tag == "blockquote":
            quoted = max(0, quoted - 1 if ends else quoted + 1)
        elif tag in _BREAKS and not ends:
            pieces.append("\n")
    if not quoted:
        pieces.append(html[at:])
    return unescape("".join(pieces))
