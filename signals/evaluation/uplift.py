"""Uplift: what contact does, told from customers kept apart by the draw; with its uncertainty, or "too early to say".

Intention to treat: everyone of an arm counts, contacted or not, so nothing but the draw sets the arms apart. Intervals
are 95 %, by the normal approximation; that of the relative lift by the delta method.
"""

from math import sqrt
from typing import Literal

import msgspec

_Z, _POWER = 1.959963984540054, 0.8416212335729143
_FEWEST, _FEWEST_EACH = 200, 10
"""Below so many people, or so many with and without the outcome in an arm, the approximation is no good."""

Word = Literal["more", "less", "no_difference", "too_early"]


class Arm(msgspec.Struct, frozen=True):
    """People of one arm, and how many had the outcome."""

    people: int
    outcomes: int

    @property
    def rate(self) -> float:
        """The share with the outcome."""
        return self.outcomes / self.people if self.people else 0.0


class Uplift(msgspec.Struct, frozen=True):
    """The difference of the rates with its interval, absolute and relative to the holdout's; ``smallest`` is the
    difference that arms of this size would show four times out of five (minimum detectable effect)."""

    treated: Arm
    holdout: Arm
    word: Word
    absolute: float | None = None
    low: float | None = None
    high: float | None = None
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    smallest: float | None = None


def uplift(treated: Arm, holdout: Arm) -> Uplift:
    """Compare two arms; without enough people or outcomes there is no figure, but the word ``too_early``."""
    if not all(_is_enough(arm) for arm in (treated, holdout)):
        return Uplift(treated, holdout, "too_early")
    t, c = treated.rate, holdout.rate
    error_t, error_c = sqrt(t * (1 - t) / treated.people), sqrt(c * (1 - c) / holdout.people)
    error = sqrt(error_t**2 + error_c**2)
    low, high = t - c - _Z * error, t - c + _Z * error
    spread = _Z * sqrt(error_t**2 + (t / c * error_c) ** 2) / c
    word: Word = "more" if low > 0 else "less" if high < 0 else "no_difference"
    figures = (t - c, low, high, t / c - 1, t / c - 1 - spread, t / c - 1 + spread)
    return Uplift(treated, holdout, word, *figures, smallest=(_Z + _POWER) * error)


def _is_enough(arm: Arm) -> bool:
    return arm.people >= _FEWEST and _FEWEST_EACH <= arm.outcomes <= arm.people - _FEWEST_EACH
