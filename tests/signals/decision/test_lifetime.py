"""The value of coming orders, against the published fit on CDNOW and against nature."""

import csv
from collections.abc import Iterable
from math import exp, lgamma, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import hyp2f1

from signals.decision.lifetime import Buyers, History, Spending, expected_orders, expected_spend
from tests.conftest import SHARED

CDNOW = Buyers(r=0.243, alpha=4.414, a=0.793, b=2.426)


def cdnow() -> list[History]:
    with (SHARED / "data/cdnow/cdnow_customers_summary.csv").open() as file:
        return [History(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in csv.DictReader(file)]


def log_likelihood(histories: Iterable[History], buyers: Buyers) -> float:
    """How well ``buyers`` explains what these customers did (equation 6 of the paper)."""
    r, alpha, a, b = buyers.r, buyers.alpha, buyers.a, buyers.b
    constant = r * log(alpha) - lgamma(r) + lgamma(a + b) - lgamma(b)
    total = 0.0
    for history in histories:
        repeats = history.repeats
        total += constant + lgamma(r + repeats) + lgamma(b + repeats) - lgamma(a + b + repeats)
        stayed = -(r + repeats) * log(alpha + history.age)
        if repeats:
            left = log(a) - log(b + repeats - 1.0) - (r + repeats) * log(alpha + history.recency)
            greater = max(stayed, left)
            total += greater + log(exp(stayed - greater) + exp(left - greater))
        else:
            total += stayed
    return total


def test_fitting_cdnow_finds_the_published_parameters() -> None:
    histories = cdnow()

    def misfit(logs: list[float]) -> float:
        return -log_likelihood(histories, Buyers(*(exp(value) for value in logs)))

    found = minimize(misfit, [0.0, 0.0, 0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7})
    assert [exp(value) for value in found.x] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.0015)
    assert -found.fun == pytest.approx(-9582.4, abs=0.1)


def test_the_published_expectation_for_one_customer() -> None:
    """Customer 0001 of the paper's note: two repeats, the last in week 30.43 of 38.86, 1.226 more in 39 weeks."""
    assert expected_orders(History(2, 30.43, 38.86), CDNOW, 39) == pytest.approx(1.226, abs=0.001)


def chance_of_staying(history: History) -> float:
    """Of a buyer as CDNOW has them, by the paper's equation."""
    if history.repeats == 0:
        return 1.0
    quiet = (CDNOW.alpha + history.age) / (CDNOW.alpha + history.recency)
    return 1.0 / (1.0 + CDNOW.a / (CDNOW.b + history.repeats - 1.0) * quiet ** (CDNOW.r + history.repeats))


weeks = st.floats(0.1, 300)


@given(repeats=st.integers(0, 60), recency=weeks, quiet=weeks, ahead=weeks)
def test_expectations_are_sane_and_agree_with_the_library(
    repeats: int, recency: float, quiet: float, ahead: float
) -> None:
    history = History(repeats, recency if repeats else 0.0, recency + quiet)
    orders = expected_orders(history, CDNOW, ahead)
    assert 0.0 <= orders <= expected_orders(history, CDNOW, ahead + 1) + 1e-9
    r, alpha, a, b = CDNOW.r + repeats, CDNOW.alpha, CDNOW.a, CDNOW.b + repeats
    z = ahead / (alpha + history.age + ahead)
    shrink = 1 - ((alpha + history.age) / (alpha + history.age + ahead)) ** r * hyp2f1(r, b, a + b - 1, z)
    assert orders == pytest.approx((a + b - 1) / (a - 1) * shrink * chance_of_staying(history), rel=1e-5, abs=1e-9)


@given(
    repeats=st.integers(0, 100_000),
    recency=st.floats(0, 6_000),
    quiet=st.floats(0, 6_000),
    ahead=st.floats(0, 600),
    alpha=st.floats(0.1, 100),
    a=st.sampled_from([0.5, 1.0, 0.793, 3.0]),
    b=st.sampled_from([0.5, 2.426, 40.0]),
)
def test_who_orders_all_day_or_fell_silent_for_years_has_an_expectation_too(
    repeats: int, recency: float, quiet: float, ahead: float, alpha: float, a: float, b: float
) -> None:
    """A buyer for a firm orders hundreds of times a year: that gave nan, or raised, for whatever was decided next."""
    history = History(repeats, recency if repeats else 0.0, recency + quiet)
    orders = expected_orders(history, Buyers(0.243, alpha, a, b), ahead)
    assert 0.0 <= orders + 1e-6 < (repeats + 10) * (ahead / alpha + 10)


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.5, 0.5), (1.0, 1e-9)])
def test_no_fit_divides_by_zero(a: float, b: float) -> None:
    fitted = expected_orders(History(0, 0.0, 3.0), Buyers(0.2, 4.0, a, b), 260)
    assert fitted == pytest.approx(expected_orders(History(0, 0.0, 3.0), Buyers(0.2, 4.0, a + 1e-7, b), 260), rel=1e-4)


def test_silence_after_many_orders_means_more_than_after_few() -> None:
    assert expected_orders(History(20, 30, 60), CDNOW, 39) < expected_orders(History(2, 30, 60), CDNOW, 39)


def test_spending_lies_between_the_customers_own_and_everybodys() -> None:
    spending = Spending(p=6.25, q=3.74, v=15.44)  # CDNOW, Fader and Hardie 2013
    everybody = expected_spend(0, 0.0, spending)
    assert everybody == pytest.approx(35.2, abs=0.1)
    assert everybody < expected_spend(1, 100.0, spending) < expected_spend(10, 100.0, spending) < 100.0
