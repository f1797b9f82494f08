"""Calls of Segment-compatible clients (identify, track, page, screen, group, alias) become our events.

What the clients really send was measured: ids may be null, ``sentAt`` may stand on the batch or on the call, and the
time of a call may be called ``timestamp`` or ``originalTimestamp``. Calls come in any order; nothing here relies on it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from signals.calendar.instant import Instant, format_instant, parse_instant
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from streams.sources.fields import fields_of, fill
from streams.sources.quarantine import Quarantined, Request
from streams.sources.row import value_at
from streams.sources.tracking import Tracking

SOURCE = "/segment"
KINDS = ("identify", "track", "page", "screen", "group", "alias")
BATCH = ("batch", "b", "import")
ROUTES = frozenset(f"/v1/{name}" for name in (*KINDS, *BATCH))
CONSENT_UPDATED = "Segment Consent Preference Updated"

Call = dict[str, Any]
Outcome = tuple[list[Event], list[Quarantined]]
Admit = Callable[[Call], Call | Rejected]
"""What a call may count as, or why it can't."""


class Segment:
    """Reads calls by the tracking file of a pack."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking
        self._data = {name: fields_of(tracked.data, "UTC") for name, tracked in tracking.events.items()}

    def read_batch(
        self, body: Call, received: Instant, route: str = "/v1/batch", admit: Admit | None = None
    ) -> Outcome:
        """Read the body of a batch; ``received`` is when it arrived, and the arrival of its events.

        What a call says may be several events; each of them, or the whole call, may be refused with a reason. Calls
        count as what ``admit`` makes of them, and what it won't have is refused.
        """
        events: list[Event] = []
        quarantined: list[Quarantined] = []
        calls = body.get("batch")
        if not isinstance(calls, list):
            return [], [_refused(body, Rejected("WRONG_TYPE", "batch", "batch is a list of calls"), received, route, 0)]
        shared = {name: body[name] for name in ("context", "integrations", "sentAt") if body.get(name) is not None}
        for item, call in enumerate(calls):
            whole = shared | call if isinstance(call, dict) else call
            admitted = admit(_told(whole, shared)) if admit is not None and isinstance(whole, dict) else whole
            if isinstance(admitted, Rejected):
                quarantined.append(_refused(whole, admitted, received, route, item))
                continue
            for outcome in self._read(admitted, shared, received):
                if isinstance(outcome, Event):
                    events.append(outcome)
                else:
                    quarantined.append(_refused(admitted, outcome, received, route, item))
        return events, quarantined

    def read_call(self, kind: str, body: Call, received: Instant, admit: Admit | None = None) -> Outcome:
        """Read the body of one call of a route such as ``/v1/track``."""
        return self.read_batch({"batch": [body | {"type": kind}]}, received, f"/v1/{kind}", admit)

    def read_again(self, raw: bytes, received: Instant) -> Outcome:
        """Read a call once more that was refused when it came."""
        try:
            call = json.loads(raw)
        except ValueError:  # it was too long to be kept whole
            call = None
        return self.read_batch({"batch": [call]}, received)

    def _read(self, call: Any, shared: Call, received: Instant) -> Iterator[Event | Rejected]:
        if not isinstance(call, dict):
            yield Rejected("WRONG_TYPE", None, "a call is a JSON object")
            return
        call = _told(call, shared)
        envelope = _envelope(call, received)
        if isinstance(envelope, Rejected):
            yield envelope
            return
        for number, (kind, data) in enumerate(self._facts(call)):
            own = {"id": f"{envelope['id']}/{number}"} if number else {}
            fact = envelope | own | {"type": kind, "data": data}
            yield data if isinstance(data, Rejected) else decode_object(fact, received)

    def _facts(self, call: Call) -> Iterator[tuple[str, dict[str, Any] | Rejected]]:
        """What a call says, as pairs of event type and data."""
        match call.get("type"):
            case "track":
                yield from self._tracked(call)
            case "page" | "screen":
                yield "web.viewed", _viewed(call)
            case "identify":
                yield from _linked(_known_subjects(call))
                yield from self._consents(call)
            case "alias":
                yield from _aliased(call)
            case "group":
                yield "community.joined", _joined(call)
            case _:
                yield "", Rejected("UNKNOWN_TYPE", "type", f"a call is one of {', '.join(KINDS)}")

    def _tracked(self, call: Call) -> Iterator[tuple[str, dict[str, Any] | Rejected]]:
        name = call.get("event")
        if name == CONSENT_UPDATED:
            yield from self._consents(call)
        elif not isinstance(name, str) or not name:
            yield "", Rejected("MISSING_FIELD", "event", "a track call needs the name of the event")
        elif name in self._data:
            properties = call.get("properties", {})
            columns = properties if isinstance(properties, dict) else {}
            yield self._tracking.events[name].type, fill(self._data[name], [columns], "data.")
        elif name not in self._tracking.ignore:
            yield "", Rejected("UNKNOWN_TYPE", "event", "the pack's tracking file does not know this event")

    def _consents(self, call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
        preferences = value_at(call, "context.consent.categoryPreferences")
        for category, given in preferences.items() if isinstance(preferences, dict) else ():
            if declared := self._tracking.consent.get(category):
                evidence = {"category": category}
                yield (
                    "consent.changed",
                    declared.model_dump() | {"given": given, "basis": "banner", "evidence": evidence},
                )


def _told(call: Call, shared: Call) -> Call:
    """What a call says, with what its batch says for all."""
    told = shared | {name: value for name, value in call.items() if value is not None}
    return told | {"context": _merged(shared.get("context"), told.get("context"))}


def _merged(shared: Any, own: Any) -> dict[str, Any]:
    return {**(shared if isinstance(shared, dict) else {}), **(own if isinstance(own, dict) else {})}


def _refused(call: Any, rejected: Rejected, received: Instant, route: str, item: int) -> Quarantined:
    kept = {name: value for name, value in call.items() if name != "writeKey"} if isinstance(call, dict) else call
    raw = json.dumps(kept, separators=(",", ":")).encode()
    return Quarantined(rejected, raw, received, Request(route, item))


def _envelope(call: Call, received: Instant) -> dict[str, Any] | Rejected:
    subjects = _known_subjects(call)
    if not subjects:
        return Rejected("MISSING_FIELD", "userId", "a call needs userId or anonymousId")
    try:
        times = _times(call, received)
    except _BadTime as bad:
        return Rejected("BAD_TIME", bad.field, "write a time as 2026-11-20T09:00:00.000Z")
    except OverflowError:
        return Rejected("BAD_TIME", "sentAt", "sentAt and timestamp lie too far apart")
    return {"specversion": "1.0", "id": _message_id(call), "source": SOURCE, "subject": subjects[0], **times}


def _message_id(call: Call) -> str:
    """The call's own id; without one a digest of the call, so that sending it again is a duplicate."""
    given = call.get("messageId")
    if isinstance(given, str) and given:
        return given
    return hashlib.sha256(json.dumps(call, sort_keys=True).encode()).hexdigest()[:32]


class _BadTime(ValueError):
    def __init__(self, field: str) -> None:
        self.field = field


def _times(call: Call, received: Instant) -> dict[str, str]:
    """The event time, freed from the error of the client's clock, and the times the client gave."""
    made_field = "originalTimestamp" if "originalTimestamp" in call else "timestamp"
    sent, made = _time(call, "sentAt"), _time(call, made_field)
    if made is None:
        return {"time": format_instant(received)}
    if sent is None:
        return {"time": format_instant(made), "originaltime": format_instant(made)}
    corrected = received - (sent - made)
    return {
        "time": format_instant(corrected),
        "originaltime": format_instant(made),
        "senttime": format_instant(sent),
    }


def _time(call: Call, field: str) -> Instant | None:
    text = call.get(field)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, TypeError, OverflowError):
        raise _BadTime(field) from None


def _known_subjects(call: Call) -> list[str]:
    """The subjects a call names, strongest first."""
    traits = _merged(value_at(call, "context.traits"), call.get("traits"))
    identified = traits if call.get("type") == "identify" else {}
    return _subjects(
        customer=call.get("userId"),
        email=identified.get("email"),
        phone=identified.get("phone"),
        device=call.get("anonymousId"),
    )


def _subjects(**named: Any) -> list[str]:
    """The subjects that are there, in the order given; clients also send numbers as ids."""
    return [
        f"{kind}:{value}"
        for kind, value in named.items()
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    ]


def _linked(subjects: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for weaker in subjects[1:]:
        yield "identity.linked", {"from": weaker, "to": subjects[0], "source_of_truth": "identify"}


def _aliased(call: Call) -> Iterator[tuple[str, dict[str, Any] | Rejected]]:
    """``previousId`` is read as a device: were it another customer's id, a link would merge two people."""
    if not (customer := _subjects(customer=call.get("userId"))):
        yield "", Rejected("MISSING_FIELD", "userId", "an alias call needs userId")
    elif not (device := _subjects(device=call.get("previousId"))):
        yield "", Rejected("MISSING_FIELD", "previousId", "an alias call needs previousId")
    else:
        yield from _linked(customer + device)


def _viewed(call: Call) -> dict[str, Any]:
    properties = _merged(value_at(call, "context.page"), call.get("properties"))
    fields = {name: properties.get(name) for name in ("url", "path", "title", "referrer")}
    fields["title"] = fields["title"] or call.get("name")
    if not fields["url"] and not fields["path"]:
        fields["path"] = call.get("name")
    fields["campaign"] = value_at(call, "context.campaign.name")
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _joined(call: Call) -> dict[str, Any]:
    job = value_at(call, "traits.job")
    return {"community": call.get("groupId")} | ({"job": job} if job is not None else {})
