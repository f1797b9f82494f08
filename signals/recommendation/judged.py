"""What was released, for as long as people may still tell whether it was right."""

from signals.customer.state import Customer
from signals.customer.underway import Given, Live

_UNJUDGED_KEPT = 4


def given_of(live: Live) -> Given | None:
    """What was released, for those who tell later whether it was right; None while it is only held."""
    record = live.record
    if record["reason"] != "RELEASED":
        return None
    return Given(record["trigger"], record["channel"], live.segment, record["probability"])


def remember_unjudged(customer: Customer, name: str, given: Given) -> None:
    """Somebody spoke of it, but not of whether it was right: that may still come."""
    customer.unjudged[name] = given
    while len(customer.unjudged) > _UNJUDGED_KEPT:
        del customer.unjudged[next(iter(customer.unjudged))]
