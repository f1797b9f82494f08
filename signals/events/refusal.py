"""Why something did not become an event."""

import msgspec

REASONS = {
    "NOT_JSON": "the bytes are not JSON in UTF-8, or not the media type we read",
    "TOO_LARGE": "the event is longer than the limit",
    "TOO_DEEP": "objects and lists are nested deeper than the limit",
    "BAD_VERSION": "specversion is not 1.0",
    "MISSING_FIELD": "a required field is absent, null or empty",
    "WRONG_TYPE": "a field holds another type than the catalogue says",
    "BAD_VALUE": "a field holds a value outside its closed list or range",
    "UNKNOWN_TYPE": "the event type is not in the catalogue",
    "BAD_TIME": "a time is not RFC 3339 with offset, or a date not ISO 8601",
    "BAD_SUBJECT": "a subject is not kind:value, or of a kind this event cannot be about",
    "BAD_ROW": "a row of an export does not fit its header or its mapping",
    "FUTURE": "the event time lies more than ten minutes after its arrival",
}
"""Why an event can be refused: the closed list of codes, and what each says."""


class Rejected(msgspec.Struct, frozen=True):
    """Why something did not become an event.

    ``reason`` is one of :data:`REASONS`; ``field`` a path such as ``time`` or ``data.channel`` (``None`` when no field
    is to blame); ``detail`` tells the sender what to do and never repeats a value of theirs.
    """

    reason: str
    field: str | None
    detail: str


class Refusal(Exception):
    """Carries a :class:`Rejected` out of a check."""

    def __init__(self, reason: str, field: str | None, detail: str) -> None:
        self.rejected = Rejected(reason, field, detail)
