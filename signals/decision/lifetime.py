"""What a customer who buys now and then will still buy: BG/NBD for how often, gamma-gamma for how much.

Someone who is still a customer orders at their own constant rate; after each order they may leave for good. Rates and
chances of leaving differ between people by a gamma and a beta distribution (Fader, Hardie and Lee, "Counting your
customers" the easy way: an alternative to the Pareto/NBD model, Marketing Science 24(2), 2005). What an average order
is worth differs likewise (Fader and Hardie, The gamma-gamma model of monetary value, 2013). Time is in weeks.
"""

import msgspec

_PRECISION = 1e-9
_MOST_TERMS = 5_000


class Buyers(msgspec.Struct, frozen=True):
    """How the buyers of a business differ: BG/NBD ``r``, ``alpha``, ``a``, ``b``; all above 0 and ``a`` not 1."""

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
    """How many orders to expect in the coming ``weeks`` (equation 10 of the paper)."""
    r, alpha, a, b = buyers.r, buyers.alpha, buyers.a, buyers.b
    repeats, age = history.repeats, history.age
    later = _hypergeometric(r + repeats, b + repeats, a + b + repeats - 1.0, weeks / (alpha + age + weeks))
    shrinking: float = ((alpha + age) / (alpha + age + weeks)) ** (r + repeats) * later
    expected = (a + b + repeats - 1.0) / (a - 1.0) * (1.0 - shrinking)
    return expected / (1.0 + _odds_of_having_left(history, buyers))


def expected_spend(orders: int, mean: float, spending: Spending) -> float:
    """The worth of a coming order, after ``orders`` of ``mean`` worth: between that and what all buyers spend."""
    return spending.p * (spending.v + orders * mean) / (spending.p * orders + spending.q - 1.0)


def _odds_of_having_left(history: History, buyers: Buyers) -> float:
    if history.repeats == 0:
        return 0.0
    quiet: float = (buyers.alpha + history.age) / (buyers.alpha + history.recency)
    odds: float = buyers.a / (buyers.b + history.repeats - 1.0) * quiet ** (buyers.r + history.repeats)
    return odds


def _hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Gauss's 2F1 by its series, for 0 ≤ z < 1."""
    term = total = 1.0
    for step in range(_MOST_TERMS):
        term *= (a + step) * (b + step) / ((c + step) * (1.0 + step)) * z
        total += term
        if abs(term) < _PRECISION * abs(total):
            break
    return total
