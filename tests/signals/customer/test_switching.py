from datetime import date
from typing import Any

import pytest

from signals.calendar.instant import Instant, format_instant, parse_instant
from signals.calendar.season import SeasonCalendar
from signals.config import Config
from signals.customer.state import Customer
from signals.customer.switching import freedom_to_switch
from signals.customer.underway import Episode
from signals.customer.view import customer_view
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack(Config(pack="insurance-nl"))


@pytest.fixture(scope="module")
def season(pack: Pack) -> SeasonCalendar:
    return pack.environment.season("health_nl")


def after(trigger: str, started: str) -> Customer:
    moment = parse_instant(started)
    return Customer(key="customer:1", episodes={trigger: Episode(moment, moment)})


def freedom(customer: Customer, season: SeasonCalendar, now: str) -> tuple[str, str] | None:
    found = freedom_to_switch(customer, season, parse_instant(now))
    return None if found is None else (format_instant(found.until), found.because)


def test_everybody_may_switch_in_the_season_and_nobody_out_of_it(season: SeasonCalendar) -> None:
    anybody = Customer(key="customer:1")
    assert freedom(anybody, season, "2026-12-01T12:00:00Z") == ("2026-12-31T23:00:00Z", "season")
    assert freedom(anybody, season, "2027-01-01T12:00:00Z") is None
    assert freedom(anybody, season, "2026-06-01T12:00:00Z") is None


def test_who_cancelled_in_time_may_choose_until_february_and_no_longer(season: SeasonCalendar) -> None:
    cancelled = after("season.health_nl.cancelled_elsewhere", "2026-12-20T12:00:00Z")
    assert freedom(cancelled, season, "2026-12-21T12:00:00Z") == ("2027-01-31T23:00:00Z", "cancelled")
    assert freedom(cancelled, season, "2027-01-31T22:59:59Z") == ("2027-01-31T23:00:00Z", "cancelled")
    assert freedom(cancelled, season, "2027-01-31T23:00:00Z") is None


@pytest.mark.parametrize(
    ("trigger", "until", "because"),
    [
        ("life_event.divorce", "2026-04-30T22:00:00Z", "divorce"),
        ("life_event.child_adult", "2026-04-30T22:00:00Z", "turning_18"),
        ("life_event.birth", "2026-07-10T09:00:00Z", "newborn"),
    ],
)
def test_an_event_in_life_opens_the_season_for_one_customer(
    season: SeasonCalendar, trigger: str, until: str, because: str
) -> None:
    changed = after(trigger, "2026-03-10T10:00:00Z")
    assert freedom(changed, season, "2026-03-11T12:00:00Z") == (until, because)
    assert freedom(changed, season, "2026-08-01T12:00:00Z") is None


def policy(number: int, time: str, **data: Any) -> Event:
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": "policy.changed", "time": time}
    decoded = decode_object({**envelope, "subject": "customer:1", "data": {"policy": "Z", "product": "zorg", **data}})
    assert not isinstance(decoded, Rejected), decoded
    return decoded


def test_the_customers_view_says_until_when(pack: Pack) -> None:
    engine = Engine(pack)
    engine.process(
        [
            policy(1, "2026-03-01T09:00:00Z", change="started", premium=140),
            policy(2, "2026-12-20T12:00:00Z", change="cancelled"),
        ]
    )
    customer = engine.customer("customer:1")
    assert customer is not None
    january: Instant = parse_instant("2027-01-15T12:00:00Z")
    assert customer_view(customer, pack, january)["seasons"] == [
        {
            "calendar": "health_nl",
            "phase": "tail",
            "may_switch_until": "2027-01-31T23:00:00Z",
            "because": "cancelled",
        }
    ]


def told(*events: Event) -> Customer:
    engine = Engine(open_pack(Config(pack="insurance-nl")))
    engine.process(events)
    customer = engine.customer("customer:1")
    assert customer is not None
    return customer


def test_who_came_back_has_chosen(season: SeasonCalendar) -> None:
    customer = told(
        policy(1, "2018-03-01T09:00:00Z", change="started"),
        policy(2, "2026-11-20T12:00:00Z", change="cancelled"),
        policy(3, "2026-12-10T12:00:00Z", change="started", policy="Y"),
    )
    assert freedom(customer, season, "2026-12-20T12:00:00Z") == ("2026-12-31T23:00:00Z", "season")
    assert freedom(customer, season, "2027-01-15T12:00:00Z") is None


@pytest.mark.parametrize(
    ("what", "because"),
    [
        (
            {
                "type": "profile.changed",
                "data": {"field": "marital_status", "new": "divorced", "effective": "2026-03-15"},
            },
            "divorce",
        ),
        (
            {"type": "contact.received", "data": {"channel": "email", "text": "Mijn dochter wordt op 15 maart 18."}},
            "turning_18",
        ),
    ],
)
def test_an_exception_counts_by_the_day_of_what_happens(
    season: SeasonCalendar, what: dict[str, Any], because: str
) -> None:
    envelope = {"specversion": "1.0", "id": "e", "source": "/test", "subject": "customer:1"}
    event = decode_object({**envelope, "time": "2026-02-10T10:00:00Z", **what})
    assert not isinstance(event, Rejected), event
    customer = told(event)
    assert freedom(customer, season, "2026-03-20T12:00:00Z") == ("2026-04-30T22:00:00Z", because)
    assert freedom(customer, season, "2026-05-01T12:00:00Z") is None


def test_an_exception_that_came_later_opens_nothing_for_what_was_before_it(season: SeasonCalendar) -> None:
    now = season.latest
    before = now.model_copy(update={"exceptions": (), "valid_from": date(2000, 1, 1)})
    later = now.model_copy(update={"valid_from": date(2027, 1, 1)})
    changing = SeasonCalendar([before, later])
    child = after("life_event.birth", "2027-06-10T09:00:00Z")
    assert freedom(child, changing, "2027-08-20T09:00:00Z") is None
    assert freedom(child, changing, "2027-09-20T09:00:00Z") is None
    another = after("life_event.birth", "2027-09-20T09:00:00Z")
    assert freedom(another, changing, "2027-10-20T09:00:00Z") == ("2028-01-20T10:00:00Z", "newborn")
