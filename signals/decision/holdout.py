"""Holdout: customers for whom decisions are made and logged as ghosts, but not released, to prove the effect."""

from functools import lru_cache
from hashlib import blake2b

from signals.decision.controls import ALL
from signals.decision.verdict import Case, Verdict, ghost, passed

_SCALE = 2**64
_NEVER, _MEMBER_OF_NONE = passed("this class is never held out"), passed("not in a holdout")


def held_out(case: Case) -> Verdict:
    """Sales candidates of customers in the holdout become ghosts; other classes only when the play says so."""
    holdout = case.environment.config.holdout
    wanted = case.candidate.trigger.play.held_out
    if not (case.is_sales if wanted is None else wanted):
        return _NEVER
    if not holdout.share and not holdout.per_trigger and case.controls.untouched:
        return _MEMBER_OF_NONE
    if case.shadow:
        return passed("in shadow nobody is held out")
    customer, salt, epoch = case.customer.key, holdout.salt, holdout.epoch
    steered = case.controls.value("holdout", ALL, case.now)
    share = holdout.share if steered is None else steered
    if share and draw(f"{salt}|{epoch}|{customer}") < share:
        return ghost("HOLDOUT", "in the holdout of epoch %s", epoch)
    for name in (case.candidate.name, case.candidate.trigger.name):
        steered = case.controls.value("holdout", name, case.now)
        share = holdout.per_trigger.get(name, 0.0) if steered is None else steered
        if share and draw(f"{salt}|{epoch}|{name}|{customer}") < share:
            return ghost("HOLDOUT", "in the holdout of %s, epoch %s", name, epoch)
    return _MEMBER_OF_NONE


@lru_cache(maxsize=10_000)
def draw(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / _SCALE
