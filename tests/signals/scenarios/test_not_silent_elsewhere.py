"""Who seemed to have fallen silent was in touch under another subject: what fired about that ends when they are one."""

import pytest

from tests.signals.scenarios.driver import SUBJECT, Story

ALIAS = "device:abc"
WEEKLY = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02", "2026-02-09", "2026-02-16"]


def link(story: Story, at: str, change: str = "linked") -> None:
    story.on(at, f"identity.{change}", from_=ALIAS, to=SUBJECT)


def weekly(until: str) -> Story:
    story = Story()
    for day in WEEKLY:
        story.on(f"{day}T10:00", "web.viewed", url="/")
    return story.until(until)


@pytest.mark.parametrize(("seen", "status"), [("2026-03-15T10:00", "withdrawn"), ("2026-02-17T10:00", "released")])
def test_a_visit_under_another_name_ends_growing_apart(seen: str, status: str) -> None:
    story = weekly("2026-02-17T09:00").on(seen, "web.viewed", ALIAS, url="/").until("2026-03-16T10:00")
    assert story.statuses("relationship.growing_apart") == ["released"]
    link(story, "2026-03-16T11:00")
    assert story.statuses("relationship.growing_apart") == [status]


def test_a_milestone_stays_when_a_device_turns_out_to_be_theirs() -> None:
    story = Story().insured("car", "2026-03-02T10:00", start_date="2021-03-10").until("2026-03-11T10:00")
    story.on("2026-03-11T11:00", "web.viewed", ALIAS, url="/")
    link(story, "2026-03-11T12:00")
    assert story.statuses("purchase.milestone") == ["released"]


def test_what_ran_out_at_a_shop_was_bought_at_the_till() -> None:
    story = Story(pack="retail").consenting()
    for day in ("2026-01-01", "2026-01-31", "2026-03-02", "2026-04-01"):
        story.on(f"{day}T10:00", "order.placed", items=[{"sku": "a", "price": 9}], amount=9)
    story.on("2026-04-27T10:00", "order.placed", ALIAS, items=[{"sku": "a", "price": 9}], amount=9)
    story.until("2026-04-28T12:00")
    assert story.statuses("purchase.replenishment") == ["released"]
    link(story, "2026-04-28T13:00")
    assert story.statuses("purchase.replenishment") == ["withdrawn"]
