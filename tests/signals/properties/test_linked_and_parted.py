"""Subjects of one person are linked and parted again and again, while each says, denies, opens and closes."""

from hypothesis import given
from hypothesis import strategies as st

from signals.calendar.instant import DAY, HOUR
from signals.engine import Engine
from tests.signals.properties.histories import BEGIN, Happening, event_of, every, pack
from tests.signals.properties.test_invariants import MANY, Watch

CUSTOMER, OTHERS = "customer:1", ["device:d", "email:a@example.nl"]
TEXTS = ["Wij gaan verhuizen.", "Wij gaan niet verhuizen.", "Ik heb een auto gekocht."]
CONSENTS = [*every("consent.changed", purpose=["marketing"], given=[True], channels=[["email", "phone"]])]
CONSENTS += every("consent.changed", purpose=["profiling"], given=[True])
HAPPENINGS: list[Happening] = [
    *every("contact.received", channel=["email"], text=[*TEXTS, "De koop van de auto gaat niet door."]),
    *every("complaint.changed", complaint=["K1"], status=["opened", "closed"]),
    *every("payment.changed", status=["late", "paid"], policy=["P1", None]),
    *every("web.viewed", url=["/verhuizen"]),
    *every("identity.linked", **{"from": OTHERS, "to": [CUSTOMER]}),
    *every("identity.unlinked", **{"from": OTHERS, "to": [CUSTOMER]}),
]
HAPPENED = st.tuples(st.integers(1, 24 * 60), st.sampled_from([CUSTOMER, *OTHERS]), st.sampled_from(HAPPENINGS))


@MANY
@given(st.lists(HAPPENED, min_size=2, max_size=14))
def test_nothing_is_sold_or_spoken_of_against_the_last_word(happened: list[tuple[int, str, Happening]]) -> None:
    consents = [(0, subject, consent) for subject in (CUSTOMER, *OTHERS) for consent in CONSENTS]
    told = sorted([*consents, *happened], key=lambda one: one[0])
    events = [event_of(number, BEGIN + hour * HOUR, who, what) for number, (hour, who, what) in enumerate(told)]
    engine = Engine(pack())
    watch = Watch(engine)
    for event in events:
        watch.step(engine.process([event]))
    for days in (1, 2, 7, 30, 400):
        watch.step(engine.advance(events[-1].time + days * DAY))
