"""A customer's own rhythm: how long a silence would be unusual for this person.

The gaps between the customer's own touches are taken as exponential with a gamma prior on the rate, so that few touches
claim little: after n gaps of total length T, P(silence > t) = (T / (T + t))ⁿ (the Lomax tail of a gamma-mixed
exponential; Fader, Hardie and Lee, "Counting your customers" the easy way, 2005, for the same mixture). Regular gaps
tell more about the rate than chance ones, and those of who comes in spells less: they count as mean² / variance gaps
each (the shape of a gamma renewal process), so a steady weekly rhythm makes three weeks of silence a one in twenty.
"""

from signals.calendar.instant import DAY
from signals.customer.state import Customer

LEAST_TOUCHES = 6
_SAME_OCCASION = DAY // 2
_MOST_REGULAR = 10.0


def note_gap(customer: Customer, gap: int) -> None:
    """Add the gap (milliseconds) before a new touch; touches of one occasion count as one."""
    if gap >= _SAME_OCCASION:
        customer.gap_total += gap
        customer.gap_count += 1
        customer.gap_squares += (gap / DAY) ** 2


def silence_limit(customer: Customer, chance: float) -> int | None:
    """The length of silence (milliseconds) that had less than ``chance``; None below six touches."""
    if customer.gap_count < LEAST_TOUCHES - 1:
        return None
    certainty = customer.gap_count * _regularity(customer)
    mean = customer.gap_total / customer.gap_count
    return int(mean * certainty * (chance ** (-1.0 / certainty) - 1.0))


def _regularity(customer: Customer) -> float:
    """mean² / variance of the gaps: one for a customer who comes by chance, the more the steadier."""
    mean = customer.gap_total / customer.gap_count / DAY
    spread = customer.gap_squares - customer.gap_count * mean**2
    variance = spread / (customer.gap_count - 1)
    return _MOST_REGULAR if variance * _MOST_REGULAR <= mean**2 else mean**2 / variance
