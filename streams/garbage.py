"""Looking for garbage: seldom, in every process of ours."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 10_000
"""Objects that are made, and not let go, between two looks for garbage among the newest; a look at so many takes some
3 ms, and nobody is served meanwhile."""


def look_seldom() -> None:
    """What is there now (pack, lexicon, routes) stays for good; rows, events and requests leave next to no cycles
    behind: looking for some among a million objects finds none, again and again, while others wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 500, 100)


@contextmanager
def looking_never() -> Iterator[None]:
    """While a run over files lasts: the engine leaves no cycles behind, and a look at each row and record that is made
    and kept takes a fifteenth of the time."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()
