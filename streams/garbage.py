"""Looking for garbage: seldom, in every process of ours."""

import gc

_YOUNG = 10_000
"""Objects that are made, and not let go, between two looks for garbage among the newest; a look at so many takes some
3 ms, and nobody is served meanwhile."""


def look_seldom() -> None:
    """What is there now (pack, lexicon, routes) stays for good; rows, events and requests leave next to no cycles
    behind: looking for some among a million objects finds none, again and again, while others wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 500, 100)
