"""One person under several subjects, and people who live together: nothing lost, nothing counted twice."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.customer.bounds import TOUCHES_KEPT
from signals.customer.codec import encode_customer
from signals.customer.last_word import KEPT as WORDS_KEPT
from signals.customer.state import Customer
from signals.events.event import Event
from tests.signals.scenarios.driver import Story, moment

ALIAS, OWN, MARKETING = "email:jan@x.nl", "customer:1001", "marketing"
_SUMS = ("touch_count", "referrals", "feedback", "orders", "gap_total", "gap_count")
_PARTS = ("touches", "profile", "policies", "consents", "promises", "complaints", "claims", "communities", "purchases")
_DERIVED = ("beliefs", "counts", "guards", "contacts", "feelings", "tellings", "buying", "objected", "aliases")


_LONGEST = (TOUCHES_KEPT - 2) // 2
"""Two histories and a visit of each fit into one journey; of a longer one the oldest touches are forgotten."""


def told_by(number: int, who: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """One event; what it names is the subject's own, as it is for two people, but for a case that both speak of."""
    key = f"{who[:2]}{number}"
    of_both = [
        *(("complaint.changed", {"complaint": "of both", "status": status}) for status in ("opened", "closed")),
        *(("claim.changed", {"claim": "of both", "status": status}) for status in ("opened", "paid")),
        ("profile.changed", {"field": "language", "new": "nl"}),
        ("referral.made", {"referred": "customer:77"}),
        *(("payment.changed", {"status": status, "policy": "of both"}) for status in ("late", "paid")),
        ("promise.changed", {"promise": f"to {who}", "status": "made", "due": "2026-05-01"}),
        *(("promise.changed", {"promise": f"to {one}", "status": "kept"}) for one in (ALIAS, OWN)),
    ]
    return st.sampled_from(
        [
            *(of_both if number < WORDS_KEPT // 2 else []),
            ("contact.received", {"channel": "phone", "case": f"C-{who}", "sentiment": 0.5}),
            ("contact.received", {"channel": "email", "text": "Wij gaan verhuizen naar Utrecht."}),
            ("contact.received", {"channel": "email", "text": "De verhuizing gaat niet door."}),
            ("contact.made", {"channel": "email", "purpose": "service"}),
            ("web.viewed", {"url": "/verhuizen"}),
            ("survey.answered", {"kind": "nps", "score": 3}),
            ("policy.changed", {"policy": key, "product": "car", "change": "started", "premium": 40}),
            ("claim.changed", {"claim": key, "status": "opened"}),
            ("complaint.changed", {"complaint": key, "status": "opened"}),
            ("promise.changed", {"promise": key, "status": "made", "due": "2026-05-01"}),
            ("consent.changed", {"purpose": f"research-{who}", "given": True}),
            ("community.joined", {"community": key, "job": "build"}),
            ("referral.made", {"referred": f"email:{key}@example.nl"}),
            ("order.placed", {"items": [{"sku": who, "quantity": 1, "price": 9}], "amount": 9}),
            ("profile.changed", {"field": "income", "new": key}),
            ("payment.changed", {"status": "late", "policy": key}),
        ]
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, str, dict[str, Any]]]:
    told: list[tuple[str, str, dict[str, Any]]] = []
    for number in range(draw(st.integers(1, _LONGEST))):
        who = draw(st.sampled_from([ALIAS, OWN]))
        type_, data = draw(told_by(number, who))
        told.append((who, type_, {**data, "purpose": MARKETING} if type_ == "consent.changed" else data))
    return told


def tell(story: Story, history: list[tuple[str, str, dict[str, Any]]], start: int) -> None:
    for number, (who, type_, data) in enumerate(history, start):
        channels = {"channels": [f"{who[:2]}{number}"]} if type_ == "consent.changed" else {}
        story.on(f"2026-03-{number:02}T10:00", type_, who, id=f"h{number}", **data, **channels)


def known(customer: Customer) -> dict[str, Any]:
    """The row, but for contacts reserved for what was recommended to the two as one."""
    facts = {field: getattr(customer, field) for field in (*_SUMS, *_PARTS, *_DERIVED)}
    return {**facts, "contacts": [contact for contact in customer.contacts if not contact.recommendation]}


@given(before=histories(), after=histories())
@settings(max_examples=1000)
def test_linking_and_unlinking_leaves_two_rows_as_if_they_had_never_been_one(
    before: list[tuple[str, str, dict[str, Any]]], after: list[tuple[str, str, dict[str, Any]]]
) -> None:
    together, apart = Story(), Story()
    for story in (together, apart):
        tell(story, before, 1)
        if story is together:
            story.on("2026-03-13T09:00", "identity.linked", ALIAS, from_=ALIAS, to=OWN, source_of_truth="crm")
        tell(story, after, 14)
        if story is together:
            assert story.customer(ALIAS).became == OWN
            story.on("2026-03-28T09:00", "identity.unlinked", ALIAS, from_=ALIAS, to=OWN, source_of_truth="crm")
        story.on("2026-03-29T10:00", "web.viewed", ALIAS, id="last-a", url="/a")
        story.on("2026-03-29T10:00", "web.viewed", OWN, id="last-o", url="/o")
    for subject in (ALIAS, OWN):
        assert together.customer(subject).became is None
        assert known(together.customer(subject)) == known(apart.customer(subject))


def test_what_comes_in_through_an_alias_counts_once_for_the_person() -> None:
    story = Story().on("2026-03-01T10:00", "identity.linked", from_=ALIAS, to=OWN)
    story.on("2026-03-02T10:00", "contact.received", ALIAS, channel="email", case="C1")
    story.on("2026-03-03T10:00", "contact.received", OWN, channel="phone", case="C1")
    story.on("2026-03-04T10:00", "contact.received", ALIAS, channel="email", case="C1")
    assert story.fired == ["relationship.repeat_contact"]
    assert story.customer(OWN).touch_count == 3
    assert story.decisions[0]["customer"] == OWN


def test_after_unlinking_events_of_the_alias_are_its_own_again() -> None:
    story = Story().on("2026-03-01T10:00", "identity.linked", from_=ALIAS, to=OWN)
    story.on("2026-03-02T10:00", "contact.received", ALIAS, channel="email", case="C1")
    story.on("2026-03-03T10:00", "contact.received", OWN, channel="phone", case="C1")
    story.on("2026-03-03T12:00", "identity.unlinked", from_=OWN, to=ALIAS)
    story.on("2026-03-04T10:00", "contact.received", ALIAS, channel="email", case="C1")
    assert story.fired == []
    assert (story.customer(OWN).touch_count, story.customer(ALIAS).touch_count) == (1, 2)


def test_what_was_recommended_by_the_others_words_is_taken_back() -> None:
    story = Story().on("2026-03-01T10:00", "identity.linked", from_=ALIAS, to=OWN)
    story.on("2026-03-02T10:00", "survey.answered", ALIAS, kind="nps", score=2)
    assert story.statuses("relationship.detractor") == ["released"]
    story.on("2026-03-03T12:00", "identity.unlinked", from_=ALIAS, to=OWN)
    assert story.statuses("relationship.detractor") == ["withdrawn"]


def test_what_was_recommended_to_the_alias_before_goes_on_for_the_alias() -> None:
    story = Story().on("2026-03-01T10:00", "survey.answered", ALIAS, kind="nps", score=2)
    story.on("2026-03-02T10:00", "identity.linked", from_=ALIAS, to=OWN)
    story.on("2026-03-03T10:00", "identity.unlinked", from_=ALIAS, to=OWN)
    assert story.statuses("relationship.detractor") == ["released"]
    assert len(story.customer(ALIAS).live) == 1
    assert story.customer(OWN).live == {}
    assert story.until("2026-06-01T10:00").statuses("relationship.detractor") == ["expired"]


def test_unlinked_people_can_be_linked_again_without_counting_twice() -> None:
    story = Story()
    story.on("2026-03-01T10:00", "contact.received", ALIAS, channel="email")
    for day, what in ((2, "linked"), (3, "unlinked"), (4, "linked")):
        story.on(f"2026-03-{day:02}T10:00", f"identity.{what}", from_=ALIAS, to=OWN)
    assert story.customer(OWN).touch_count == 1


PARTNER, CHILD = "customer:2002", "customer:3003"


def household() -> Story:
    story = Story()
    for person in (OWN, PARTNER, CHILD):
        story.on("2026-01-05T09:00", "consent.changed", person, purpose="marketing", given=True, channels=["email"])
        story.on("2026-01-05T09:01", "consent.changed", person, purpose="profiling", given=True)
    story.on("2026-01-06T09:00", "identity.linked", from_=OWN, to=PARTNER, source_of_truth="household")
    return story.on("2026-01-06T10:00", "identity.linked", from_=CHILD, to=PARTNER, source_of_truth="household")


def guarded(story: Story, person: str, at: str) -> bool:
    now = moment(at)
    causes = story.customer(person).guards.get("guard.bereavement", {})
    return any(guard.since <= now < guard.until for guard in causes.values())


def test_a_household_stays_several_people() -> None:
    story = household().on("2026-03-02T10:00", "contact.received", PARTNER, channel="phone")
    assert [story.customer(person).touch_count for person in (OWN, PARTNER, CHILD)] == [0, 1, 0]
    assert sorted(story.customer(OWN).household) == [PARTNER, CHILD]


def test_a_bereavement_guards_the_whole_household_and_stops_its_sales() -> None:
    story = household().on("2026-03-02T10:00", "form.changed", CHILD, form="quote-car", step="saved", product="car")
    story.until("2026-03-03T11:00")
    assert story.statuses("purchase.quote_abandoned") == ["released"]
    story.on("2026-03-03T12:00", "profile.changed", OWN, field="household", new="deceased")
    assert all(guarded(story, person, "2026-03-03T13:00") for person in (OWN, PARTNER, CHILD))
    assert story.statuses("purchase.quote_abandoned") == ["withdrawn"]
    assert [decision["customer"] for decision in story.of("guard.bereavement")] == [OWN]


def test_who_joins_a_household_in_mourning_is_guarded_and_who_leaves_it_is_not() -> None:
    story = household().on("2026-03-03T12:00", "profile.changed", OWN, field="household", new="deceased")
    other = "customer:4004"
    story.on("2026-03-04T12:00", "identity.linked", from_=other, to=OWN, source_of_truth="household")
    assert guarded(story, other, "2026-03-05T13:00")
    story.on("2026-03-05T12:00", "identity.unlinked", from_=other, to=OWN, source_of_truth="household")
    assert not guarded(story, other, "2026-03-05T13:00")
    assert guarded(story, OWN, "2026-03-05T13:00")


def test_an_erased_person_is_forgotten_under_every_subject_and_by_the_household() -> None:
    story = household().on("2026-03-01T10:00", "identity.linked", from_=ALIAS, to=OWN)
    story.on("2026-03-02T10:00", "contact.received", ALIAS, channel="email", case="C1")
    story.on("2026-03-03T10:00", "privacy.requested", OWN, kind="erase")
    story.on("2026-03-04T10:00", "contact.received", ALIAS, channel="email", case="C1")
    for subject in (OWN, ALIAS):
        row = story.customer(subject)
        assert (row.erased is not None, row.touches, row.aliases, row.seen) == (True, [], {}, {})
    assert OWN not in story.customer(PARTNER).household


def test_a_row_that_a_parting_opened_is_kept_like_any_other() -> None:
    story = Story()
    batch = story.engine.process([unlinked("device:d", OWN)])
    assert set(batch.rows) == {"device:d"}


def unlinked(first: str, second: str) -> Event:
    at = moment("2026-03-01T10:00")
    return Event("u1", "/test", "identity.unlinked", at, at, second, {"from": first, "to": second})


@pytest.mark.parametrize(("first", "second"), [(ALIAS, OWN), (OWN, ALIAS)])
def test_an_objection_of_ones_own_outlasts_being_one_with_another_who_objected(first: str, second: str) -> None:
    story = Story().on("2026-03-01T10:00", "privacy.requested", first, kind="object")
    story.on("2026-03-02T10:00", "privacy.requested", second, kind="object")
    story.on("2026-03-03T10:00", "identity.linked", from_=ALIAS, to=OWN)
    story.on("2026-03-04T10:00", "identity.unlinked", from_=ALIAS, to=OWN)
    assert story.customer(first).objected == moment("2026-03-01T10:00")
    assert story.customer(second).objected == moment("2026-03-02T10:00")


def test_the_first_objection_counts_whichever_came_in_first() -> None:
    story = Story().on("2026-03-02T10:00", "privacy.requested", kind="object")
    story.on("2026-03-01T12:00", "privacy.requested", kind="restrict")
    assert story.customer().objected == moment("2026-03-01T12:00")


@pytest.mark.parametrize("day", [1, 4], ids=["before", "while one"])
def test_what_was_refused_by_the_others_words_is_no_longer_there_to_be_released(day: int) -> None:
    story, moved = Story(), {"field": "address", "old": "A", "new": "B"}
    if day == 1:
        story.on("2026-03-01T10:00", "profile.changed", ALIAS, **moved)
    story.on("2026-03-03T10:00", "identity.linked", from_=ALIAS, to=OWN)
    if day > 1:
        story.on("2026-03-04T10:00", "profile.changed", ALIAS, **moved)
    (refused,) = story.of("life_event.move")
    story.on("2026-03-05T10:00", "identity.unlinked", from_=ALIAS, to=OWN)
    word = {"recommendation": refused["id"], "outcome": "overruled", "by": "adviser:7", "direction": "release"}
    story.on("2026-03-06T10:00", "recommendation.outcome", OWN, **word)
    assert story.reasons("life_event.move")[1:] == ([] if day == 1 else ["NO_CONSENT"])
    story.on("2026-03-06T11:00", "recommendation.outcome", ALIAS, **word)
    assert story.reasons("life_event.move")[1:] == ["RELEASED" if day == 1 else "NO_CONSENT"]


def test_whom_the_erased_mourned_with_stays_guarded_and_does_not_know_who_told() -> None:
    story = household().on("2026-03-03T12:00", "profile.changed", OWN, id="told", field="household", new="deceased")
    story.on("2026-03-04T10:00", "privacy.requested", OWN, kind="erase")
    for person in (PARTNER, CHILD):
        row = encode_customer(story.customer(person))
        assert guarded(story, person, "2026-03-05T13:00")
        assert OWN.encode() not in row
        assert b"told" not in row
