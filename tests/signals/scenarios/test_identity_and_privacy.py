"""Who is who: merging without loss, guards and consent of either, two customers apart; and being forgotten."""

import pytest

from tests.signals.scenarios.driver import Story

MOVE, REPEAT = "life_event.move", "relationship.repeat_contact"
CUSTOMER, DEVICE, MAIL = "customer:1001", "device:abc", "email:jan@example.nl"


def linked(story: Story, from_: str, to: str, at: str = "2026-03-04T10:00", **data: object) -> Story:
    return story.on(at, "identity.linked", subject=from_, from_=from_, to=to, **data)


@pytest.mark.parametrize("ends", [(DEVICE, CUSTOMER), (CUSTOMER, DEVICE)])
def test_what_a_device_did_counts_for_the_customer_it_turns_out_to_be(ends: tuple[str, str]) -> None:
    story = Story().consenting()
    for minute in range(3):
        story.on(f"2026-03-02T10:0{minute}", "web.viewed", subject=DEVICE, url="/verhuizen")
    linked(story, *ends)
    story.on("2026-03-05T10:00", "web.viewed", url="/verhuizen")
    assert story.of(MOVE) == []
    story.on("2026-03-05T10:01", "web.viewed", subject=DEVICE, url="/verhuizen")
    assert [(d["customer"], d["reason"]) for d in story.of(MOVE)] == [(CUSTOMER, "RELEASED")]
    assert len(story.recommended(MOVE)["evidence"]) == 5


def test_two_rows_that_prove_it_together_fire_when_they_become_one() -> None:
    story = Story().consenting()
    for minute in range(3):
        story.on(f"2026-03-02T10:0{minute}", "web.viewed", subject=DEVICE, url="/verhuizen")
        story.on(f"2026-03-03T10:0{minute}", "web.viewed", url="/verhuizen")
    assert story.of(MOVE) == []
    assert linked(story, DEVICE, CUSTOMER).reasons(MOVE) == ["RELEASED"]


def test_contacts_by_mail_and_phone_are_one_persons() -> None:
    story = Story()
    story.on("2026-03-02T10:00", "contact.received", subject=MAIL, channel="email", case="C1")
    story.on("2026-03-03T10:00", "contact.received", subject="phone:0612345678", channel="phone", case="C1")
    linked(story, MAIL, CUSTOMER, "2026-03-03T11:00")
    linked(story, "phone:+31612345678", CUSTOMER, "2026-03-03T12:00")
    story.on("2026-03-04T10:00", "contact.received", subject=MAIL, channel="email", case="C1")
    assert [(d["customer"], d["reason"]) for d in story.of(REPEAT)] == [(CUSTOMER, "RELEASED")]


def test_two_customers_with_one_device_stay_two() -> None:
    story = Story().consenting()
    linked(story, DEVICE, CUSTOMER)
    linked(story, DEVICE, "customer:2")
    linked(story, CUSTOMER, "customer:2")
    story.on("2026-03-05T10:00", "profile.changed", subject="customer:2", field="address", old="A", new="B")
    assert [(d["customer"], d["reason"]) for d in story.of(MOVE)] == [("customer:2", "NO_CONSENT")]


@pytest.mark.parametrize(("merged", "left"), [(False, True), (True, False)])
def test_to_be_parted_from_another_says_nothing_about_ones_own_unless_they_are_one(merged: bool, left: bool) -> None:
    """A tablet's second user logs out: it stays the first one's; but not where the first is that second one."""
    story = Story().consenting()
    linked(story, DEVICE, CUSTOMER)
    linked(story, DEVICE, "customer:2")
    if merged:
        linked(story, CUSTOMER, "customer:2", source_of_truth="/crm")
    story.on("2026-03-04T10:00", "identity.unlinked", subject=DEVICE, from_=DEVICE, to="customer:2")
    tablet, person = story.engine.customer(DEVICE), story.engine.customer("customer:2" if merged else CUSTOMER)
    assert tablet is not None
    assert person is not None
    assert (tablet.became == CUSTOMER, DEVICE in person.aliases) == (left, left)


@pytest.mark.parametrize(("gone", "whose"), [([CUSTOMER], "customer:2"), (["customer:2", CUSTOMER], None)])
def test_what_two_share_is_the_seconds_once_it_is_the_firsts_no_more(gone: list[str], whose: str | None) -> None:
    story = Story().consenting()
    linked(story, DEVICE, CUSTOMER)
    linked(story, DEVICE, "customer:2")
    for hour, customer in enumerate(gone, start=11):
        story.on(f"2026-03-04T{hour}:00", "identity.unlinked", subject=DEVICE, from_=DEVICE, to=customer)
    tablet = story.engine.customer(DEVICE)
    assert tablet is not None
    assert tablet.became == whose


def test_a_source_of_truth_makes_two_customers_one() -> None:
    story = Story().consenting()
    linked(story, CUSTOMER, "customer:2", source_of_truth="/crm")
    story.on("2026-03-05T10:00", "profile.changed", subject=CUSTOMER, field="address", old="A", new="B")
    assert [(d["customer"], d["reason"]) for d in story.of(MOVE)] == [("customer:2", "RELEASED")]


def test_links_to_and_fro_and_again_change_nothing() -> None:
    story = Story()
    story.on("2026-03-02T10:00", "contact.received", subject=MAIL, channel="email", case="C1")
    for ends in ((MAIL, "email:j@example.nl"), ("email:j@example.nl", MAIL), (MAIL, "email:j@example.nl")):
        linked(story, *ends)
    story.on("2026-03-04T11:00", "contact.received", subject="email:j@example.nl", channel="email", case="C1")
    story.on("2026-03-04T12:00", "contact.received", subject=MAIL, channel="email", case="C1")
    assert story.reasons(REPEAT) == ["RELEASED"]


def test_a_chain_of_links_ends_at_the_strongest() -> None:
    story = Story().consenting()
    linked(story, DEVICE, MAIL)
    linked(story, DEVICE, CUSTOMER)
    story.on("2026-03-05T10:00", "profile.changed", subject=MAIL, field="address", old="A", new="B")
    assert [(d["customer"], d["reason"]) for d in story.of(MOVE)] == [(CUSTOMER, "RELEASED")]


def test_a_guard_of_either_row_takes_back_the_sales_of_the_other() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "complaint.changed", subject=MAIL, complaint="K1", status="opened")
    story.on("2026-03-02T11:00", "profile.changed", field="address", old="A", new="B")
    assert story.statuses(MOVE) == ["released"]
    assert linked(story, MAIL, CUSTOMER).statuses(MOVE) == ["withdrawn"]
    story.on("2026-03-05T10:00", "profile.changed", field="marital_status", new="married")
    assert story.reasons("life_event.marriage") == ["CARE_GUARD"]


def test_promises_consent_and_timers_survive() -> None:
    story = Story(subject=MAIL).consenting()
    story.on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-06")
    linked(story, MAIL, CUSTOMER).until("2026-03-09T10:00")
    assert [(d["customer"], d["reason"]) for d in story.of("relationship.promise_broken")] == [(CUSTOMER, "RELEASED")]
    story.on("2026-03-09T11:00", "promise.changed", promise="B1", status="kept")
    story.on("2026-03-10T10:00", "profile.changed", subject=CUSTOMER, field="address", old="A", new="B")
    assert story.reasons(MOVE) == ["RELEASED"]


def test_what_was_held_for_a_mail_address_is_released_for_the_customer_under_its_own_id() -> None:
    story = Story(subject="phone:+31612345678").consenting(channels=["phone"])
    story.on("2026-03-02T22:00", "profile.changed", field="address", old="A", new="B")
    held = story.recommended(MOVE)
    linked(story, "phone:+31612345678", CUSTOMER, "2026-03-03T08:00").until("2026-03-03T09:30")
    record = story.recommended(MOVE)
    assert (record["id"], record["status"], record["revision"]) == (held["id"], "released", 2)
    assert story.reasons(MOVE) == ["RELEASED"]


def test_the_holdout_is_that_of_the_customer_before_and_after() -> None:
    for number in range(30):
        story = Story(subject=f"customer:{number}", holdout={"share": 0.5, "salt": "s"}, caps=[]).consenting()
        story.on("2026-03-02T10:00", "profile.changed", field="address", old="A", new="B")
        linked(story, DEVICE, story.subject)
        story.on("2026-03-05T10:00", "profile.changed", field="marital_status", new="married")
        assert story.reasons(MOVE) == story.reasons("life_event.marriage")


def erased(story: Story, at: str = "2026-03-04T10:00") -> Story:
    return story.on(at, "privacy.requested", kind="erase")


def test_erasing_withdraws_and_forgets_everything() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field="address", old="Kade 1", new="Dam 2")
    erased(story)
    assert story.statuses(MOVE) == ["withdrawn"]
    customer = story.customer()
    assert customer.erased is not None
    assert not any(
        (customer.touches, customer.beliefs, customer.profile, customer.consents, customer.live, customer.timers)
    )


def test_an_erased_customer_is_refused_and_leaves_nothing_behind() -> None:
    story = erased(Story().consenting()).consenting(at="2026-03-05T09:00")
    story.on("2026-03-05T10:00", "profile.changed", field="address", old="A", new="B")
    assert story.reasons(MOVE) == ["ERASED"]
    assert story.customer().profile == {}
    story.on("2026-03-06T10:00", "promise.changed", promise="B1", status="made", due="2026-03-09")
    assert story.until("2027-03-09T10:00").of("relationship.promise_broken") == []


def test_an_event_that_comes_again_after_the_erasure_changes_no_reason_that_was_given() -> None:
    moved = {"type_": "profile.changed", "id": "p1", "field": "address", "old": "Kade 1", "new": "Dam 2"}
    story = erased(Story().consenting().on("2026-03-02T10:00", **moved))
    story.on("2026-03-02T10:00", **moved)
    assert story.reasons(MOVE) == ["RELEASED", "ERASED"]
    assert story.statuses(MOVE) == ["withdrawn", "rejected"]


def test_events_of_a_linked_device_meet_the_erasure_too() -> None:
    story = erased(linked(Story().consenting(), DEVICE, CUSTOMER, "2026-03-03T10:00"))
    story.on("2026-03-05T10:00", "profile.changed", subject=DEVICE, field="address", old="A", new="B")
    assert story.reasons(MOVE) == ["ERASED"]


def test_a_device_linked_after_the_erasure_brings_nobody_back() -> None:
    story = erased(Story().consenting())
    story.on("2026-03-05T10:00", "web.viewed", subject=DEVICE, url="/verhuizen")
    linked(story, DEVICE, CUSTOMER, "2026-03-06T10:00")
    assert story.customer(CUSTOMER).touches == []
    assert story.customer(CUSTOMER).erased is not None


def test_no_market_news_reaches_the_erased() -> None:
    story = erased(Story().consenting().insured("car", premium=50))
    story.on("2026-03-05T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=30)
    assert story.of("market.premium") == []


@pytest.mark.parametrize("known_as", ["customer:2", MAIL])
def test_whom_the_erased_lived_with_keep_no_word_of_them_and_stay_guarded(known_as: str) -> None:
    story = Story().on("2026-03-01T10:00", "identity.linked", from_=MAIL, to="customer:2")
    story.on("2026-03-02T10:00", "identity.linked", from_=CUSTOMER, to=known_as, source_of_truth="household")
    story.on("2026-03-02T10:30", "profile.changed", known_as, field="household", new="partner deceased")
    assert story.customer().household.keys() == {known_as}
    story.on("2026-03-02T11:00", "privacy.requested", "customer:2", kind="erase")
    row = story.rows[CUSTOMER] or b""
    assert b"customer:2" not in row
    assert MAIL.encode() not in row
    assert story.customer().guards.keys() == {"guard.bereavement"}
