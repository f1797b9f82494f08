"""What the site may show: through the same gates, at the moment of the visit."""

from typing import Any

import pytest

from signals.decision.controls import Control
from signals.recommendation.visit import Visit
from tests.signals.scenarios.driver import Story, moment

QUOTE = "purchase.quote_abandoned"


def _left_a_quote(story: Story, **consents: Any) -> Story:
    """Somebody who consented to being shown things on the web leaves a quote unfinished."""
    for purpose, given in {"marketing": ["web"], "profiling": [], **consents}.items():
        if given is not None:
            story.on("2026-03-01T09:00", "consent.changed", purpose=purpose, given=True, channels=given)
    story.on("2026-03-02T10:00", "form.changed", form="quote-car", step="saved", product="car")
    return story.until("2026-03-03T11:00")


def _visit(story: Story, at: str = "2026-03-03T12:00", subject: str = "") -> Visit:
    return story.engine.visit(story.customer(subject), moment(at))


def _reasons(visit: Visit) -> list[str]:
    return [one.reason for one in visit.passed_over]


def test_consent_for_the_web_alone_shows_it_there_and_nowhere_else() -> None:
    story = _left_a_quote(Story())
    assert story.reasons(QUOTE) == ["NO_CONSENT"]
    shown = _visit(story).show
    assert shown is not None
    assert (shown.trigger, shown.class_) == (QUOTE, "sales")
    assert shown.text["nl"].startswith("Je berekening staat nog klaar")


def test_an_unknown_device_that_consented_is_shown_it_too() -> None:
    story = _left_a_quote(Story("device:a-1"))
    assert _visit(story).show is not None


def test_what_was_released_elsewhere_is_shown_under_the_same_id_and_uses_no_second_contact() -> None:
    story = _left_a_quote(Story(), marketing=["email", "web"])
    shown = _visit(story).show
    assert shown is not None
    assert shown.recommendation == story.recommended(QUOTE)["id"]


def test_what_waits_for_the_morning_may_be_shown_at_night() -> None:
    story = Story(quiet_hours={"email": "20:00-09:00"})
    for purpose, channels in (("marketing", ["email", "web"]), ("profiling", [])):
        story.on("2026-03-01T09:00", "consent.changed", purpose=purpose, given=True, channels=channels)
    story.on("2026-03-02T21:00", "form.changed", form="quote-car", step="saved", product="car")
    story.until("2026-03-03T22:00")
    assert story.statuses(QUOTE) == ["held"]
    assert _visit(story, "2026-03-03T22:05").show is not None


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (("consent.changed", {"purpose": "marketing", "given": False}), "NO_CONSENT"),
        (("consent.changed", {"purpose": "profiling", "given": False}), "NO_CONSENT"),
        (("privacy.requested", {"kind": "object"}), "OBJECTED"),
        (("complaint.changed", {"complaint": "C1", "status": "opened"}), "CARE_GUARD"),
        (("contact.made", {"channel": "phone", "purpose": "sales"}), "FREQ_CAP"),
    ],
)
def test_each_gate_speaks_at_the_moment_of_the_visit(told: tuple[str, dict[str, Any]], reason: str) -> None:
    story = _left_a_quote(Story())
    kind, data = told
    story.on("2026-03-03T11:30", kind, **data)
    visit = _visit(story)
    assert visit.show is None
    assert _reasons(visit) == [reason]


@pytest.mark.parametrize("name", ["all", "web", QUOTE])
def test_the_kill_switch_stops_the_site_at_once(name: str) -> None:
    story = _left_a_quote(Story())
    now = moment("2026-03-03T11:30")
    story.tell(Control("stop", name, 1, now, None, "jan", "wrong text", "c1").event())
    assert _reasons(_visit(story)) == ["KILL_SWITCH"]


def test_a_trigger_in_shadow_shows_nothing() -> None:
    story = Story()
    story.tell(Control("shadow", QUOTE, 1, moment("2026-03-01T08:00"), None, "jan", "new", "c1").event())
    assert _visit(_left_a_quote(story)).show is None
    assert _visit(_left_a_quote(story, marketing=["email", "web"])).show is None


def test_customers_held_out_see_nothing() -> None:
    story = _left_a_quote(Story(holdout={"share": 1.0, "salt": "x"}))
    assert _reasons(_visit(story)) == ["HOLDOUT"]


def test_without_consent_or_after_its_time_nothing_is_shown() -> None:
    assert _visit(_left_a_quote(Story(), marketing=None)).show is None
    assert _reasons(_visit(_left_a_quote(Story()), "2026-04-03T12:00")) == ["EXPIRED"]


@pytest.mark.parametrize("outcome", ["declined", "accepted", "wrong"])
def test_an_answer_ends_it_and_being_shown_does_not(outcome: str) -> None:
    for channels in (["web"], ["email", "web"]):
        story = _left_a_quote(Story(), marketing=channels)
        shown = _visit(story).show
        assert shown is not None
        for minute, told in enumerate(("shown", outcome)):
            assert _visit(story).show == shown
            at = f"2026-03-03T11:3{minute}"
            story.on(at, "recommendation.outcome", recommendation=shown.recommendation, outcome=told)
        assert _visit(story).show is None


def test_a_need_that_vanished_is_not_shown() -> None:
    story = (
        Story()
        .insured("health")
        .on("2026-11-10T09:00", "consent.changed", purpose="marketing", given=True, channels=["web"])
    )
    story.on("2026-11-10T09:00", "consent.changed", purpose="profiling", given=True)
    for day in (16, 18):
        story.on(f"2026-11-{day}T10:00", "web.viewed", url="/zorg/vergelijken")
    comparing = _visit(story, "2026-11-18T10:01").show
    assert comparing is not None
    assert {one.trigger for one in _visit(story, "2026-11-18T10:01").passed_over} == set()
    story.on("2026-11-19T10:00", "policy.changed", policy="P-health", product="health", change="renewed")
    later = _visit(story, "2026-11-19T10:01").show
    assert later is None or later.trigger != "season.health_nl.comparing"


def test_asking_changes_nothing() -> None:
    story = _left_a_quote(Story(), marketing=["email", "web"])
    before = story.engine.visit(story.customer(), moment("2026-03-03T12:00"))
    from signals.customer.codec import encode_customer

    row = encode_customer(story.customer())
    for _ in range(3):
        assert _visit(story) == before
    assert encode_customer(story.customer()) == row
