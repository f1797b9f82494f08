"""Remedies: for each reason the smallest change after which its gate has nothing against the case any more."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from signals.calendar.instant import Instant, format_instant
from signals.customer.facts import Consent, Contact
from signals.customer.state import Customer
from signals.customer.underway import NEVER
from signals.decision.arbitration import conversation_with
from signals.decision.consent import missing_consent
from signals.decision.decide import case_of, decide
from signals.decision.gates import REACHED_BY, most_of, overdue_promises
from signals.decision.value import Value
from signals.decision.verdict import Case
from signals.recommendation.naming import recommendation_id


class Changed(msgspec.Struct, frozen=True):
    """One change, in words and as what it changes; what is left out stays as it was."""

    text: str
    customer: Customer | None = None
    now: Instant | None = None
    probability: float | None = None
    value: float | None = None
    overruled: str | None = None
    """This reason does not count."""
    without: Case | None = None
    """This rival did not come up."""
    priorities: dict[str, float] = {}
    """Of rivals, by the name of their candidate."""


def remedy(case: Case) -> Changed | None:
    """The change that lifts the case's verdict; None where nothing could."""
    find = _REMEDIES.get(case.verdict.reason) if case.verdict is not None else None
    return find(case) if find is not None else None


def decided_with(case: Case, change: Changed) -> Case:
    """The case decided again with all others of its moment, in the changed world."""
    assert case.moment is not None
    again = _changed(case, case, change)
    others = [other for other in case.moment.cases if other is not case and other is not change.without]
    cases = [again, *(_changed(other, case, change) for other in others)]
    return next(decided for decided in decide(cases, case.moment.has_slot) if decided is again)


def _changed(case: Case, asked: Case, change: Changed) -> Case:
    candidate, own = case.candidate, case is asked
    if own and change.probability is not None:
        candidate = replace(candidate, probability=change.probability)
    if own and change.overruled is not None:
        candidate = replace(candidate, overruled=candidate.overruled | {change.overruled})
    now = asked.now if change.now is None else change.now
    again = case_of(candidate, change.customer or asked.customer, case.environment, now, case.controls, case.learning)
    again.known_priority = change.priorities.get(candidate.name)
    if own and change.value is not None:
        again.known_value = Value(0.0, 0.0, 0.0, 0.0, change.value)
    return again


def _overruling(text: str) -> Callable[[Case], Changed]:
    def find(case: Case) -> Changed:
        assert case.verdict is not None
        return Changed(text, overruled=case.verdict.reason)

    return find


def _consenting(case: Case) -> Changed | None:
    missing = missing_consent(case)
    if missing is None:
        return None
    purpose, channel = missing
    consents = dict(case.customer.consents)
    consents[purpose] = {**consents.get(purpose, {}), channel: Consent(True, case.now, "explicit")}
    by = f" by {channel}" if channel else ""
    return Changed(f"with consent for {purpose}{by}", replace(case.customer, consents=consents))


def _unguarded(case: Case) -> Changed:
    standing = sorted(
        name for name, causes in case.customer.guards.items() if any(case.now < one.until for one in causes.values())
    )
    return Changed(f"without {' and '.join(standing)}", replace(case.customer, guards={}))


def _kept(case: Case) -> Changed:
    overdue = overdue_promises(case)
    promises = {
        key: replace(promise, status="kept", ended=[]) if key in overdue else promise
        for key, promise in case.customer.promises.items()
    }
    return Changed(f"with promise {' and '.join(overdue)} kept", replace(case.customer, promises=promises))


def _reached(case: Case) -> Changed | None:
    channel = next((channel for channel in case.channels if channel in REACHED_BY), None)
    if channel is None:
        return None
    field = REACHED_BY[channel]
    customer = replace(case.customer, profile={**case.customer.profile, field: "known"})
    return Changed(f"with the {field} to reach them by {channel}", customer)


def _next_eligible(case: Case) -> Changed | None:
    """From when on the caps have room."""
    zone, moment = case.environment.zone, case.now
    for cap in case.environment.caps:
        if cap.class_ != case.candidate.trigger.class_:
            continue
        most = most_of(cap, case)
        if most < 1:
            return None
        times = sorted(contact.time for contact in case.customer.contacts if contact.purpose == cap.class_)
        if len(times) >= most:
            moment = max(moment, cap.per.after(times[-most], zone))
    return Changed(f"from {format_instant(moment)} on", now=moment) if moment > case.now else None


def _unrivalled(case: Case) -> Changed | None:
    """Without what won, and without the contact that is reserved for it."""
    talk = conversation_with(case)
    if talk is not None:
        rest = {key: live for key, live in case.customer.live.items() if live is not talk}
        customer = replace(case.customer, live=rest, contacts=_contacts_without(case, talk.record["id"]))
        return Changed(f"without {talk.record['trigger']} ({talk.record['id']})", customer)
    if not case.rivals:
        return None
    winner = case.rivals[0]
    own = recommendation_id(case.customer.key, winner.candidate.name, winner.candidate.episode)
    customer = replace(case.customer, contacts=_contacts_without(case, own))
    return Changed(f"without {winner.candidate.name}", customer, without=winner)


def _contacts_without(case: Case, recommendation: str) -> list[Contact]:
    return [contact for contact in case.customer.contacts if contact.recommendation != recommendation]


def _likelier(case: Case) -> Changed:
    least = case.candidate.trigger.play.minimum_probability
    return Changed(f"with a probability of {least:.2f}", probability=least)


def _dearer(case: Case) -> Changed:
    least = case.candidate.trigger.play.minimum_value
    return Changed(f"with a value of {least:.2f}", value=least)


def _waited(case: Case) -> Changed | None:
    """When what holds it ends."""
    assert case.verdict is not None
    until = case.verdict.until
    return Changed(f"from {format_instant(until)} on", now=until) if until != NEVER else None


_REMEDIES: dict[str, Callable[[Case], Changed | None]] = {
    "KILL_SWITCH": _overruling("without the kill switch"),
    "NO_CONSENT": _consenting,
    "CONSENT_EXPIRED": _consenting,
    "OBJECTED": lambda case: Changed("without the objection", replace(case.customer, objected=None)),
    "CARE_GUARD": _unguarded,
    "PROMISE_FIRST": _kept,
    "LOW_CONFIDENCE": _likelier,
    "NO_ADDRESS": _reached,
    "FREQ_CAP": _next_eligible,
    "SUPERSEDED": _unrivalled,
    "LOW_VALUE": _dearer,
    "HOLDOUT": _overruling("outside the holdout"),
    "QUIET_HOURS": _waited,
    "CAPACITY": _overruling("with a free slot"),
}
