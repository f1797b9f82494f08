"""What ends something may arrive before what began it: in the end all stands as if it had come in order."""

from itertools import permutations
from typing import Any

import pytest

from tests.signals.scenarios.driver import Story

POLICY = {"policy": "P1", "product": "car"}
BEGIN, END = "2026-03-03T10:00", "2026-03-03T20:00"
PAIRS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    (
        "contact.received",
        {"channel": "email", "text": "Wij gaan verhuizen."},
        "contact.received",
        {"channel": "email", "text": "Wij gaan toch niet verhuizen."},
    ),
    (
        "contact.received",
        {"channel": "email", "text": "Wij gaan toch niet verhuizen."},
        "contact.received",
        {"channel": "email", "text": "Wij gaan verhuizen."},
    ),
    (
        "promise.changed",
        {"promise": "B1", "status": "made", "due": "2026-03-09"},
        "promise.changed",
        {"promise": "B1", "status": "kept"},
    ),
    (
        "complaint.changed",
        {"complaint": "K1", "status": "opened"},
        "complaint.changed",
        {"complaint": "K1", "status": "closed"},
    ),
    (
        "contact.received",
        {"channel": "phone", "text": "Ik dien een klacht in over jullie service."},
        "complaint.changed",
        {"complaint": "K1", "status": "opened"},
    ),
    (
        "form.changed",
        {"form": "quote", "step": "saved", "product": "car"},
        "form.changed",
        {"form": "quote", "step": "submitted", "product": "car"},
    ),
    (
        "policy.changed",
        {**POLICY, "change": "started", "renewal_date": "2026-06-01"},
        "policy.changed",
        {**POLICY, "change": "cancelled"},
    ),
    ("policy.changed", {**POLICY, "change": "cancelled"}, "policy.changed", {**POLICY, "change": "started"}),
    (
        "contact.received",
        {"channel": "email", "text": "Ik wil mijn autoverzekering opzeggen."},
        "contact.received",
        {"channel": "email", "text": "Ik wil toch niet opzeggen."},
    ),
    (
        "payment.changed",
        {"status": "late", "policy": "P1"},
        "payment.changed",
        {"status": "paid", "policy": "P1"},
    ),
]


@pytest.mark.parametrize(("first", "begun", "second", "ended"), PAIRS)
def test_the_order_of_arrival_makes_no_difference(
    first: str, begun: dict[str, Any], second: str, ended: dict[str, Any]
) -> None:
    stands = []
    for order in ((0, 1), (1, 0)):
        story = Story().consenting()
        for place in order:
            at, type_, data = ((BEGIN, first, begun), (END, second, ended))[place]
            story.on(at, type_, id=f"event-{place}", **data)
        story.until("2026-03-05T10:00")
        mine = story.customer()
        stands.append(
            (
                sorted(record["trigger"] for record in story.recommendations if record["status"] == "released"),
                {key: policy.active for key, policy in mine.policies.items()},
                {key: promise.status for key, promise in mine.promises.items()},
                {key: case.status for key, case in mine.complaints.items()},
                {name: [guard.until for guard in causes.values()] for name, causes in mine.guards.items()},
                sorted(slot for slot in mine.timers if not slot.startswith("@")),
            )
        )
    assert stands[0] == stands[1]


@pytest.mark.parametrize("arrival", [(3, 2, 1, 0), (1, 3, 0, 2), (3, 0, 1, 2)])
def test_of_one_day_the_first_pages_count_whatever_comes_in_first(arrival: tuple[int, ...]) -> None:
    """Four of three that count: the one that is left out is the last of the day, not the last to come in."""
    pages = [f"2026-03-03T{hour:02}:00" for hour in (1, 9, 17, 23)]
    told = Story()
    for place in arrival:
        told.on(pages[place], "web.viewed", id=f"page-{place}", url="/moving-house")
    held = told.customer().beliefs["life_event.move"]
    assert [piece.event for piece in held] == ["page-0", "page-1", "page-2"]


def test_a_claim_that_was_closed_in_between_ends_what_came_before_and_not_what_came_after() -> None:
    story = Story().on("2026-03-02T10:00", "contact.received", channel="phone", claim="S")
    story.on("2026-03-02T12:00", "contact.received", channel="phone", claim="S")
    story.on("2026-03-02T11:00", "claim.changed", claim="S", status="closed")
    story.on("2026-03-03T12:00", "contact.received", channel="phone", claim="S")
    assert story.fired == []
    story.on("2026-03-04T12:00", "contact.received", channel="phone", claim="S")
    assert story.fired == ["relationship.repeat_contact"]


HEARD: dict[str, tuple[str, str, dict[str, Any]]] = {
    "renewed": ("2026-12-10T09:00", "policy.changed", {"policy": "Z", "product": "health", "change": "renewed"}),
    "look": ("2026-12-10T10:00", "web.viewed", {"url": "/zorgverzekering/vergelijken"}),
    "again": ("2026-12-10T11:00", "web.viewed", {"url": "/zorgverzekering/vergelijken"}),
    "settled": ("2026-12-10T15:00", "policy.changed", {"policy": "Z", "product": "health", "change": "renewed"}),
    "cancelled": ("2026-12-10T16:00", "policy.changed", {"policy": "Z", "product": "health", "change": "cancelled"}),
    "lapsed": ("2026-12-10T17:00", "policy.changed", {"policy": "Z", "product": "health", "change": "lapsed"}),
    "begun": ("2026-12-10T10:00", "policy.changed", {"policy": "N", "product": "car", "change": "started"}),
    "amended": ("2026-12-10T12:00", "policy.changed", {"policy": "N", "product": "car", "change": "amended"}),
    "dated": (
        *("2026-12-10T13:00", "policy.changed"),
        {"policy": "N", "product": "car", "change": "amended", "start_date": "2022-06-01"},
    ),
    "joined": ("2026-12-10T10:00", "community.joined", {"community": "build", "job": "move"}),
    "left": ("2026-12-10T12:00", "community.left", {"community": "build"}),
    "back": ("2026-12-10T14:00", "community.joined", {"community": "build", "job": "buy"}),
}


@pytest.mark.parametrize(
    "names",
    [
        ("renewed", "cancelled", "lapsed"),
        ("begun", "amended"),
        ("begun", "amended", "dated"),
        ("joined", "left"),
        ("joined", "left", "back"),
    ],
)
def test_contracts_and_communities_are_the_same_in_whatever_order_they_are_told(names: tuple[str, ...]) -> None:
    customers = [heard(*order).customer() for order in permutations(names)]
    first = customers[0]
    for customer in customers:
        assert (customer.policies, customer.communities) == (first.policies, first.communities)


def test_who_has_settled_is_not_undecided_again_by_an_earlier_word() -> None:
    assert "season.health_nl.undecided" not in heard("look", "again", "settled", "renewed").fired


def heard(*names: str) -> Story:
    story = Story().consenting().insured("health", premium=140, policy="Z")
    for name in names:
        at, type_, data = HEARD[name]
        story.on(at, type_, id=name, **data)
    return story.until("2026-12-16T10:00")
