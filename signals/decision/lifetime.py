"""What a customer who buys now and then will still buy: BG/NBD for how often, gamma-gamma for how much.

Someone who is still a customer orders at their own constant rate; after each order they may leave for good. Rates and
chances of leaving differ between people by a gamma and a beta distribution (Fader, Hardie and Lee, "Counting your
customers" the easy way: an alternative to the Pareto/NBD model, Marketing Science 24(2), 2005). What an average order
is worth differs likewise (Fader and Hardie, The gamma-gamma model of monetary value, 2013). Time is in weeks.
"""

from math import exp, expm1, log, log1p

import msgspec

_PRECISION = 1e-9
_MOST_TERMS = 5_000
_CERTAIN = 700.0
"""Odds whose logarithm is larger than this are as good as certain; ``exp`` goes little further."""


class Buyers(msgspec.Struct, frozen=True):
    """How the buyers of a business differ: BG/NBD ``r``, ``alpha``, ``a``, ``b``; all above 0."""

    r: float
    alpha: float
    a: float
    b: float


class Spending(msgspec.Struct, frozen=True):
    """How the worth of their orders differs: gamma-gamma ``p``, ``q`` (above 1) and ``v``, in euro."""

    p: float
    q: float
    v: float


class History(msgspec.Struct, frozen=True):
    """One buyer: ``repeats`` orders after the first, the last of them ``recency`` weeks after it, ``age`` weeks ago."""

    repeats: int
    recency: float
    age: float


def expected_orders(history: History, buyers: Buyers, weeks: float) -> float:
    """How many orders to expect in the coming ``weeks`` (equation 10 of the paper).

    Its hypergeometric function is taken after Euler's transformation, 2F1(x, y; c; z) = (1 − z)^(c−x−y) 2F1(c−x, c−y;
    c; z): as it stands it grows beyond all numbers after some hundred orders, and here nothing does. With what
    (1 − z)^(a−1) and the series have in common taken out, neither a = 1 nor a + b = 1 divides by zero.
    """
    r, alpha, a, b = buyers.r, buyers.alpha, buyers.a, buyers.b
    ahead, c = weeks / (alpha + history.age + weeks), a + b + history.repeats - 1.0
    fading = (a - 1.0) * log1p(-ahead)
    faded = -expm1(fading) / (a - 1.0) if a != 1.0 else -log1p(-ahead)
    expected = c * faded - exp(fading) * _series(a + b - 1.0 - r, a, c, ahead)
    return expected * _chance_of_staying(history, buyers)


def expected_spend(orders: int, mean: float, spending: Spending) -> float:
    """The worth of a coming order, after ``orders`` of ``mean`` worth: between that and what all buyers spend."""
    return spending.p * (spending.v + orders * mean) / (spending.p * orders + spending.q - 1.0)


def _chance_of_staying(history: History, buyers: Buyers) -> float:
    """By logarithms: after hundreds of orders a long silence leaves odds that no number is large enough for."""
    if history.repeats == 0:
        return 1.0
    quiet = log((buyers.alpha + history.age) / (buyers.alpha + history.recency))
    odds = log(buyers.a / (buyers.b + history.repeats - 1.0)) + quiet * (buyers.r + history.repeats)
    return 1.0 / (1.0 + exp(odds)) if odds < _CERTAIN else 0.0


def _series(x: float, y: float, c: float, z: float) -> float:
    """(2F1(x, y − 1; c; z) − 1) · c / (y − 1), for 0 ≤ z < 1."""
    term = total = x * z
    for step in range(1, _MOST_TERMS):
        term *= (x + step) * (y - 1.0 + step) / ((c + step) * (1.0 + step)) * z
        total += term
        if abs(term) <= _PRECISION * abs(total):
            break
    return total
