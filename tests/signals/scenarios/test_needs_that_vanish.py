"""A recommendation lasts as long as its need: what happened since ends it, and says so."""

from typing import Any

import pytest

from tests.signals.scenarios.driver import Record, Story

Step = tuple[str, str, Record]


def said(at: str, text: str) -> Step:
    return at, "contact.received", {"channel": "email", "text": text}


def changed(at: str, kind: str, **data: Any) -> Step:
    return at, f"{kind}.changed", data


def policy(at: str, change: str, product: str = "car", **data: Any) -> Step:
    return changed(at, "policy", policy="P1", product=product, change=change, **data)


COMPLAINT = changed("2026-03-02T10:00", "complaint", complaint="K1", status="opened")
LATE = changed("2026-03-02T10:00", "payment", status="late", policy="P1")
LEAVING = said("2026-03-02T10:00", "Ik wil mijn autoverzekering opzeggen.")
THREE_CALLS = tuple(
    (f"2026-03-0{day}T10:00", "contact.received", {"channel": "phone", "claim": "S1"}) for day in (2, 3, 4)
)
THREE_LOOKS = tuple((f"2026-03-0{day}T10:00", "web.viewed", {"url": "/autoverzekering/premie"}) for day in (2, 3, 4))
HEALTH = policy("2026-01-05T10:00", "started", "health")
LOYAL = policy("2026-01-05T10:00", "started", start_date="2015-03-10")


@pytest.mark.parametrize(
    ("trigger", "before", "since"),
    [
        (
            "relationship.complaint_open",
            (COMPLAINT,),
            changed("2026-03-03T10:00", "complaint", complaint="K1", status="answered"),
        ),
        ("guard.complaint", (COMPLAINT,), changed("2026-03-03T10:00", "complaint", complaint="K1", status="closed")),
        ("guard.distress", (LATE,), changed("2026-03-03T10:00", "payment", status="paid", policy="P1")),
        ("relationship.cancel_intent", (LEAVING,), said("2026-03-03T10:00", "Ik wil toch niet opzeggen.")),
        ("relationship.cancel_intent", (LEAVING,), policy("2026-03-03T10:00", "cancelled")),
        ("relationship.repeat_contact", THREE_CALLS, changed("2026-03-05T10:00", "claim", claim="S1", status="closed")),
        ("purchase.comparing", THREE_LOOKS, policy("2026-03-05T10:00", "started")),
        ("guard.breakup", (LOYAL, policy("2026-03-02T10:00", "cancelled")), policy("2026-03-04T10:00", "started")),
        (
            "purchase.milestone",
            (policy("2026-01-05T10:00", "started", start_date="2021-03-02"),),
            policy("2026-03-04T10:00", "cancelled"),
        ),
        ("season.health_nl.opening", (HEALTH,), policy("2026-11-20T10:00", "cancelled", "health")),
        (
            "season.health_nl.cancelled_elsewhere",
            (HEALTH, policy("2026-12-15T10:00", "cancelled", "health")),
            policy("2026-12-18T10:00", "started", "health"),
        ),
        (
            "relationship.silence",
            (policy("2025-03-01T10:00", "started"),),
            said("2026-03-04T10:00", "Hallo, een vraag."),
        ),
    ],
)
def test_what_happened_since_ends_it(trigger: str, before: tuple[Step, ...], since: Step) -> None:
    story = Story().consenting("2025-01-05T09:00")
    for at, type_, data in before:
        story.on(at, type_, **data)
    story.until(since[0])
    assert story.statuses(trigger) == ["released"]
    story.on(since[0], since[1], id="since", **since[2])
    assert (story.reasons(trigger), story.statuses(trigger)) == (["RELEASED"], ["withdrawn"])
    assert "since" in story.of(trigger)[0]["detail"]


@pytest.mark.parametrize(
    ("trigger", "before", "since"),
    [
        (
            "relationship.complaint_open",
            (COMPLAINT,),
            changed("2026-03-03T10:00", "complaint", complaint="K2", status="closed"),
        ),
        ("guard.complaint", (COMPLAINT,), changed("2026-03-03T10:00", "complaint", complaint="K1", status="answered")),
        ("guard.distress", (LATE,), changed("2026-03-03T10:00", "payment", status="paid", policy="P2")),
        ("relationship.cancel_intent", (LEAVING,), policy("2026-03-03T10:00", "amended")),
        ("relationship.repeat_contact", THREE_CALLS, changed("2026-03-05T10:00", "claim", claim="S2", status="closed")),
        ("purchase.comparing", THREE_LOOKS, policy("2026-03-05T10:00", "started", "home")),
        ("season.health_nl.opening", (HEALTH,), policy("2026-11-20T10:00", "cancelled", "car")),
    ],
)
def test_what_is_about_something_else_does_not(trigger: str, before: tuple[Step, ...], since: Step) -> None:
    story = Story().consenting("2025-01-05T09:00")
    for at, type_, data in (*before, since):
        story.until(at).on(at, type_, **data)
    assert story.statuses(trigger) == ["released"]


def test_a_complaint_that_was_told_and_then_filed_is_one_to_answer() -> None:
    story = Story().on("2026-03-02T10:00", "contact.received", channel="phone", text="Ik heb een klacht over jullie.")
    assert story.statuses("relationship.complaint_open") == ["released"]
    story.on("2026-03-02T11:00", "complaint.changed", complaint="K1", status="opened")
    assert story.statuses("relationship.complaint_open") == ["released"]
    story.on("2026-03-03T11:00", "complaint.changed", complaint="K1", status="answered")
    assert story.statuses("relationship.complaint_open") == ["withdrawn"]
