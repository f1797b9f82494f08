"""Consent: per purpose and channel, with expiry; sales fails closed, care and service have their own legal basis.

For every purpose the latest word counts, be it about one channel or about all of them. Telephone: since 1 July 2026
commercial calls in the Netherlands need prior opt-in, current customers included (Telecommunicatiewet 11.7 as
amended), so the pack names channels for which consent must have been given in so many words. Who says to leave them
alone has taken their word on marketing back, on every channel; a word given later counts again.
"""

from collections.abc import Mapping

from signals.calendar.instant import Instant
from signals.customer.facts import Consent
from signals.customer.last_word import consents_since
from signals.customer.state import Customer
from signals.customer.underway import NEVER
from signals.decision.verdict import Case, Verdict, passed, rejected
from signals.triggers.belief import probability

Consents = Mapping[str, Mapping[str, Consent]]
"""Purpose → channel ("" is all of them) → the word that counts."""

UNOBJECTED, _VALID = passed("no objection"), passed("still valid")
_NO_WORD = Consent(False, 0)
_EVERY_CHANNEL = ""
_IMPLIED = frozenset({"contract", "customer_relation", "existing_customer", "legitimate_interest", "soft_opt_in"})


def consent_given(case: Case) -> Verdict:
    """Sales needs consent for marketing on a channel of the play, and for every other purpose involved: at its moment,
    and, of what came in late, ever since."""
    for _, consents in consents_since(case.customer, case.now):
        verdict = _given(case, consents)
        if verdict.verdict == "reject":
            break
    return verdict


def _given(case: Case, consents: Consents) -> Verdict:
    purposes = _purposes(case)
    for purpose in purposes[1:]:
        if not _purpose_word(consents, purpose).given:
            return rejected("NO_CONSENT", "consent for %s was %s", purpose, _said(case.customer, purpose))
    words, explicit = consents.get("marketing", {}), case.environment.header.policy.explicit_channels
    given = [channel for channel in case.channels if _covers(words, channel, explicit)]
    if given:
        case.channels = given
        return passed(_GIVEN[purposes], ", ".join(given))
    if any(word.given for word in words.values()):
        return rejected("NO_CONSENT", "consent for marketing covers no channel of this play")
    return rejected("NO_CONSENT", "consent for marketing was %s", _said(case.customer, "marketing"))


def missing_consent(case: Case) -> tuple[str, str] | None:
    """The first purpose for which the case lacks a valid word of consent, and the channel, "" for all of them."""
    for purpose in _purposes(case)[1:]:
        word = _purpose_word(case.customer.consents, purpose)
        if not word.given or _has_run_out(word, case.now):
            return purpose, ""
    words, kill = case.customer.consents.get("marketing", {}), case.environment.config.kill
    explicit = case.environment.header.policy.explicit_channels
    channels = [channel for channel in case.candidate.trigger.play.channels if channel not in kill]
    valid = (
        _covers(words, channel, explicit) and not _has_run_out(channel_word(words, channel), case.now)
        for channel in channels
    )
    return None if not channels or any(valid) else ("marketing", channels[0])


def consent_valid(case: Case) -> Verdict:
    """Consent that has run out is none."""
    if not _may_run_out(case.customer):
        return _VALID
    for moment, consents in consents_since(case.customer, case.now):
        for purpose in _purposes(case)[1:]:
            if _has_run_out(_purpose_word(consents, purpose), moment):
                return rejected("CONSENT_EXPIRED", "consent for %s has run out", purpose)
        words = consents.get("marketing", {})
        valid = [channel for channel in case.channels if not _has_run_out(channel_word(words, channel), moment)]
        if not valid:
            return rejected("CONSENT_EXPIRED", "consent for marketing has run out")
        case.channels = valid
    return _VALID


def taken_back_since(case: Case, moment: Instant) -> bool:
    """Whether the customer took a word back, after a moment, without which it may not go ahead."""
    marketing = case.customer.consents.get("marketing", {})
    words = [channel_word(marketing, channel) for channel in case.channels]
    words += [_purpose_word(case.customer.consents, purpose) for purpose in _purposes(case)[1:]]
    return any(not word.given and word.time > moment for word in words)


def not_objected(case: Case) -> Verdict:
    """An objection ends all marketing, and profiling for it."""
    if case.customer.objected is not None:
        return rejected("OBJECTED", "the customer objected to direct marketing")
    return UNOBJECTED


def channel_word(words: Mapping[str, Consent], channel: str) -> Consent:
    """The latest word that is about a channel: its own, or a later one about all channels."""
    own, general = words.get(channel, _NO_WORD), words.get(_EVERY_CHANNEL, _NO_WORD)
    return general if general.time > own.time else own


def runs_out(customer: Customer, now: Instant) -> Instant:
    """The first moment after ``now`` at which a consent runs out; ``NEVER`` when none does."""
    first = NEVER
    for words in customer.consents.values():
        for word in words.values():
            if word.expires is not None and now < word.expires < first:
                first = word.expires
    return first


_SELLING = ("marketing", "profiling")
_WITH_LISTENING = (*_SELLING, "social_listening")
_GIVEN: dict[tuple[str, ...], str] = {
    purposes: f"given for {', '.join(purposes)} by %s" for purposes in (_SELLING, _WITH_LISTENING)
}


def _purposes(case: Case) -> tuple[str, ...]:
    return _WITH_LISTENING if _needs_listening(case) else _SELLING


def _purpose_word(consents: Consents, purpose: str) -> Consent:
    """The word on a purpose that knows no channels: a consent that was not taken back, where there is one."""
    words = consents.get(purpose, {})
    if len(words) == 1:
        return next(iter(words.values()))
    current = [channel_word(words, channel) for channel in sorted(words)]
    return max(current, key=lambda word: (word.given, word.expires is None, word.expires or 0), default=_NO_WORD)


def _said(customer: Customer, purpose: str) -> str:
    return "withdrawn" if customer.consents.get(purpose) else "never given"


def _may_run_out(customer: Customer) -> bool:
    for words in customer.consents.values():
        for word in words.values():
            if word.expires is not None:
                return True
    return False


def _has_run_out(word: Consent, moment: Instant) -> bool:
    return word.expires is not None and word.expires <= moment


def _needs_listening(case: Case) -> bool:
    """Whether the belief rests on social posts: without them it would not have been reached."""
    definition = case.candidate.trigger.definition
    evidence = case.candidate.evidence
    if not definition.play.social_consent or not [piece for piece in evidence if piece.social]:
        return False
    if definition.belief is None:
        return True
    others = [piece for piece in evidence if not piece.social]
    return probability(others, case.candidate.fired, definition.belief) < definition.belief.threshold


def _covers(words: Mapping[str, Consent], channel: str, explicit: list[str]) -> bool:
    """Whether sales may use a channel; for an ``explicit`` one consent must have been given in so many words."""
    if not channel_word(words, channel).given:
        return False
    if channel not in explicit:
        return True
    own = words.get(channel, _NO_WORD)
    return own.given and own.basis not in _IMPLIED
