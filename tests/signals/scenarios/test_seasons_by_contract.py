"""Season, renewal, market and purchases as the contract words them, at the edges of their windows."""

from typing import Any

import pytest

from tests.signals.scenarios.driver import Story

SEASON = "season.health_nl."
COMPARING, UNDECIDED, DEADLINE = f"{SEASON}comparing", f"{SEASON}undecided", f"{SEASON}deadline"
NEWS, QUOTE = "market.premium", "purchase.quote_abandoned"


def holder(product: str = "health", **data: Any) -> Story:
    return Story().consenting().insured(product, **data)


def compared(story: Story, *moments: str) -> Story:
    for at in moments:
        story.on(at, "web.viewed", url="/zorgverzekering/vergelijken")
    return story


@pytest.mark.parametrize(
    ("moments", "fires"),
    [
        (("2026-11-12T00:00", "2026-11-12T00:01"), 1),
        (("2026-11-10T10:00", "2026-11-11T23:59"), 0),
        (("2026-11-20T10:00", "2026-11-27T09:59"), 1),
        (("2026-11-20T10:00", "2026-11-27T10:01"), 0),
        (("2026-12-31T23:50", "2026-12-31T23:59"), 1),
        (("2026-12-31T23:50", "2027-01-01T00:00"), 0),
        (("2026-11-20T10:00",), 0),
    ],
)
def test_comparing_is_twice_in_seven_days_of_the_season(moments: tuple[str, ...], fires: int) -> None:
    assert compared(holder(), *moments).fired.count(COMPARING) == fires


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("web.viewed", {"url": "/zorgverzekering/opzeggen"}),
        ("web.searched", {"query": "zorgverzekering vergelijken"}),
        ("web.searched", {"query": "goedkoopste zorgverzekering"}),
        ("web.searched", {"query": "zorgverzekering wisselen"}),
        ("web.searched", {"query": "change health insurer"}),
        ("contact.received", {"channel": "email", "text": "Ik wil overstappen naar een andere zorgverzekeraar."}),
    ],
)
def test_pages_searches_and_words_count_alike(type_: str, data: dict[str, Any]) -> None:
    story = compared(holder(), "2026-11-20T10:00")
    assert COMPARING not in story.fired
    assert story.on("2026-11-21T10:00", type_, **data).fired.count(COMPARING) == 1


@pytest.mark.parametrize(
    ("cancelled", "fires"),
    [("", 1), ("2026-11-11T10:00", 0), ("2026-11-13T10:00", 1)],
)
def test_the_opening_is_for_who_holds_a_policy_at_that_moment(cancelled: str, fires: int) -> None:
    story = holder()
    if cancelled:
        story.until(cancelled).on(cancelled, "policy.changed", policy="P-health", product="health", change="cancelled")
    story.until("2026-12-31T10:00")
    assert story.fired.count(f"{SEASON}opening") == fires


def test_the_opening_comes_at_midnight_and_is_spread_over_ten_working_days() -> None:
    story = holder().until("2026-11-11T23:59")
    assert f"{SEASON}opening" not in story.fired
    record = story.until("2026-11-12T00:01").recommended(f"{SEASON}opening")
    assert (record["class"], record["created"]) == ("care", "2026-11-11T23:00:00Z")
    assert "2026-11-11T23:00:00Z" <= record["not_before"] <= "2026-11-26T23:00:00Z"


@pytest.mark.parametrize(
    ("settled", "undecided", "deadline"),
    [
        ("", 1, 1),
        ("2026-12-10T10:00", 0, 0),
        ("2026-12-20T10:00", 1, 0),
        ("2026-12-29T10:00", 1, 1),
    ],
)
def test_who_settled_hears_no_more(settled: str, undecided: int, deadline: int) -> None:
    story = compared(holder(), "2026-12-01T10:00", "2026-12-02T10:00")
    if settled:
        story.until(settled).on(settled, "policy.changed", policy="P-health", product="health", change="renewed")
    story.until("2026-12-31T23:00")
    assert (story.fired.count(UNDECIDED), story.fired.count(DEADLINE)) == (undecided, deadline)


def test_who_began_to_compare_after_the_fifteenth_hears_of_the_deadline_only() -> None:
    story = compared(holder(), "2026-12-18T10:00", "2026-12-19T10:00").until("2026-12-31T23:00")
    assert UNDECIDED not in story.fired
    assert [one["created"] for one in story.of(DEADLINE)] == ["2026-12-29T08:00:00Z"]


def test_what_was_recommended_to_the_undecided_ends_when_they_settle() -> None:
    story = compared(holder(), "2026-12-01T10:00", "2026-12-02T10:00").until("2026-12-20T10:00")
    story.on("2026-12-20T11:00", "policy.changed", policy="P-health", product="health", change="renewed")
    live = [one for one in story.recommendations if one["status"] in ("released", "held")]
    assert not [one for one in live if one["trigger"] in (COMPARING, UNDECIDED)]


@pytest.mark.parametrize(
    ("cancelled", "started", "won"),
    [
        ("2026-12-20T10:00", "2027-01-31T23:59", 1),
        ("2026-12-20T10:00", "2027-02-01T00:00", 0),
        ("2026-11-12T00:00", "2026-12-05T10:00", 1),
        ("2026-12-31T23:59", "2027-01-02T10:00", 1),
    ],
)
def test_who_left_in_the_season_may_be_won_back_until_february(cancelled: str, started: str, won: int) -> None:
    story = holder().until(cancelled)
    story.on(cancelled, "policy.changed", policy="P-health", product="health", change="cancelled")
    story.until(started)
    (decision,) = story.of(f"{SEASON}cancelled_elsewhere")
    record = story.recommended(f"{SEASON}cancelled_elsewhere")
    assert (decision["class"], decision["reason"]) == ("care", "RELEASED")
    assert record["channel"] == "phone", "a person speaks to them, be it the next morning"
    story.on(started, "policy.changed", policy="P2", product="health", change="started")
    assert story.fired.count(f"{SEASON}won_back") == won


@pytest.mark.parametrize(
    ("renewal", "fires"),
    [("2026-06-01", "2026-05-01T22:00:00Z"), ("2026-04-10", "2026-03-10T23:00:00Z")],
)
def test_a_renewal_is_thirty_days_before_by_the_local_day(renewal: str, fires: str) -> None:
    story = holder("car", renewal_date=renewal).until("2026-07-01T00:00")
    assert [one["created"] for one in story.of("renewal.car")] == [fires]


@pytest.mark.parametrize("change", ["cancelled", "lapsed", "ended"])
def test_what_has_ended_is_not_renewed(change: str) -> None:
    story = holder("car", renewal_date="2026-06-01")
    story.on("2026-04-01T10:00", "policy.changed", policy="P-car", product="car", change=change)
    assert "renewal.car" not in story.until("2026-07-01T00:00").fired


def test_a_moved_renewal_is_announced_before_its_new_day_only() -> None:
    story = holder("car", renewal_date="2026-06-01")
    data = {"policy": "P-car", "product": "car", "change": "amended", "renewal_date": "2026-08-01"}
    story.on("2026-04-01T10:00", "policy.changed", **data).until("2026-09-01T00:00")
    assert [one["created"] for one in story.of("renewal.car")] == ["2026-07-01T22:00:00Z"]


def news(story: Story, at: str, premium: float, product: str = "car", **data: Any) -> Story:
    told = {"what": "premium", "competitor": "Rival", **data}
    return story.on(at, "market.changed", product=product, premium=premium, **told)


@pytest.mark.parametrize(("premium", "fires"), [(89.9, 1), (90.0, 1), (90.1, 0), (100.0, 0), (150.0, 0)])
def test_a_tenth_below_the_own_premium_matters(premium: float, fires: int) -> None:
    assert news(holder("car", premium=100), "2026-03-02T10:00", premium).fired.count(NEWS) == fires


@pytest.mark.parametrize(("at", "fires"), [("2026-04-01T09:59", 1), ("2026-04-01T10:01", 2)])
def test_once_per_product_in_thirty_days(at: str, fires: int) -> None:
    story = news(holder("car", premium=100), "2026-03-02T10:00", 80)
    news(story, at, 70)
    assert len([one for one in story.of(NEWS) if one["reason"] != "DUPLICATE"]) == fires


def test_two_products_are_two_pieces_of_news() -> None:
    story = holder("car", premium=100).insured("home", premium=50)
    news(news(story, "2026-03-02T10:00", 80), "2026-03-03T10:00", 30, "home")
    assert story.fired.count(NEWS) == 2


@pytest.mark.parametrize("what", ["campaign", "incident", "law"])
def test_other_news_is_no_premium(what: str) -> None:
    assert NEWS not in news(holder("car", premium=100), "2026-03-02T10:00", 10, what=what).fired


def test_who_has_cancelled_holds_it_no_more() -> None:
    story = holder("car", premium=100)
    story.on("2026-02-02T10:00", "policy.changed", policy="P-car", product="car", change="cancelled")
    assert NEWS not in news(story, "2026-03-02T10:00", 50).fired


def test_who_buys_a_day_later_is_matched_against_todays_premiums() -> None:
    story = news(Story().consenting(), "2026-03-02T10:00", 50)
    story.insured("car", "2026-03-03T10:00", premium=100)
    assert story.fired.count(NEWS) == 1


@pytest.mark.parametrize(
    ("step", "submitted", "fires"),
    [
        ("started", "", 1),
        ("saved", "", 1),
        ("abandoned", "", 0),
        ("saved", "2026-03-03T09:59", 0),
        ("saved", "2026-03-03T10:01", 1),
    ],
)
def test_a_quote_is_abandoned_after_a_day(step: str, submitted: str, fires: int) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "form.changed", form="quote", step=step, product="car")
    if submitted:
        story.until(submitted).on(submitted, "form.changed", form="quote", step="submitted", product="car")
    assert story.until("2026-03-10T10:00").fired.count(QUOTE) == fires


@pytest.mark.parametrize("page", ["/autoverzekering/tarieven", "/car-insurance/price", "/auto/premie"])
def test_three_pages_about_what_a_product_costs_are_comparing(page: str) -> None:
    story = Story().consenting()
    for day in ("02", "03", "04"):
        story.on(f"2026-03-{day}T10:00", "web.viewed", url=page)
    assert story.fired.count("purchase.comparing") == 1


@pytest.mark.parametrize(
    ("moments", "fires"),
    [
        (("02T10:00", "03T10:00", "09T09:59"), 1),
        (("02T10:00", "03T10:00", "09T10:01"), 0),
        (("02T10:00", "03T10:00"), 0),
    ],
)
def test_comparing_a_product_is_three_pages_in_a_week(moments: tuple[str, ...], fires: int) -> None:
    story = Story().consenting()
    for at in moments:
        story.on(f"2026-03-{at}", "web.viewed", url="/autoverzekering/premie")
    assert story.fired.count("purchase.comparing") == fires


@pytest.mark.parametrize(
    ("days", "due"),
    [
        ((1, 31, 61, 91), 118),
        ((1, 29, 61, 91), 118),
        ((1, 31, 61), None),
        ((1, 2, 3, 91), None),
    ],
)
def test_replenishment_comes_three_days_before_the_median_gap(days: tuple[int, ...], due: int | None) -> None:
    story = Story().consenting()
    for day in days:
        story.on(_day(day), "order.placed", items=[{"sku": "S1", "quantity": 1, "price": 9}], amount=9)
    if due is None:
        assert "purchase.replenishment" not in story.until("2026-12-31T10:00").fired
        return
    story.until(_day(due, "08:59"))
    assert "purchase.replenishment" not in story.fired
    assert story.until(_day(due, "10:01")).fired.count("purchase.replenishment") == 1


def _day(day: int, clock: str = "10:00") -> str:
    months = ((31, "01"), (28, "02"), (31, "03"), (30, "04"), (31, "05"))
    for length, month in months:
        if day <= length:
            return f"2026-{month}-{day:02}T{clock}"
        day -= length
    raise AssertionError(day)


@pytest.mark.parametrize(
    ("start", "moments"),
    [("2021-06-15", ["2026-06-14T22:00:00Z"]), ("2016-06-15", ["2026-06-14T22:00:00Z"]), ("2022-06-15", [])],
)
def test_every_fifth_year_with_us_is_a_milestone(start: str, moments: list[str]) -> None:
    story = holder("car", start_date=start).until("2027-01-01T00:00")
    assert [one["created"] for one in story.of("purchase.milestone")] == moments


@pytest.mark.parametrize(
    ("field", "old", "new", "within"),
    [("address", "A", "B", "life_event.move"), ("household", "deceased", "deceased", "")],
)
def test_history_builds_state_and_fires_nothing_live(field: str, old: str, new: str, within: str) -> None:
    story = Story(warmup_until="2026-04-01T00:00").consenting()
    story.on("2026-03-02T10:00", "profile.changed", field=field, old=old, new=new)
    story.until("2026-06-01T10:00")
    assert {one["reason"] for one in story.decisions} <= {"WARMUP"}
    assert story.recommendations == []
    assert (within in story.fired) == bool(within)
