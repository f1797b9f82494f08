"""What may be shown on the site to a customer who is there now: the message that a visit triggers.

The gates of every contact are asked again, at this moment and with the site as the only channel, about what waits for
this customer: what is released or held, and what was refused only because no channel of its play could be used. Asking
decides, releases and counts nothing; that something was shown comes back as an outcome.
"""

from collections.abc import Iterator

import msgspec

from signals.calendar.instant import Instant, format_instant
from signals.customer.state import Customer
from signals.customer.underway import Refused
from signals.decision.controls import Controls
from signals.decision.decide import case_of, decide
from signals.decision.learning import Learning
from signals.decision.verdict import Case
from signals.pack.compile import Pack
from signals.pack.environment import CompiledTrigger
from signals.recommendation.live import candidate_of
from signals.recommendation.overrule import candidate_again
from signals.scene import Candidate

CHANNEL = "web"
_WAITING = frozenset({"RELEASED", "QUIET_HOURS", "CAPACITY"})
_FOR_WANT_OF_A_CHANNEL = frozenset({"NO_CONSENT", "CONSENT_EXPIRED", "NO_ADDRESS"})


class Shown(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """What to show: the recommendation's id, for the outcome, and what the pack says of it."""

    recommendation: str
    trigger: str
    play: str
    class_: str
    text: dict[str, str]
    until: str


class PassedOver(msgspec.Struct, frozen=True):
    """What was not shown, and the gate's word for it."""

    trigger: str
    reason: str
    detail: str


class Visit(msgspec.Struct, frozen=True):
    """The answer to a visit."""

    show: Shown | None = None
    passed_over: list[PassedOver] = []


def worth_showing(customer: Customer, pack: Pack, controls: Controls, learning: Learning, now: Instant) -> Visit:
    """What is relevant to show this customer now; only of plays for which the pack says what to ``show``."""
    waiting = [
        (id, _case(candidate, person, pack, controls, learning, now))
        for id, candidate, person in _waiting(customer, pack)
    ]
    decided = list(decide([case for _, case in waiting if case.window.opens <= now]))
    chosen = next((case for case in decided if _is_released(case)), None)
    passed_over = [_passed_over(case) for case in decided if not _is_released(case)]
    if chosen is None:
        return Visit(None, passed_over)
    return Visit(_shown(chosen, next(id for id, case in waiting if case is chosen)), passed_over)


def _waiting(customer: Customer, pack: Pack) -> Iterator[tuple[str, Candidate, Customer]]:
    """What could be shown: its id, the candidate, and the customer as if it had not been reserved for yet."""
    for id, live in customer.live.items():
        trigger = pack.triggers.get(live.trigger)
        if trigger is None or trigger.play.show is None or live.hidden or live.record["reason"] not in _WAITING:
            continue
        others = {other: kept for other, kept in customer.live.items() if other != id}
        contacts = [contact for contact in customer.contacts if contact.recommendation != id]
        yield id, candidate_of(live, trigger), msgspec.structs.replace(customer, live=others, contacts=contacts)
    for refused in customer.refused:
        trigger = pack.triggers.get(refused.trigger)
        if trigger is None or trigger.play.show is None or refused.reason not in _FOR_WANT_OF_A_CHANNEL:
            continue
        if refused.recommendation not in customer.live:
            yield refused.recommendation, _refused_again(refused, trigger), customer


def _refused_again(refused: Refused, trigger: CompiledTrigger) -> Candidate:
    return msgspec.structs.replace(candidate_again(refused, trigger), episode=refused.episode, overruled=frozenset())


def _case(
    candidate: Candidate, customer: Customer, pack: Pack, controls: Controls, learning: Learning, now: Instant
) -> Case:
    case = case_of(candidate, customer, pack.environment, now, controls, learning)
    case.channels = [CHANNEL]
    return case


def _is_released(case: Case) -> bool:
    return case.verdict is not None and case.verdict.reason == "RELEASED"


def _shown(case: Case, id: str) -> Shown:
    candidate = case.candidate
    text = candidate.trigger.play.show
    assert text is not None
    return Shown(
        recommendation=id,
        trigger=candidate.name,
        play=candidate.trigger.play_name,
        class_=candidate.trigger.class_,
        text={"en": text.en, "nl": text.nl},
        until=format_instant(case.window.closes),
    )


def _passed_over(case: Case) -> PassedOver:
    assert case.verdict is not None
    return PassedOver(case.candidate.name, case.verdict.reason, case.verdict.detail())
