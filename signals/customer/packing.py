"""Records as a row keeps them: packed small, because half of a customer's row would else be what was told of them.

MessagePack through deflate with a preset dictionary: a record made of what records always say, so that its keys and the
usual words of the gates take hardly any room. The first byte names the dictionary. A dictionary never changes, or what
was packed with it could not be read again; a better one gets the next number.
"""

import zlib
from typing import Any

import msgspec

Record = dict[str, Any]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Record]).decode
_LEVEL, _RAW, _MEMORY = 6, -12, 5  # records are a few KB: a small window costs less to set up and to look through

_GATES = (
    ("overruled", "reject", "overruled by a person; was: the window for contact has closed"),
    ("live", "withdrawn", "event "),
    ("shadow", "hold", "in shadow: would have been released by video"),
    ("frequency", "pass", "no cap for this class"),
    ("consent", "pass", "not needed for this class"),
    ("consent_expired", "pass", "not needed for this class"),
    ("care_guard", "pass", "guards veto sales only"),
    ("holdout", "pass", "this class is never held out"),
    ("quiet_hours", "hold", "phone opens at 2026-01-02T07:00:00Z"),
    ("capacity", "hold", "advisers has no slot until 2026-01-02T07:00:00Z"),
    ("kill_switch", "pass", "on"),
    ("erased", "pass", "known"),
    ("duplicate", "pass", "first in its episode"),
    ("late", "pass", "arrived in time"),
    ("warmup", "pass", "live"),
    (
        "consent",
        "pass",
        "given for marketing, profiling, social_listening by phone, email, letter, app, chat, whatsapp",
    ),
    ("consent_expired", "pass", "still valid"),
    ("objected", "pass", "no objection"),
    ("care_guard", "pass", "no guard stands"),
    ("promise_first", "pass", "no promise is overdue"),
    ("confidence", "pass", "probability 1.00, at least 0.00"),
    ("address", "pass", "by phone, email, letter, app, chat, whatsapp"),
    ("frequency", "pass", "0 of 1 in P1D, 0 of 2 in P14D"),
    ("arbitration", "pass", "priority 0.00; next is "),
    ("value", "pass", "value 0.00, at least 0.00"),
    ("holdout", "pass", "not in a holdout"),
    ("window", "pass", "the window for contact is open"),
    ("quiet_hours", "pass", "email is open"),
    ("capacity", "pass", "advisers has a slot"),
)
_USUAL_RECORD: Record = {
    "id": "rec_",
    "customer": "customer:1",
    "trigger": "relationship.",
    "episode": "2026-01-01T00:00:00Z",
    "class": "sales",
    "play": "life_event.",
    "status": "released",
    "reason": "RELEASED",
    "created": "2026-01-01T00:00:00Z",
    "not_before": "2026-01-01T00:00:00Z",
    "best_before": "2025-12-31T23:00:00Z",
    "expires": "2025-12-31T23:00:00Z",
    "channel": "email",
    "desk": "advisers",
    "owner": None,
    "probability": 1.0,
    "value": {"lifetime": 0.0, "referral": 0.0, "network": 0.0, "knowledge": 0.0, "total": 0.0},
    "urgency": 0.5,
    "priority": 0.0,
    "why": {"en": "This customer ", "nl": "Deze klant "},
    "say": {"en": "Ask how they are doing; no offer.", "nl": "Vraag hoe het gaat; geen aanbod."},
    "evidence": [{"event": "", "time": "2025-12-31T23:00:00Z", "source": "/web", "saw": "said they ", "weight": 1.0}],
    "gates": [{"gate": gate, "verdict": verdict, "detail": detail} for gate, verdict, detail in _GATES],
    "counterfactual": [
        {"change": "had it been ended by 2025-12-31T23:00:00Z", "then": "it would not have fired"},
        {"change": "without event ", "then": "belief 0.00, below 0.70: it would not have fired"},
    ],
    "runner_up": None,
    "holdout": {"member": False, "epoch": 1},
    "pack": {"name": "", "version": "1.", "digest": ""},
    "revision": 1,
}
_USUAL_DECISION: Record = {
    "id": "dec_",
    "customer": "customer:1",
    "trigger": "relationship.",
    "episode": "2026-01-01T00:00:00Z",
    "class": "care",
    "play": "relationship.",
    "created": "2026-01-01T00:00:00Z",
    "decided": "2026-01-01T00:00:00Z",
    "status": "released",
    "reason": "RELEASED",
    "detail": "by phone",
    "recommendation": "rec_",
    "pack": {"name": "", "version": "1.", "digest": ""},
}
_DICTIONARIES = {1: _encode([_USUAL_DECISION, _USUAL_RECORD])}
_NEWEST = max(_DICTIONARIES)


def pack(records: list[Record]) -> bytes:
    """Records as few bytes."""
    squeezer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _DICTIONARIES[_NEWEST])
    return bytes([_NEWEST]) + squeezer.compress(_encode(records)) + squeezer.flush()


def unpack(packed: bytes) -> list[Record]:
    """The records again; raises ``ValueError`` for what isn't packed by ``pack``."""
    dictionary = _DICTIONARIES.get(packed[0] if packed else 0)
    if dictionary is None:
        raise ValueError(f"records are packed with dictionary {packed[:1].hex()}: start the release that wrote them")
    try:
        return _decode(zlib.decompressobj(_RAW, dictionary).decompress(packed[1:]))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"packed records can't be read: {error}") from error
