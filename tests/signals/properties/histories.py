"""Invented histories: a few customers, a device and a mail address, and everything that can happen to them."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from hypothesis import strategies as st

from signals.batch import Batch
from signals.calendar.instant import HOUR, Instant
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack
from tests.signals.scenarios.driver import moment

BEGIN = moment("2026-10-20T00:00")
HOURS = 24 * 100
END = BEGIN + (HOURS + 24 * 400) * HOUR
CUSTOMERS = ["customer:1", "customer:2"]
SUBJECTS = [*CUSTOMERS, "device:d", "email:a@example.nl"]
_PACKS: dict[str, Pack] = {}

Happening = tuple[str, dict[str, Any]]


def pack(**config: Any) -> Pack:
    """The insurance pack under a configuration, compiled once."""
    known = str(sorted(config.items()))
    if known not in _PACKS:
        _PACKS[known] = open_pack(Config.model_validate(config))
    return _PACKS[known]


def every(type_: str, **fields: list[Any]) -> list[Happening]:
    """Every happening of a type that these values allow."""
    found = []
    for values in product(*fields.values()):
        data = dict(zip(fields, values, strict=True))
        found.append((type_, {name: value for name, value in data.items() if value is not None}))
    return found


_CAR_OFF = "De koop van de auto gaat niet door."
_PREMIUMS = [None, 20, 60, 200]
HAPPENINGS: list[list[Happening]] = [
    every(
        "contact.received",
        channel=["phone", "email"],
        case=["C1", "C2", None],
        text=[None, "Wij gaan verhuizen.", "Wij gaan niet verhuizen.", "Ik wil opzeggen."],
    ),
    every(
        "contact.received",
        channel=["email"],
        text=["Wij gaan verhuizen.", "Wij gaan niet verhuizen.", "Ik heb een auto gekocht.", _CAR_OFF],
    ),
    every("contact.made", channel=["phone", "email"], purpose=["sales", "service", None]),
    every("web.viewed", url=["/verhuizen", "/zorgverzekering/vergelijken", "/autoverzekering/premie"]),
    every("web.searched", query=["verhuizen", "zorgverzekering overstappen"]),
    every("form.changed", form=["quote"], step=["started", "saved", "submitted"], product=["car", "home"]),
    every(
        "social.posted",
        network=["x"],
        text=["Wij gaan verhuizen!", "mooi weer"],
        mentions=[["@wij"], None],
        reach=[100],
        case=["C1", None],
    ),
    every(
        "policy.changed",
        policy=["P1", "P2"],
        product=["health", "car", "mortgage"],
        premium=_PREMIUMS,
        change=["started", "renewed", "cancelled", "amended"],
        renewal_date=[None, "2026-12-20", "2027-09-01"],
        start_date=[None, "2012-11-30"],
    ),
    every("profile.changed", field=["address"], old=["A", "B"], new=["A", "B", "C"]),
    every("profile.changed", field=["marital_status", "employment"], new=["married", "retired", "unemployed"]),
    every("claim.changed", claim=["S1"], status=["opened", "closed"]),
    every("complaint.changed", complaint=["K1", "K2"], status=["opened", "answered", "closed"]),
    every("payment.changed", status=["late", "failed", "paid"], policy=["P1", None]),
    every(
        "promise.changed",
        promise=["B1", "B2"],
        status=["made", "moved", "kept", "cancelled"],
        due=["2026-11-20", "2026-12-25", "2027-01-08"],
    ),
    every("survey.answered", kind=["nps"], score=[3, 7, 9]),
    every("order.placed", items=[[{"sku": "S1", "quantity": 1}], [{"sku": "S2", "quantity": 2}]]),
    every("referral.made", referred=["email:b@example.nl"]),
    every("community.joined", community=["wonen"], job=["move"]),
    every(
        "consent.changed",
        purpose=["marketing", "profiling"],
        given=[True, True, False],
        channels=[None, ["email"], ["phone"]],
        expires=[None, "2026-12-01"],
    ),
    every("privacy.requested", kind=["object", "access", "erase"]),
    every("market.changed", product=["car", "health"], what=["premium"], competitor=["Rival"], premium=[15, 50]),
    every("identity.linked", **{"from": ["device:d", "email:a@example.nl"], "to": CUSTOMERS}),
    every("identity.unlinked", **{"from": ["device:d", "email:a@example.nl"], "to": CUSTOMERS}),
    [("clock.ticked", {})],
]
"""By kind, each kind as likely as the others."""


def event_of(number: int, at: Instant, subject: str, happening: Happening) -> Event:
    type_, data = happening
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/made", "type": type_, "data": dict(data)}
    envelope |= {"time": "2026-01-01T00:00:00Z", "subject": "market:NL" if type_ == "market.changed" else subject}
    event = decode_object(envelope)
    assert not isinstance(event, Rejected), event
    return Event(event.id, event.source, type_, at, at, event.subject, event.data)


_DRAWN = 5
"""Bytes that a happening is drawn from."""


@st.composite
def histories(draw: st.DrawFn, without: tuple[str, ...] = (), most: int = 25) -> list[Event]:
    """Events in order of time, after both customers consented; some come twice."""
    events = [
        event_of(
            number, BEGIN, customer, ("consent.changed", {"purpose": purpose, "given": True, "channels": channels})
        )
        for number, (customer, purpose, channels) in enumerate(
            (customer, purpose, channels)
            for customer in CUSTOMERS
            for purpose, channels in (("marketing", ["email", "phone"]), ("profiling", []))
        )
    ]
    number = draw(st.integers(1, most))
    drawn = draw(st.binary(min_size=_DRAWN * number, max_size=_DRAWN * number))  # few draws: drawing costs most
    for place in range(number):
        high, low, who, kind, which = drawn[place * _DRAWN : (place + 1) * _DRAWN]
        happenings = HAPPENINGS[kind % len(HAPPENINGS)]
        happening = happenings[which % len(happenings)]
        if happening[0] not in without:
            at = BEGIN + ((high << 8 | low) % HOURS + 1) * HOUR
            events.append(event_of(len(events), at, SUBJECTS[who % len(SUBJECTS)], happening))
    events += [events[again % len(events)] for again in draw(st.binary(max_size=2))]
    return sorted(events, key=lambda event: (event.time, event.source, event.id))


def worked(engine: Engine, events: list[Event]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last decisions and recommendations by id, after all events and the year after."""
    decisions: dict[str, Any] = {}
    recommendations: dict[str, Any] = {}
    for batch in (engine.process(events), engine.advance(END)):
        decisions |= {decision["id"]: decision for decision in batch.decisions}
        recommendations |= {record["id"]: record for record in batch.recommendations}
    return decisions, recommendations


def worked_on(
    before: Sequence[tuple[str, Happening]], events: Sequence[Event], by_the_clock: bool, rest: int
) -> list[Batch]:
    """What comes of the first customer's events in their order of arrival, after what happened ``before``, and when
    nothing happens for a ``rest`` (milliseconds); ``by_the_clock``: time moves on to each arrival."""
    engine = Engine(pack(caps=[], holdout={"share": 0.0}))
    batches = [engine.process([event_of(n, moment(at), CUSTOMERS[0], what)]) for n, (at, what) in enumerate(before)]
    for event in events:
        if by_the_clock:
            batches.append(engine.advance(event.arrival))
        batches.append(engine.process([event]))
    batches.append(engine.advance(max(event.time for event in events) + rest))
    return batches
