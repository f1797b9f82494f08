from collections.abc import Callable
from random import Random

import pytest

from signals.calendar.instant import DAY
from signals.customer.rhythm import note_gap, silence_limit
from signals.customer.state import Customer
from tests.signals.scenarios.driver import Story


def in_touch_every(days: float, times: int) -> Customer:
    customer = Customer(key="customer:1", touch_count=times + 1)
    for _ in range(times):
        note_gap(customer, int(days * DAY))
    return customer


def limit_in_days(customer: Customer) -> float:
    limit = silence_limit(customer, 0.05)
    assert limit is not None
    return limit / DAY


def test_a_weekly_customer_is_missed_after_about_three_weeks() -> None:
    assert limit_in_days(in_touch_every(7, 30)) == pytest.approx(22, abs=2)


def test_a_yearly_customer_is_not_missed_for_years() -> None:
    assert limit_in_days(in_touch_every(365, 6)) > 3 * 365


def test_few_touches_claim_less_than_many() -> None:
    assert limit_in_days(in_touch_every(7, 5)) > limit_in_days(in_touch_every(7, 50))


def test_below_six_touches_nothing_is_claimed() -> None:
    assert silence_limit(in_touch_every(7, 4), 0.05) is None


def false_alarms(gap_in_days: Callable[[Random], float]) -> float:
    """The share of silences that were called unusual though the customer went on as before."""
    random = Random(9)
    alarms = total = 0
    for _ in range(400):
        customer = Customer(key="customer:1", touch_count=6)
        for _ in range(30):
            gap = gap_in_days(random) * DAY
            limit = silence_limit(customer, 0.05)
            if limit is not None:
                total += 1
                alarms += gap > limit
            note_gap(customer, int(gap))
    return alarms / total


@pytest.mark.parametrize("days", [3, 30])
def test_at_most_one_silence_in_twenty_is_a_false_alarm_for_customers_who_come_by_chance(days: int) -> None:
    alarms = false_alarms(lambda random: random.expovariate(1 / days))
    assert 0.02 < alarms < 0.06  # fewer for frequent ones: touches of one occasion count as one


def test_who_comes_in_spells_is_not_missed_between_them() -> None:
    assert false_alarms(lambda random: random.expovariate(1 if random.random() < 0.8 else 1 / 40)) < 0.07


@pytest.mark.parametrize(("total", "squares"), [(0, 0.0), (0, 9.0), (DAY, 1e9)])
def test_sums_that_two_parted_rows_left_behind_break_nothing(total: int, squares: float) -> None:
    limit = silence_limit(Customer(key="customer:1", gap_count=9, gap_total=total, gap_squares=squares), 0.05)
    assert limit is None if not total else limit > 0


@pytest.mark.parametrize("pack", ["retail", "insurance-nl"])
def test_however_often_we_write_a_silence_is_the_customers(pack: str) -> None:
    story = Story(pack=pack)
    for place in range(8):
        story.on(f"2026-01-{1 + 3 * place:02}T10:00", "web.viewed", url="/")
    for hour in range(20):
        story.on(f"2026-01-{23 + hour // 10}T{10 + hour % 10}:00", "contact.made", channel="email", purpose="service")
    assert story.until("2026-06-01T10:00").fired == ["relationship.growing_apart"]
    story.on("2026-06-02T10:00", "web.viewed", url="/")
    assert story.customer().gap_total > 130 * DAY
