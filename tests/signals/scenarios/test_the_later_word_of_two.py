"""Two subjects of one person had both spoken of one complaint: the later word counts, until they part."""

import pytest

from signals.customer.underway import NEVER
from tests.signals.scenarios.driver import SUBJECT, Story, moment

ALIAS, GUARD = "email:jan@x.nl", "guard.complaint"


def told(*words: tuple[str, str, str]) -> Story:
    """What was told of one complaint: when, by whom, its status; then the two are linked."""
    story = Story().consenting().consenting(subject=ALIAS)
    for at, who, status in words:
        story.on(at, "complaint.changed", who, complaint="K1", status=status)
    return link(story, "2026-03-04T10:00")


def link(story: Story, at: str, what: str = "linked") -> Story:
    return story.on(at, f"identity.{what}", ALIAS, from_=ALIAS, to=SUBJECT)


def status_of(story: Story, subject: str = SUBJECT) -> str:
    return story.customer(subject).complaints["K1"].status


def guarded_until(story: Story, subject: str = SUBJECT) -> int:
    return max((guard.until for guard in story.customer(subject).guards.get(GUARD, {}).values()), default=0)


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_what_the_other_closed_later_is_closed_and_open_again_when_they_part(first: str, second: str) -> None:
    story = told(("2026-03-02T10:00", first, "opened"), ("2026-03-03T10:00", second, "closed"))
    assert (status_of(story), guarded_until(story)) == ("closed", moment("2026-03-17T10:00"))
    link(story, "2026-03-05T10:00", "unlinked")
    assert (status_of(story, first), guarded_until(story, first)) == ("opened", NEVER)
    assert (status_of(story, second), guarded_until(story, second)) == ("closed", 0)


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_what_the_other_opened_again_is_open_and_nobody_sells(first: str, second: str) -> None:
    story = told(
        ("2026-03-02T10:00", first, "opened"),
        ("2026-03-02T12:00", first, "closed"),
        ("2026-03-03T10:00", second, "opened"),
    )
    assert (status_of(story), guarded_until(story)) == ("opened", NEVER)
    text = "Wij gaan verhuizen naar Utrecht."
    story.on("2026-04-20T10:00", "contact.received", channel="email", text=text)
    assert story.reasons("life_event.move") == ["CARE_GUARD"]
    link(story, "2026-04-21T10:00", "unlinked")
    assert (status_of(story, first), guarded_until(story, first)) == ("closed", moment("2026-03-16T12:00"))
    assert (status_of(story, second), guarded_until(story, second)) == ("opened", NEVER)


def test_what_is_closed_through_the_alias_is_open_again_when_they_part() -> None:
    story = told(("2026-03-02T10:00", SUBJECT, "opened"))
    story.on("2026-03-05T10:00", "complaint.changed", ALIAS, complaint="K1", status="closed")
    assert status_of(story) == "closed"
    link(story, "2026-03-06T10:00", "unlinked")
    assert (status_of(story), guarded_until(story)) == ("opened", NEVER)
    assert status_of(story, ALIAS) == "closed"


@pytest.mark.parametrize("late", [False, True])
def test_a_guard_lasts_by_what_set_it_last_in_event_time(late: bool) -> None:
    times = ["2026-03-02T10:00", "2026-03-02T20:00"]
    story = Story()
    for at in reversed(times) if late else times:
        story.on(at, "payment.changed", status="late", policy="P1")
    (guard,) = story.customer().guards["guard.distress"].values()
    assert (guard.since, guard.event) == (moment(times[-1]), "e1" if late else "e2")
    assert guard.until == moment("2026-05-31T20:00")


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
@pytest.mark.parametrize("after", [False, True])
def test_what_was_promised_to_the_one_and_kept_by_the_other_holds_up_nothing(
    first: str, second: str, after: bool
) -> None:
    story = Story().consenting().consenting(subject=ALIAS)
    story.on("2026-03-02T10:00", "promise.changed", first, promise="B1", status="made", due="2026-03-20")
    for at in ["2026-03-04T10:00"] if after else []:
        link(story, at)
    story.on("2026-03-05T10:00", "promise.changed", second, promise="B1", status="kept")
    link(story, "2026-03-06T10:00")
    text = "Wij gaan verhuizen naar Utrecht."
    story.on("2026-03-26T10:00", "contact.received", channel="email", text=text)
    assert story.fired == ["life_event.move"]
    assert story.reasons("life_event.move") == ["RELEASED"]
    link(story, "2026-03-27T10:00", "unlinked")
    assert story.customer(first).promises["B1"].status == "made"
    assert "B1" not in story.customer(second).promises


def test_a_contract_that_was_cancelled_by_mail_is_over_for_the_customer_too() -> None:
    story = Story()
    story.on("2026-01-05T10:00", "policy.changed", policy="P1", product="car", change="started", premium=40)
    told = {"policy": "P1", "product": "car"}
    story.on("2026-02-02T10:00", "policy.changed", subject="email:jan@example.nl", change="cancelled", **told)
    story.on("2026-02-03T10:00", "identity.linked", from_="email:jan@example.nl", to=story.subject)
    customer = story.engine.customer(story.subject)
    assert customer is not None
    policy = customer.policies["P1"]
    assert (policy.active, policy.premium) == (False, 40)
    story.on("2026-03-02T10:00", "policy.changed", change="renewed", **told)
    assert customer.policies["P1"].active
