"""Buying and the season: quotes, comparing, replenishment, milestones, renewals, market news, health in November."""

import pytest

from tests.signals.scenarios.driver import Story

QUOTE, COMPARING, MARKET = "purchase.quote_abandoned", "purchase.comparing", "market.premium"
SEASON = "season.health_nl."


def comparing(story: Story) -> Story:
    """Looks twice at comparing pages in the first week of the season."""
    story.on("2026-11-16T10:00", "web.viewed", url="/zorgverzekering/vergelijken")
    return story.on("2026-11-18T10:00", "web.searched", query="zorgverzekering overstappen")


def test_a_quote_left_for_a_day_is_abandoned() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "form.changed", form="quote", step="saved", product="car")
    assert story.until("2026-03-03T09:59").of(QUOTE) == []
    assert story.until("2026-03-03T10:01").reasons(QUOTE) == ["RELEASED"]


def test_a_submitted_quote_is_not_abandoned() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "form.changed", form="quote", step="started", product="car")
    story.on("2026-03-03T09:00", "form.changed", form="quote", step="submitted", product="car")
    assert story.until("2026-03-05T10:00").of(QUOTE) == []


def test_submitting_later_withdraws_the_recommendation() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "form.changed", form="quote", step="started", product="car")
    story.until("2026-03-03T12:00").on("2026-03-04T09:00", "form.changed", form="quote", step="submitted")
    assert story.statuses(QUOTE) == ["withdrawn"]


def test_three_comparing_pages_about_one_product_in_a_week() -> None:
    story = Story().consenting()
    for day in (2, 4, 8):
        story.on(f"2026-03-0{day}T10:00", "web.viewed", url="/autoverzekering/vergelijken")
    assert story.reasons(COMPARING) == ["RELEASED"]


def test_no_comparing_over_eight_days_nor_over_products_nor_in_season() -> None:
    slow = Story().consenting()
    for day in ("02", "04", "10"):
        slow.on(f"2026-03-{day}T10:00", "web.viewed", url="/autoverzekering/vergelijken")
    assert slow.of(COMPARING) == []
    mixed = Story().consenting()
    for product in ("auto", "reis", "inboedel"):
        mixed.on("2026-03-02T10:00", "web.viewed", url=f"/{product}verzekering/vergelijken")
    assert mixed.of(COMPARING) == []
    season = Story().consenting()
    for day in (16, 17, 18):
        season.on(f"2026-11-{day}T10:00", "web.viewed", url="/zorgverzekering/vergelijken")
    assert season.of(COMPARING) == []


def orders(story: Story, *days: str, quantity: float = 1) -> Story:
    for day in days:
        story.on(f"{day}T10:00", "order.placed", items=[{"sku": "S1", "quantity": quantity, "price": 9.5}], amount=9.5)
    return story


def test_a_regular_order_is_near_three_days_before_the_median_gap_has_passed() -> None:
    story = orders(Story().consenting(), "2026-01-10", "2026-02-09", "2026-03-11", "2026-04-10")
    assert story.until("2026-05-07T09:59").of("purchase.replenishment") == []
    assert story.until("2026-05-07T12:00").reasons("purchase.replenishment") == ["RELEASED"]
    orders(story, "2026-05-09")
    assert story.statuses("purchase.replenishment") == ["withdrawn"]


@pytest.mark.parametrize("quantity", [0, -1, 0.0])
def test_what_was_returned_or_left_out_of_an_order_was_not_bought(quantity: float) -> None:
    story = orders(
        Story().consenting(), "2026-01-10", "2026-02-09", "2026-03-11", "2026-04-10", quantity=quantity
    ).until("2026-05-07T12:00")
    assert story.of("purchase.replenishment") == []


def test_three_orders_or_irregular_ones_are_no_rhythm() -> None:
    few = orders(Story().consenting(), "2026-01-10", "2026-02-09", "2026-03-11").until("2026-09-01T10:00")
    irregular = orders(Story().consenting(), "2026-01-10", "2026-01-12", "2026-03-20", "2026-03-22")
    assert few.of("purchase.replenishment") == irregular.until("2026-09-01T10:00").of("purchase.replenishment") == []


def test_every_fifth_year_is_a_milestone() -> None:
    story = Story().insured("car", start_date="2016-06-01").until("2031-06-02T10:00")
    created = [decision["created"] for decision in story.of("purchase.milestone")]
    assert created == ["2026-05-31T22:00:00Z", "2031-05-31T22:00:00Z"]


def test_a_renewal_is_announced_thirty_days_before_by_product() -> None:
    story = Story().consenting().insured("car", renewal_date="2026-07-01")
    assert story.until("2026-05-31T23:00").decisions == []
    story.until("2026-06-01T10:00")
    assert story.fired == ["renewal.car"]
    assert story.decisions[0]["created"] == "2026-05-31T22:00:00Z"


def test_no_renewal_after_cancelling() -> None:
    story = Story().consenting().insured("car", renewal_date="2026-07-01")
    story.on("2026-03-01T10:00", "policy.changed", policy="P-car", product="car", change="cancelled")
    assert story.until("2026-07-02T10:00").of("renewal.car") == []


def test_market_news_reaches_those_who_pay_a_tenth_more() -> None:
    story = Story().consenting().insured("car", premium=50)
    story.on("2026-03-02T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=45)
    assert story.reasons(MARKET) == ["RELEASED"]
    assert "Rival" in story.recommended(MARKET)["why"]["en"]


@pytest.mark.parametrize(
    "news",
    [
        {"product": "car", "premium": 45.5},
        {"product": "home", "premium": 5},
        {"product": "car", "premium": None},
        {"product": "car", "premium": 40, "what": "campaign"},
    ],
)
def test_market_news_that_does_not_matter_to_a_customer_stays_away(news: dict) -> None:
    story = Story().consenting().insured("car", premium=50)
    story.on("2026-03-02T10:00", "market.changed", **{"what": "premium", "competitor": "Rival", **news})
    assert story.of(MARKET) == []


@pytest.mark.parametrize(
    ("where", "told"),
    [("NL", 1), ("nl", 1), ("NL-UT", 1), ("Utrecht", 1), ("EU", 1), ("BE", 0), ("be-VLG", 0), ("DE", 0)],
)
def test_market_news_of_another_country_reaches_nobody(where: str, told: int) -> None:
    story = Story().consenting().insured("car", premium=50)
    news = {"product": "car", "what": "premium", "competitor": "Rival", "premium": 40}
    story.on("2026-03-02T10:00", "market.changed", f"market:{where}", **news)
    assert len(story.of(MARKET)) == told
    story.insured("car", "2026-03-05T10:00", policy="later", premium=60)
    assert len(story.of(MARKET)) == told


@pytest.mark.parametrize("ends", ["A", "B"])
def test_market_news_reaches_who_still_holds_one_of_two_contracts(ends: str) -> None:
    story = Story().consenting().insured("car", policy="A", premium=50).insured("car", policy="B", premium=50)
    story.on("2026-02-02T10:00", "policy.changed", policy=ends, product="car", change="cancelled")
    story.on("2026-03-02T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=40)
    assert len(story.of(MARKET)) == 1


def test_who_bought_before_newer_news_came_is_matched_though_told_of_late() -> None:
    """The order of arrival within lateness changes nothing, also where the older news had just run out."""
    news = {"product": "car", "what": "premium", "competitor": "Rival"}
    bought = {"policy": "P", "product": "car", "change": "started", "premium": 50}
    stands = []
    for late in (False, True):
        story = Story().consenting().on("2026-03-02T10:00", "market.changed", id="n1", premium=40, **news)
        if not late:
            story.on("2026-04-01T09:00", "policy.changed", id="p", **bought)
        story.on("2026-04-01T20:00", "market.changed", id="n2", premium=60, **news)
        if late:
            story.on("2026-04-01T09:00", "policy.changed", id="p", **bought)
        stands.append(story.reasons(MARKET))
    assert stands == [["RELEASED"], ["RELEASED"]]


def test_news_reaches_a_customer_once_per_product_in_thirty_days_and_its_repetition_never() -> None:
    story = Story().consenting().insured("car", premium=50).insured("home", premium=30)
    for at, id_, product in (
        ("2026-03-02T10:00", "n1", "car"),
        ("2026-03-02T10:00", "n1", "car"),
        ("2026-03-20T10:00", "n2", "car"),
        ("2026-03-25T10:00", "n3", "home"),
        ("2026-04-10T10:00", "n4", "car"),
    ):
        story.on(at, "market.changed", id=id_, product=product, what="premium", competitor="Rival", premium=20)
    assert story.reasons(MARKET) == ["RELEASED", "DUPLICATE", "RELEASED", "RELEASED"]


def test_who_buys_the_product_later_is_matched_against_current_premiums() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=40)
    story.insured("car", at="2026-03-03T10:00", premium=50)
    assert story.reasons(MARKET) == ["RELEASED"]
    late = Story(subject="customer:2").consenting()
    late.on("2026-03-02T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=40)
    assert late.insured("car", at="2026-04-20T10:00", premium=50).of(MARKET) == []


def test_the_season_opens_with_care_for_those_who_hold_a_health_policy() -> None:
    story = Story().insured("health", premium=140)
    assert story.until("2026-11-11T23:00").decisions == []
    story.until("2026-11-12T08:00")
    (decision,) = story.of(SEASON + "opening")
    assert (decision["created"], decision["class"], decision["reason"]) == ("2026-11-11T23:00:00Z", "care", "RELEASED")
    assert story.recommended(SEASON + "opening")["not_before"] <= "2026-11-26T00:00:00Z"
    assert Story().insured("car").until("2026-11-13T08:00").decisions == []


def test_the_season_is_spread_by_value() -> None:
    rich = Story().insured("health", premium=900).until("2026-11-12T08:00").recommended(SEASON + "opening")
    poor = Story().insured("health", premium=1).until("2026-11-12T08:00").recommended(SEASON + "opening")
    assert rich["not_before"] < poor["not_before"] <= "2026-11-26T00:00:00Z"


def test_comparing_twice_in_a_week_of_the_season() -> None:
    story = comparing(Story().consenting().insured("health", premium=140))
    assert story.reasons(SEASON + "comparing") == ["RELEASED"]


def test_no_comparing_without_a_policy_before_the_season_or_once_a_week() -> None:
    assert comparing(Story().consenting()).of(SEASON + "comparing") == []
    early = Story().consenting().insured("health")
    for day in (9, 10, 11):
        early.on(f"2026-11-{day:02}T10:00", "web.viewed", url="/zorgverzekering/vergelijken")
    assert early.of(SEASON + "comparing") == []
    weekly = Story().consenting().insured("health")
    for day in (13, 22, 30):
        weekly.on(f"2026-11-{day}T10:00", "web.viewed", url="/zorgverzekering/vergelijken")
    assert weekly.of(SEASON + "comparing") == []


def test_the_undecided_are_seen_on_15_and_29_december() -> None:
    story = comparing(Story().consenting().insured("health", premium=140)).until("2026-12-29T09:30")
    assert story.of(SEASON + "undecided")[0]["created"] == "2026-12-14T23:00:00Z"
    assert story.of(SEASON + "deadline")[0]["created"] == "2026-12-29T08:00:00Z"
    assert story.statuses(SEASON + "comparing") != ["released"]


@pytest.mark.parametrize("change", ["renewed", "cancelled"])
def test_who_settled_is_not_undecided(change: str) -> None:
    story = comparing(Story().consenting().insured("health", premium=140))
    story.on("2026-12-01T10:00", "policy.changed", policy="P-health", product="health", change=change)
    story.until("2026-12-31T10:00")
    assert story.of(SEASON + "undecided") == story.of(SEASON + "deadline") == []
    assert story.statuses(SEASON + "comparing") == ["withdrawn"]


def test_who_never_compared_is_not_undecided() -> None:
    story = Story().consenting().insured("health", premium=140).until("2026-12-31T10:00")
    assert story.fired == [SEASON + "opening"]


def test_leaving_in_the_season_is_thanked_by_a_person_and_may_be_undone_until_february() -> None:
    story = Story().consenting().insured("health", premium=140)
    story.on("2026-12-03T10:00", "policy.changed", policy="P-health", product="health", change="cancelled")
    record = story.recommended(SEASON + "cancelled_elsewhere")
    assert (record["class"], record["channel"], record["reason"]) == ("care", "phone", "RELEASED")
    story.on("2027-01-31T10:00", "policy.changed", policy="P-2", product="health", change="started")
    assert story.reasons(SEASON + "won_back") == ["RELEASED"]


def test_coming_back_in_february_is_not_won_back() -> None:
    story = Story().insured("health")
    story.on("2026-12-03T10:00", "policy.changed", policy="P-health", product="health", change="cancelled")
    story.on("2027-02-01T10:00", "policy.changed", policy="P-2", product="health", change="started")
    assert story.of(SEASON + "won_back") == []


def test_cancelling_in_summer_or_another_product_is_no_season() -> None:
    story = Story().insured("health").insured("car")
    story.on("2026-06-03T10:00", "policy.changed", policy="P-health", product="health", change="cancelled")
    story.on("2026-12-03T10:00", "policy.changed", policy="P-car", product="car", change="cancelled")
    assert story.of(SEASON + "cancelled_elsewhere") == []


def test_a_renewal_that_is_told_late_fires_at_once_and_only_once() -> None:
    story = Story().consenting().insured("car", renewal_date="2026-07-01")
    offered = {"policy": "P-car", "product": "car", "change": "renewal_offered", "renewal_date": "2026-07-01"}
    story.on("2026-06-11T10:00", "policy.changed", **offered).until("2026-07-02T10:00")
    assert story.reasons("renewal.car") == ["RELEASED"]
    late = Story().consenting().on("2026-06-01T10:00", "policy.changed", **offered).until("2026-06-01T10:00")
    assert late.reasons("renewal.car") == ["RELEASED"]
    past = Story().consenting().on("2026-07-11T10:00", "policy.changed", **offered).until("2026-08-01T10:00")
    assert past.fired == []


def test_an_old_mortgage_that_is_told_now_is_no_new_home() -> None:
    story = Story().consenting()
    story.insured("mortgage", at="2026-01-11T10:00", start_date="2016-05-01", renewal_date="2026-05-01")
    assert story.fired == ["life_event.mortgage_renewal"]
    assert story.decisions[0]["reason"] == "RELEASED"


def test_the_dearest_of_two_policies_is_compared_and_a_tenth_is_a_tenth() -> None:
    news = {"product": "autoverzekering", "what": "premium", "competitor": "Rival"}
    two = Story().consenting().insured("car", policy="A", premium=40).insured("auto", policy="B", premium=100)
    assert two.on("2026-03-02T10:00", "market.changed", premium=80, **news).reasons(MARKET) == ["RELEASED"]
    for own, asked, fired in ((100, 90, 1), (100, 90.01, 0), (33.33, 30, 0), (70, 63, 1)):
        story = Story().consenting().insured("car", premium=own)
        assert len(story.on("2026-03-02T10:00", "market.changed", premium=asked, **news).of(MARKET)) == fired


def test_who_got_the_news_does_not_get_it_again_when_the_policy_changes() -> None:
    story = Story().consenting().insured("car", premium=100)
    story.on("2026-03-02T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=80)
    story.on("2026-03-05T10:00", "policy.changed", policy="P-car", product="car", change="amended", premium=110)
    assert story.reasons(MARKET) == ["RELEASED"]


def test_a_quote_is_of_one_product_and_a_claim_is_no_quote() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "form.changed", form="quote", step="started", product="car")
    for step in ("started", "submitted"):
        story.on("2026-03-02T12:00", "form.changed", form="quote", step=step, product="home")
    story.on("2026-03-02T13:00", "form.changed", form="claim", step="started", product="car")
    assert story.until("2026-03-04T10:00").reasons(QUOTE) == ["RELEASED"]


def test_getting_the_policy_ends_the_quote() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "form.changed", form="quote", step="started", product="car")
    story.insured("car", at="2026-03-03T09:00")
    assert story.until("2026-03-04T10:00").of(QUOTE) == []


def test_a_day_is_twenty_four_hours_when_the_clock_is_put_forward() -> None:
    story = Story().consenting().on("2026-03-28T10:00", "form.changed", form="quote", step="saved", product="car")
    assert story.until("2026-03-29T10:59").of(QUOTE) == []
    assert len(story.until("2026-03-29T11:00").of(QUOTE)) == 1


def test_pages_about_another_product_are_not_the_season_and_pages_about_none_are() -> None:
    cars = Story().consenting().insured("Zorgverzekering", premium=140)
    for day in (16, 17, 18):
        cars.on(f"2026-11-{day}T10:00", "web.viewed", url="https://www.zorgkiezer.nl/autoverzekering/vergelijken")
    assert cars.of(SEASON + "comparing") == []
    assert len(cars.of(COMPARING)) == 1
    plain = Story().consenting().insured("health-insurance", premium=140)
    plain.on("2026-11-12T00:00", "web.viewed", path="/compare").on("2026-11-19T00:00", "web.viewed", url="/switch")
    assert len(plain.of(SEASON + "comparing")) == 1


def test_the_season_ends_with_the_year() -> None:
    for minute, fired in (("2026-12-31T23:59", 1), ("2027-01-01T00:00", 0)):
        story = Story().consenting().insured("health", premium=140)
        story.on("2026-12-31T23:30", "web.viewed", url="/zorgverzekering/opzeggen")
        story.on(minute, "web.viewed", url="/zorgverzekering/opzeggen")
        assert len(story.of(SEASON + "comparing")) == fired
