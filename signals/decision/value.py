"""Total Customer Engagement Value: what a customer brings, by buying, referring, reaching others and telling us.

After Kumar et al., "Undervalued or overvalued customers: capturing total customer engagement value" (Journal of Service
Research, 2010): lifetime + referral + influence (network) + knowledge, each in euro and each shown.
"""

import msgspec

from signals.calendar.instant import DAY, Instant
from signals.customer.facts import Buying
from signals.customer.state import Customer
from signals.customer.word_of_mouth import word_of_mouth
from signals.decision.lifetime import Buyers, History, Spending, expected_orders, expected_spend
from signals.pack.environment import Environment
from signals.pack.header import Values

_WEEK = 7 * DAY
_WEEKS_A_YEAR = 365.25 / 7


class Value(msgspec.Struct, frozen=True):
    """The parts in euro, unweighted, and their weighted sum."""

    lifetime: float
    referral: float
    network: float
    knowledge: float
    total: float

    def record(self) -> dict[str, float]:
        """As recommendations show it."""
        return {
            "lifetime": self.lifetime,
            "referral": self.referral,
            "network": self.network,
            "knowledge": self.knowledge,
            "total": self.total,
        }


def engagement_value(customer: Customer, environment: Environment, now: Instant) -> Value:
    """The customer's value at ``now``."""
    worth, weights = environment.header.values, environment.config.weights
    premiums = 0.0
    for policy in customer.policies.values():
        if policy.active and policy.premium is not None:
            premiums += policy.premium
    coming = premiums * environment.header.premiums_per_year * worth.expected_years
    if customer.buying is not None:
        coming += _coming_orders(customer, customer.buying, worth, now)
    lifetime = round(coming * worth.margin, 2) if coming else 0.0
    referral = round(customer.referrals * worth.referral, 2) if customer.referrals else 0.0
    network = 0.0
    if customer.reach or customer.communities or customer.tellings:
        spoken = worth.telling * word_of_mouth(customer, now)
        network = round(customer.reach * worth.reach + len(customer.communities) * worth.community + spoken, 2)
    knowledge = round(customer.feedback * worth.feedback, 2) if customer.feedback else 0.0
    total = (
        weights.lifetime * lifetime
        + weights.referral * referral
        + weights.network * network
        + weights.knowledge * knowledge
    )
    return Value(lifetime, referral, network, knowledge, round(total, 2))


def _coming_orders(customer: Customer, buying: Buying, worth: Values, now: Instant) -> float:
    """What is expected to be ordered in the expected years, before margin."""
    model = worth.orders
    if model is None or buying.spent <= 0:
        return 0.0
    history = order_history(customer, now)
    buyers = Buyers(model.r, model.alpha, model.a, model.b)
    spend = expected_spend(customer.orders, buying.spent / customer.orders, Spending(model.p, model.q, model.v))
    return expected_orders(history, buyers, worth.expected_years * _WEEKS_A_YEAR) * spend


def order_history(customer: Customer, now: Instant) -> History:
    """A buyer's orders as the model wants them; only for who ordered."""
    buying = customer.buying
    assert buying is not None
    recency, age = (buying.last - buying.first) / _WEEK, (max(now, buying.last) - buying.first) / _WEEK
    return History(customer.orders - 1, recency, age)
