"""Live recommendations whose need vanished, was corrected or stands all the same: they end, go on or come back."""

from collections.abc import Callable, Sequence
from functools import partial

from signals.calendar.instant import Instant
from signals.customer.state import FORBIDDEN, Customer
from signals.customer.underway import Live, Reason
from signals.recommendation.conversation import by_what_stands, is_about, reasons_of, rest_on, speak_only_of
from signals.recommendation.live import Published
from signals.recommendation.returning import returned
from signals.scene import Correction, Return, Withdrawal


def withdraw(
    published: Published,
    customer: Customer,
    withdrawals: Sequence[Withdrawal | Correction | Return],
    cause: str,
    now: Instant,
) -> set[Instant]:
    """End the live recommendations whose need vanished; what was refused isn't wanted any more either.

    Returns the moments for which something was released that was over before, as came in late.
    """
    unfounded: set[Instant] = set()
    cause = f"event {cause}"
    for withdrawal in withdrawals:
        if isinstance(withdrawal, Correction):
            _correct(published, customer, withdrawal, cause, now)
        elif isinstance(withdrawal, Return):
            _return(published, customer, withdrawal.recommendation, cause, now)
        else:
            unfounded |= _end_need(published, customer, withdrawal, cause, now)
    return unfounded


def drop(
    published: Published,
    customer: Customer,
    live: Live,
    is_gone: Callable[[Reason], bool],
    cause: str,
    now: Instant,
    status: str = "withdrawn",
) -> None:
    """Let a recommendation speak no more of what is gone; without anything left to speak of it ends."""
    spoken = reasons_of(live)
    left = [reason for reason in spoken if not is_gone(reason)]
    if not left:
        published.end(customer, live, status, cause, now)
    elif len(left) < len(spoken):
        published.recommendations.append(speak_only_of(live, left, cause))


def _end_need(
    published: Published, customer: Customer, withdrawal: Withdrawal, cause: str, now: Instant
) -> set[Instant]:
    is_gone, lateness = partial(is_about, withdrawal=withdrawal), published.lateness
    unfounded: set[Instant] = set()
    for live in list(customer.live.values()):
        if any(map(is_gone, live.reasons or (live,))):  # without unpacking its records
            drop(published, customer, live, is_gone, cause, now)
            if live.record["id"] not in customer.live:
                _remember_dropped(customer, live, withdrawal.over, now, lateness)
                if (now if withdrawal.over is None else withdrawal.over) < live.fired:
                    unfounded.add(live.fired)
    _forget_forbidden(customer, is_gone)
    for refused in [refused for refused in customer.refused if is_gone(refused)]:
        customer.refused.remove(refused)
        if withdrawal.over is None and now < refused.fired:
            customer.forget_episode(refused.name, refused.key, now, lateness)
    return unfounded


def _remember_dropped(customer: Customer, live: Live, over: Instant | None, now: Instant, lateness: int) -> None:
    """What was released and may be needed all the same stays at hand; of what was over before it fired nothing does."""
    if over is None and now < live.fired:
        customer.forget_episode(live.record["trigger"], live.key, now, lateness)
    elif over is not None and live.record["reason"] == "RELEASED":
        customer.take_back(live, over, lateness)


def _correct(published: Published, customer: Customer, correction: Correction, cause: str, now: Instant) -> None:
    """One recommendation of the need goes on, resting on what stands; others that rest on what was denied end."""
    is_stale, talk, ending = by_what_stands(customer, correction)
    for live in ending:
        drop(published, customer, live, is_stale, cause, now)
    if talk is not None:
        record = rest_on(talk, is_stale, correction)
        if not talk.hidden:
            published.recommendations.append(record)
    customer.refused = [refused for refused in customer.refused if not is_stale(refused)]
    _forget_forbidden(customer, is_stale)


def _return(published: Published, customer: Customer, rec_id: str, cause: str, now: Instant) -> None:
    live = returned(customer, rec_id, cause, now)
    if live is not None:
        published.recommendations.append(live.record)
        published.decisions.append(live.decision)
        published.watch(customer, live, now)


def _forget_forbidden(customer: Customer, is_gone: Callable[[Reason], bool]) -> None:
    """What was forbidden does not come back once its need is gone, or a part of what it spoke of."""
    for live in customer.forbidden:
        if any(map(is_gone, reasons_of(live))):
            rec_id = live.record["id"]
            del customer.taken_back[rec_id], customer.settled[FORBIDDEN + rec_id]
