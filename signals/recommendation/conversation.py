"""One conversation about several needs, each with its own why, what to say and evidence; it lasts while any is left."""

from collections.abc import Callable

import msgspec

from signals.calendar.instant import Instant, parse_instant
from signals.customer.state import Customer
from signals.customer.underway import Live, Reason, Refused, evidence_of
from signals.decision.arbitration import conversation_with
from signals.decision.verdict import Case
from signals.recommendation.naming import recommendation_id
from signals.recommendation.record import Record, evidence_records, explanation
from signals.scene import Correction, Withdrawal

IsStale = Callable[[Reason | Refused], bool]


def talk_of(case: Case) -> Live | None:
    """What won over the case and may speak of it too: a conversation under way, or the winner of its moment."""
    if case.verdict is None or case.verdict.reason != "SUPERSEDED" or case.shadow:
        return None
    talk, winner = conversation_with(case), case.rivals[0].candidate
    if talk is None and winner.trigger.play.conversation == case.candidate.trigger.play.conversation:
        talk = case.customer.live.get(recommendation_id(case.customer.key, winner.name, winner.episode))
    return talk if case.candidate.trigger.play.conversation is not None else None


def join(talk: Live, case: Case) -> Record:
    """Let a conversation speak of the case too; returns its next revision."""
    candidate = case.candidate
    told = _reason(candidate.trigger.name, candidate.key, candidate.anchor, explanation(case))
    talk.reasons = [*reasons_of(talk), told]
    return _retell(talk, talk.record["gates"])


def is_about(one: Live | Refused | Reason, withdrawal: Withdrawal) -> bool:
    """Whether a withdrawal concerns it."""
    if one.trigger != withdrawal.trigger or (withdrawal.key is not None and one.key != withdrawal.key):
        return False
    if withdrawal.only_before is not None and one.anchor < withdrawal.only_before:
        return False
    ended = withdrawal.ended
    if ended is None or _fired(one) <= ended:
        return not withdrawal.late
    return not withdrawal.fired and _rests_since(one) <= ended


def _fired(one: Live | Refused | Reason) -> Instant:
    """When it fired; of what a conversation speaks of, when that was told last."""
    return parse_instant(one.evidence[-1]["time"]) if isinstance(one, Reason) else one.fired


def _rests_since(one: Live | Refused | Reason) -> Instant:
    """The moment of the first piece of evidence that it rests on."""
    return parse_instant(one.evidence[0]["time"]) if isinstance(one, Reason) else evidence_of(one)[0].time


def told_twice(customer: Customer) -> list[tuple[Live, Live]]:
    """Of two subjects that turned out to be one: what one had for a need, and what the other had for it later."""
    first: dict[tuple[str, str], Live] = {}
    in_order = sorted(customer.live.values(), key=lambda live: (live.fired, live.record["id"]))
    told = [(first.setdefault((live.record["trigger"], live.key), live), live) for live in in_order]
    return [(one, other) for one, other in told if one.record["customer"] != other.record["customer"]]


def reasons_of(talk: Live) -> list[Reason]:
    """All needs that it speaks of, be it only its own."""
    return talk.reasons or [_own(talk)]


def speak_only_of(talk: Live, left: list[Reason], cause: str) -> Record:
    """Speak no more of the other needs; returns the next revision."""
    gone = ", ".join(dict.fromkeys(reason.trigger for reason in talk.reasons if reason not in left))
    talk.reasons = left
    said = {"gate": "live", "verdict": "pass", "detail": f"speaks no more of {gone}: {cause}"}
    return _retell(talk, [*talk.record["gates"], said])


def by_what_stands(customer: Customer, correction: Correction) -> tuple[IsStale, Live | None, list[Live]]:
    """What tells whether something rests on what was denied; what may go on by what stands, unless another speaks of
    that already; and what ends."""
    name, events = correction.trigger.name, {piece.event for piece in correction.standing}

    def is_of(one: Reason | Refused) -> bool:
        return one.trigger == name and correction.key in (None, one.key)

    def is_stale(one: Reason | Refused) -> bool:
        if correction.told is not None:
            return isinstance(one, Reason) and is_of(one) and one.evidence != correction.told["evidence"]
        told = (piece["event"] if isinstance(piece, dict) else piece.event for piece in one.evidence)
        return one.trigger == name and events.isdisjoint(told)

    speaking = [live for live in customer.live.values() if any(map(is_of, reasons_of(live)))]
    stale = [live for live in speaking if any(map(is_stale, reasons_of(live)))]
    return (is_stale, stale[0], stale[1:]) if stale and len(stale) == len(speaking) else (is_stale, None, stale)


def rest_on(talk: Live, is_stale: IsStale, correction: Correction) -> Record:
    """Rest on what stands; returns the next revision."""
    told = correction.told or {"evidence": evidence_records(correction.standing, correction.trigger)}
    own = reasons_of(talk)
    talk.reasons = [msgspec.structs.replace(reason, **told) if is_stale(reason) else reason for reason in own]
    talk.evidence = correction.standing if talk.evidence else []
    since = "what was told since a denial" if correction.told is None else "what came in late"
    said = {"gate": "live", "verdict": "pass", "detail": f"rests on {since}"}
    return _retell(talk, [*talk.record["gates"], said])


def told_again(held: Live, record: Record) -> tuple[Record, list[Reason]]:
    """A held conversation that was decided anew, as ``record``: that and its reasons, its own as it is told now."""
    fresh = _reason(held.trigger, held.key, held.anchor, record)
    own = (held.trigger, held.key)
    reasons = [fresh if (reason.trigger, reason.key) == own else reason for reason in held.reasons]
    return _speaking_of(record, reasons), reasons


def _own(talk: Live) -> Reason:
    return _reason(talk.trigger, talk.key, talk.anchor, talk.record)


def _reason(trigger: str, key: str, anchor: Instant, told: Record) -> Reason:
    return Reason(told["why"], told["say"], told["evidence"], trigger, key, anchor)


def _retell(talk: Live, gates: list[Record]) -> Record:
    changed = {"gates": gates, "revision": talk.record["revision"] + 1}
    record = _speaking_of(talk.record, talk.reasons) | changed
    talk.told = [record, talk.decision]
    return record


def _speaking_of(record: Record, reasons: list[Reason]) -> Record:
    if not reasons:
        return record
    languages = record["why"]
    return record | {
        "why": {language: " ".join(reason.why[language] for reason in reasons) for language in languages},
        "say": {language: " ".join(reason.say[language] for reason in reasons) for language in languages},
        "evidence": [piece for reason in reasons for piece in reason.evidence],
    }
