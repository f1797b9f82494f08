from random import Random

import pytest

from signals.calendar.instant import DAY
from signals.customer.rhythm import note_gap, silence_limit
from signals.customer.state import Customer


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


@pytest.mark.parametrize("days", [3, 30])
def test_at_most_one_silence_in_twenty_is_a_false_alarm_for_customers_who_come_by_chance(days: int) -> None:
    random = Random(9)
    alarms = total = 0
    for _ in range(400):
        customer = Customer(key="customer:1", touch_count=6)
        for gap in (random.expovariate(1 / days) * DAY for _ in range(30)):
            limit = silence_limit(customer, 0.05)
            if limit is not None:
                total += 1
                alarms += gap > limit
            note_gap(customer, int(gap))
    assert 0.02 < alarms / total < 0.06  # fewer for frequent ones: touches of one occasion count as one
