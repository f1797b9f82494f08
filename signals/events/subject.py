"""Subjects: whom an event is about, written one way only.

A subject is ``kind:value``. The same person may write their e-mail address or phone number in many ways; the canonical
form makes them one key: equal people compare equal as plain strings.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

STRENGTH = ("customer", "policy", "email", "phone", "social", "device")
"""Kinds of subject that stand for a person, from strongest to weakest."""

MARKET = "market"
"""The kind of subject of market news: a country or region, never a person."""

DEFAULT_REGION = "NL"
"""Country (ISO 3166) of phone numbers written without ``+`` and country code."""

_LONGEST = 256
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What comes along when an address is copied from a page: spaces without width, signs of direction, soft hyphens."""
_EMAIL = re.compile(r"(?:[^<>@]*<)?(?:mailto:)*([^\s@<>]+)@([^\s@<>]+)>?", re.IGNORECASE)
_BEFORE_HANDLE = re.compile(r"\A[\s@]+")
_PUNYCODE = re.compile(r"\bxn--[a-z0-9-]+")


def kind_of(subject: str) -> str:
    """The part before the first colon."""
    return subject.partition(":")[0]


@lru_cache(maxsize=65_536)
def canonical_subject(subject: str, region: str = DEFAULT_REGION) -> str:
    """Write a subject in its canonical form: ``email:Jan@X.NL`` becomes ``email:jan@x.nl``.

    E-mail addresses and social accounts are lower-cased, what stands around an address (``Jan <jan@x.nl>``) and an
    ``@`` before an account name fall away, domains are written in their own letters, an é is one letter, phone numbers
    become E.164 (numbers without country code are read as numbers of ``region``); other values stay as they are.
    Raises ``ValueError`` with a message for people when it is not a subject.
    """
    kind, colon, value = subject.partition(":")
    write = _WRITERS.get(kind)
    if not colon or write is None:
        raise ValueError(f"write a subject as kind:value with a kind out of {', '.join(_WRITERS)}")
    value = value.strip()
    if not value:
        raise ValueError(f"the subject has nothing after {kind}:")
    if len(value) > _LONGEST or _UNPRINTABLE.search(value) or len(written := write(value, region)) > _LONGEST:
        raise ValueError(f"the value of a subject is at most {_LONGEST} printable characters")
    return f"{kind}:{written}"


def _as_it_is(value: str, region: str) -> str:
    return value


def _plain(value: str) -> str:
    """One way of writing the same letters."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", value).lower()).strip()


def _email(value: str, region: str) -> str:
    found = _EMAIL.fullmatch(_plain(value))
    domain = found[2].rstrip(".") if found is not None else ""
    if found is None or not domain:
        raise ValueError("an e-mail address looks like name@example.nl")
    return f"{found[1]}@{_PUNYCODE.sub(_letters, domain)}"


def _letters(label: re.Match[str]) -> str:
    """A part of a domain name as people write it: xn--bcher-kva is bücher."""
    try:
        return label[0].encode().decode("idna")
    except UnicodeError:
        return label[0]


def _phone(value: str, region: str) -> str:
    # Loading the numbering plans takes longer than all the rest of the boundary; many commands never see a number.
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

    try:
        number = parse(value, region)
    except NumberParseException as error:
        raise ValueError("this is not a phone number; write it like +31612345678") from error
    if not is_possible_number(number):
        raise ValueError("no country has phone numbers of this length; write it like +31612345678")
    return format_number(number, PhoneNumberFormat.E164)


def _social(value: str, region: str) -> str:
    network, _, handle = _plain(value).partition("/")
    network, handle = network.strip(), _BEFORE_HANDLE.sub("", handle)
    if not (network and handle):
        raise ValueError("a social account looks like social:network/handle")
    return f"{network}/{handle}"


_WRITERS: dict[str, Callable[[str, str], str]] = {
    "customer": _as_it_is,
    "policy": _as_it_is,
    "email": _email,
    "phone": _phone,
    "social": _social,
    "device": _as_it_is,
    MARKET: _as_it_is,
}
