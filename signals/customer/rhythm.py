"""A customer's own rhythm: how long a silence would be unusual for this person.

The gaps between the customer's own touches are taken as exponential with a gamma prior on the rate, so that few touches
claim little: after n gaps of total length T, P(silence > t) = (T / (T + t))ⁿ (the Lomax tail of a gamma-mixed
exponential; Fader, Hardie and Lee, "Counting your customers" the easy way, 2005, for the same mixture). Regular gaps
tell more about the rate than chance ones, and those of who comes in spells less: they count as mean² / variance gaps
each (the shape of a gamma renewal process), so a steady weekly rhythm makes three weeks of silence a one in twenty.
"""

from bisect import bisect_right
from itertools import pairwise

from signals.calendar.instant import DAY, Instant
from signals.customer.bounds import TOUCHES_KEPT
from signals.customer.facts import Touch
from signals.customer.state import Customer

LEAST_TOUCHES = 6
_SAME_OCCASION = DAY // 2
_MOST_REGULAR = 10.0
_OURS = "contact.made"


def note_gap(customer: Customer, gap: int) -> None:
    """Add the gap (milliseconds) before a new touch; touches of one occasion count as one."""
    if gap >= _SAME_OCCASION:
        customer.gap_total += gap
        customer.gap_count += 1
        customer.gap_squares += (gap / DAY) ** 2


def note_late(customer: Customer, time: Instant) -> None:
    """Add a touch that came in out of order: the gap it lies in becomes two."""
    own = _own_touches(customer)
    place = bisect_right(own, time)
    before, after = own[:place][-1:], own[place:][:1]
    if before and after and (gap := after[0] - before[0]) >= _SAME_OCCASION:
        customer.gap_total -= gap
        customer.gap_count -= 1
        customer.gap_squares -= (gap / DAY) ** 2
    for earlier, later in pairwise([*before, time, *after]):
        note_gap(customer, later - earlier)


def join_gaps(customer: Customer, other: Customer, sign: int = 1) -> None:
    """Add the gaps of another row whose touches were added, or take them out again with a sign of −1.

    Where all touches are remembered the gaps are taken anew from them; else the sums are the best there is. Of who was
    merged for long they tell the gaps between both: after a parting the touches of one's own that are remembered tell
    more, if they are enough.
    """
    own = _own_touches(customer)
    if len(customer.touches) == customer.touch_count or (sign < 0 and len(own) >= LEAST_TOUCHES):
        customer.gap_total, customer.gap_count, customer.gap_squares = 0, 0, 0.0
        for earlier, later in pairwise(own):
            note_gap(customer, later - earlier)
        return
    customer.gap_total = max(0, customer.gap_total + sign * other.gap_total)
    customer.gap_count = max(0, customer.gap_count + sign * other.gap_count)
    customer.gap_squares = max(0.0, customer.gap_squares + sign * other.gap_squares)


def keep_last(touches: list[Touch]) -> None:
    """Let go of the oldest; not of the customer's own last one, however often we have been in touch since."""
    while len(touches) > TOUCHES_KEPT:
        is_last_own = touches[-1].type == _OURS != touches[0].type and all(one.type == _OURS for one in touches[1:])
        del touches[1 if is_last_own else 0]


def last_own_touch(customer: Customer) -> Instant | None:
    """When the customer was last in touch of their own accord, as far as that is remembered."""
    for touch in reversed(customer.touches):
        if touch.type != _OURS:
            return touch.time
    return None


def _own_touches(customer: Customer) -> list[Instant]:
    return [touch.time for touch in customer.touches if touch.type != _OURS]


def silence_limit(customer: Customer, chance: float) -> int | None:
    """The length of silence (milliseconds) that had less than ``chance``; None below six touches.

    Not even one gap that is all there is counts for less than one; of two rows that were parted the sums may say so.
    """
    if customer.gap_count < LEAST_TOUCHES - 1 or customer.gap_total <= 0:
        return None
    certainty = max(1.0, customer.gap_count * _regularity(customer))
    mean = customer.gap_total / customer.gap_count
    return int(mean * certainty * (chance ** (-1.0 / certainty) - 1.0))


def _regularity(customer: Customer) -> float:
    """mean² / variance of the gaps: one for a customer who comes by chance, the more the steadier."""
    mean = customer.gap_total / customer.gap_count / DAY
    spread = customer.gap_squares - customer.gap_count * mean**2
    variance = spread / (customer.gap_count - 1)
    return _MOST_REGULAR if variance * _MOST_REGULAR <= mean**2 else mean**2 / variance
