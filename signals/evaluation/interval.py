"""Shares with their uncertainty."""

from math import sqrt

import msgspec

_Z = 1.959963984540054


class Share(msgspec.Struct, frozen=True):
    """A share of a whole with its 95 % confidence interval; all None when there is nothing to take a share of."""

    value: float | None
    low: float | None
    high: float | None


def wilson(part: int, whole: int) -> Share:
    """The share ``part / whole`` with Wilson's score interval (Wilson 1927), which stays within 0 and 1."""
    if whole == 0:
        return Share(None, None, None)
    share, z2 = part / whole, _Z * _Z
    centre = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    margin = _Z * sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return Share(share, max(0.0, centre - margin), min(1.0, centre + margin))
