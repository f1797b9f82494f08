"""Invented histories: a few customers, a device and a mail address, and everything that can happen to them."""

from typing import Any

from hypothesis import strategies as st

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


def _choice(type_: str, **fields: list[Any]) -> st.SearchStrategy[Happening]:
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in fields.items()}).map(
        lambda data: (type_, {name: value for name, value in data.items() if value is not None})
    )


_PREMIUMS = [None, 20, 60, 200]
HAPPENINGS = st.one_of(
    _choice(
        "contact.received",
        channel=["phone", "email"],
        case=["C1", "C2", None],
        text=[None, "Wij gaan verhuizen.", "Wij gaan niet verhuizen.", "Ik wil opzeggen."],
    ),
    _choice("contact.made", channel=["phone", "email"], purpose=["sales", "service", None]),
    _choice("web.viewed", url=["/verhuizen", "/zorgverzekering/vergelijken", "/autoverzekering/premie"]),
    _choice("web.searched", query=["verhuizen", "zorgverzekering overstappen"]),
    _choice("form.changed", form=["quote"], step=["started", "saved", "submitted"], product=["car", "home"]),
    _choice(
        "social.posted",
        network=["x"],
        text=["Wij gaan verhuizen!", "mooi weer"],
        mentions=[["@wij"], None],
        reach=[100],
        case=["C1", None],
    ),
    _choice(
        "policy.changed",
        policy=["P1", "P2"],
        product=["health", "car", "mortgage"],
        premium=_PREMIUMS,
        change=["started", "renewed", "cancelled", "amended"],
        renewal_date=[None, "2026-12-20", "2027-09-01"],
        start_date=[None, "2012-11-30"],
    ),
    _choice("profile.changed", field=["address"], old=["A", "B"], new=["A", "B", "C"]),
    _choice("profile.changed", field=["marital_status", "employment"], new=["married", "retired", "unemployed"]),
    _choice("claim.changed", claim=["S1"], status=["opened", "closed"]),
    _choice("complaint.changed", complaint=["K1", "K2"], status=["opened", "answered", "closed"]),
    _choice("payment.changed", status=["late", "failed", "paid"], policy=["P1", None]),
    _choice(
        "promise.changed",
        promise=["B1", "B2"],
        status=["made", "moved", "kept", "cancelled"],
        due=["2026-11-20", "2026-12-25", "2027-01-08"],
    ),
    _choice("survey.answered", kind=["nps"], score=[3, 7, 9]),
    _choice("order.placed", items=[[{"sku": "S1", "quantity": 1}], [{"sku": "S2", "quantity": 2}]]),
    _choice("referral.made", referred=["email:b@example.nl"]),
    _choice("community.joined", community=["wonen"], job=["move"]),
    _choice(
        "consent.changed",
        purpose=["marketing", "profiling"],
        given=[True, True, False],
        channels=[None, ["email"], ["phone"]],
        expires=[None, "2026-12-01"],
    ),
    _choice("privacy.requested", kind=["object", "access", "erase"]),
    _choice("market.changed", product=["car", "health"], what=["premium"], competitor=["Rival"], premium=[15, 50]),
    _choice("identity.linked", **{"from": ["device:d", "email:a@example.nl"], "to": CUSTOMERS}),
    st.just(("clock.ticked", {})),
)


def _event(number: int, at: Instant, subject: str, happening: Happening) -> Event:
    type_, data = happening
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/made", "type": type_, "data": dict(data)}
    envelope |= {"time": "2026-01-01T00:00:00Z", "subject": "market:NL" if type_ == "market.changed" else subject}
    event = decode_object(envelope)
    assert not isinstance(event, Rejected), event
    return Event(event.id, event.source, type_, at, at, event.subject, event.data)


@st.composite
def histories(draw: st.DrawFn, without: tuple[str, ...] = (), most: int = 25) -> list[Event]:
    """Events in order of time, after both customers consented; some come twice."""
    events = [
        _event(number, BEGIN, customer, ("consent.changed", {"purpose": purpose, "given": True, "channels": channels}))
        for number, (customer, purpose, channels) in enumerate(
            (customer, purpose, channels)
            for customer in CUSTOMERS
            for purpose, channels in (("marketing", ["email", "phone"]), ("profiling", []))
        )
    ]
    drawn = draw(
        st.lists(st.tuples(st.integers(1, HOURS), st.sampled_from(SUBJECTS), HAPPENINGS), min_size=1, max_size=most)
    )
    for number, (hours, subject, happening) in enumerate(drawn, start=len(events)):
        if happening[0] not in without:
            events.append(_event(number, BEGIN + hours * HOUR, subject, happening))
    events += draw(st.lists(st.sampled_from(events), max_size=2))
    return sorted(events, key=lambda event: (event.time, event.source, event.id))


def worked(engine: Engine, events: list[Event]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last decisions and recommendations by id, after all events and the year after."""
    decisions: dict[str, Any] = {}
    recommendations: dict[str, Any] = {}
    for batch in (engine.process(events), engine.advance(END)):
        decisions |= {decision["id"]: decision for decision in batch.decisions}
        recommendations |= {record["id"]: record for record in batch.recommendations}
    return decisions, recommendations
