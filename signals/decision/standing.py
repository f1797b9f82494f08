"""Whether sales that was released, or waits, may still go ahead: guards, objections and consent are watched."""

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.consent import consent_given, consent_valid, not_objected, taken_back_since
from signals.decision.gates import no_guard
from signals.decision.verdict import Case
from signals.events.event import Event

_TOUCHING = frozenset({"privacy.requested", "identity.contributed", "identity.parted", "identity.returned"})
_WATCHED = (not_objected, no_guard, consent_given, consent_valid)


def is_settled(customer: Customer, event: Event | None, now: Instant) -> bool:
    """Whether sales that could go ahead still can: no guard stands, no new word on consent, and none has run out."""
    cause = event.id if event is not None else None
    if event is not None and event.type in _TOUCHING:
        return False
    for causes in customer.guards.values():
        for guard in causes.values():
            if now < guard.until:
                return False
    for words in customer.consents.values():
        for word in words.values():
            if word.event == cause or (word.expires is not None and word.expires <= now):
                return False
    if now < customer.clock:  # a word that comes in late, from before one that stands
        return all(word.event != cause for words in customer.earlier.values() for word in words)
    return True


def objection_to(case: Case, decided: Instant) -> str | None:
    """Why a live sales recommendation may not go ahead any more; None when it may.

    What a person overruled when it was ``decided`` stays overruled, but not a customer's own word since: an objection,
    or consent that is taken back.
    """
    for gate in _WATCHED:
        verdict = gate(case)
        if verdict.verdict != "reject":
            continue
        if verdict.reason not in case.candidate.overruled - {"CARE_GUARD"} or taken_back_since(case, decided):
            return verdict.detail()
    return None
