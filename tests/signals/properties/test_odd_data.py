"""Whatever a sender writes into ``data``, the engine goes on, and every row can be read again.

Senders add fields that mean something in other events, and write the days 0001-01-01 and 9999-12-31 for "unknown" and
"never".
"""

from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from signals.calendar.instant import DAY
from signals.customer.codec import decode_customer
from signals.customer.view import customer_view
from signals.engine import OWN, Engine
from signals.events.catalogue import CATALOGUE
from signals.events.decode import decode_object
from signals.events.event import Event
from tests.signals.events.examples import DATA, an_event
from tests.signals.properties.histories import pack

KINDS = st.sampled_from(sorted(CATALOGUE))
PACKS = pytest.mark.parametrize("name", ["insurance-nl", "retail"])
FIELDS = sorted({name for data in DATA.values() for name in data} | {"effective"})
DAYS = ["0001-01-01", "1583-01-01", "2024-02-29", "2200-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00"]
TIMES = ["1900-01-01T00:00:00Z", "2026-03-29T01:59:59Z", "2026-11-20T09:00:00+01:00", "2199-12-31T23:59:59Z"]
TEXTS = [
    "Wij gaan verhuizen op 01-01-0000.",
    "Wij gaan per 31-12-9999 verhuizen.",
    "Wij zijn 999 jaar geleden verhuisd.",
    *("", " ", "\u0000", "\u202e", "|", "@expire|x", "%s %d {x} {0} {about}", "x" * 512, "a\nb", "customer:1"),
]
NUMBERS = [1e15, -1e15, 0, -0.0, 1e-300, -1, 10**15]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.sampled_from([*DAYS, *TEXTS, *NUMBERS]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=2),
    max_leaves=4,
)


@PACKS
@given(KINDS, st.dictionaries(st.sampled_from(FIELDS), ODD, min_size=1, max_size=4))
@example("web.viewed", {"channel": 5})
def test_fields_of_other_events(name: str, kind: str, fields: dict[str, Any]) -> None:
    known = CATALOGUE[kind].__annotations__ if hasattr(CATALOGUE[kind], "__annotations__") else DATA[kind]
    work_on(name, kind, {field: value for field, value in fields.items() if field not in known}, TIMES[2])


@st.composite
def at_their_limits(draw: st.DrawFn) -> tuple[str, str, object]:
    """A field of an event, with a value of its kind that few think of."""
    kind = draw(st.sampled_from([kind for kind in sorted(CATALOGUE) if DATA[kind]]))
    field, usual = draw(st.sampled_from(sorted(DATA[kind].items(), key=lambda item: item[0])))
    return kind, field, draw(st.sampled_from([*DAYS, *TEXTS] if isinstance(usual, str | None) else NUMBERS))


@PACKS
@given(at_their_limits(), st.sampled_from(TIMES))
@example(("consent.changed", "expires", "9999-12-31"), TIMES[2])
@example(("policy.changed", "start_date", "0001-01-01"), TIMES[2])
@example(("promise.changed", "due", "9999-12-31"), TIMES[2])
@example(("contact.received", "text", TEXTS[0]), TIMES[2])
@example(("contact.received", "text", TEXTS[1]), TIMES[2])
def test_values_at_their_limits(name: str, limit: tuple[str, str, object], time: str) -> None:
    kind, field, value = limit
    work_on(name, kind, {field: value}, time)


def work_on(name: str, kind: str, fields: dict[str, Any], time: str) -> None:
    """The event comes to a customer, comes again the day after, and more than two years go by."""
    event = decode_object(an_event(kind, data=DATA[kind] | fields, time=time))
    assume(isinstance(event, Event))
    assert isinstance(event, Event)
    engine, rows = Engine(pack(pack=name)), dict[str, bytes | None]()
    for happening in (*before(time), event, msgspec.structs.replace(event, id="again", time=event.time + DAY)):
        batch = engine.process([happening])
        rows |= batch.rows
        msgspec.json.encode([batch.recommendations, batch.decisions])
    rows |= engine.advance(event.time + 800 * DAY).rows
    for key, row in rows.items():
        if row is not None and not key.startswith(OWN):
            customer = decode_customer(row)
            assert msgspec.json.encode(customer_view(customer, engine.pack, engine.clock))
            engine.visit(customer, engine.clock)


def before(time: str) -> list[Event]:
    """A customer who may be sold to and has a contract."""
    consents = [{"purpose": purpose, "given": True} for purpose in ("marketing", "profiling")]
    policy = {"policy": "Z", "product": "health", "change": "started", "premium": 100}
    said = [("consent.changed", data) for data in consents] + [("policy.changed", policy)]
    events = [decode_object(an_event(kind, data=data, time=time, id=f"b{n}")) for n, (kind, data) in enumerate(said)]
    return [event for event in events if isinstance(event, Event)]
