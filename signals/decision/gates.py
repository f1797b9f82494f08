"""The gates before arbitration, each a small pure function of the case, in the order of the contract."""

from signals.calendar.instant import Instant, format_instant
from signals.customer.state import Customer
from signals.customer.underway import NEVER
from signals.decision.arbitration import conversation_with
from signals.decision.consent import UNOBJECTED, consent_given, consent_valid, not_objected
from signals.decision.controls import ALL
from signals.decision.verdict import Case, Gates, Verdict, passed, rejected, saying
from signals.events.subject import kind_of
from signals.pack.header import Cap

REACHED_BY: dict[str, str] = {
    "phone": "phone",
    "video": "phone",
    "whatsapp": "phone",
    "email": "email",
    "letter": "address",
}
_ADDRESSES = frozenset(REACHED_BY.values())
_OWN_CHANNELS: dict[str, frozenset[str]] = {
    "email": frozenset({"email"}),
    "phone": frozenset({"phone", "whatsapp"}),
    "social": frozenset({"social", "chat"}),
    "device": frozenset({"web", "app", "chat"}),
}


_ON, _KNOWN, _FIRST = passed("on"), passed("known"), passed("first in its episode")
_IN_TIME, _LIVE = passed("arrived in time"), passed("live")
_UNGUARDED, _KEPT = passed("no guard stands"), passed("no promise is overdue")
_UNADDRESSED = passed("no address known: the desk finds another way")
_UNCAPPED, _OPEN = passed("no cap for this class"), passed("the window for contact is open")


def kill_switch(case: Case) -> Verdict:
    """An operator stopped everything, this trigger, its desk, or every channel of the play."""
    if case.controls.untouched and not case.environment.config.kill:
        return _ON
    candidate = case.candidate
    for name in (ALL, candidate.name, candidate.trigger.name, case.desk):
        if _stopped(case, name):
            return rejected("KILL_SWITCH", "stopped by the kill switch for %s", name)
    going = [channel for channel in case.channels if not _stopped(case, channel)]
    if not going:
        return rejected("KILL_SWITCH", "every channel of this play is stopped")
    case.channels = going
    return _ON


def _stopped(case: Case, name: str) -> bool:
    return name in case.environment.config.kill or case.controls.value("stop", name, case.now) is not None


def not_erased(case: Case) -> Verdict:
    """The customer asked to be forgotten."""
    return rejected("ERASED", "the customer was erased") if case.customer.erased is not None else _KNOWN


def new_episode(case: Case) -> Verdict:
    """An episode releases at most once."""
    if case.candidate.duplicate:
        return rejected("DUPLICATE", "the same episode fired before")
    return _FIRST


def in_time(case: Case) -> Verdict:
    """An event that came later than the configured lateness fires nothing."""
    return rejected("LATE", "the event arrived too late") if case.candidate.late else _IN_TIME


def warmed_up(case: Case) -> Verdict:
    """History builds state and fires nothing."""
    return rejected("WARMUP", "history is being read in") if case.candidate.warmup else _LIVE


def no_guard(case: Case) -> Verdict:
    """While a guard stands there are no sales. A person overrules only the guards that stood when it was refused."""
    standing = standing_guards(case) if case.customer.guards else None
    if not standing:
        return _UNGUARDED
    if "CARE_GUARD" in case.candidate.overruled and not standing_guards(case, case.candidate.fired):
        return passed("overruled by a person; was: %s", "; ".join(standing))
    return rejected("CARE_GUARD", "%s", "; ".join(standing))


def promises_kept(case: Case) -> Verdict:
    """A promise of ours that is overdue comes before sales."""
    overdue = overdue_promises(case) if case.customer.promises else None
    if not overdue:
        return _KEPT
    due = format_instant(case.customer.promises[overdue[0]].due)
    return rejected("PROMISE_FIRST", "promise %s was due %s", overdue[0], due)


def overdue_promises(case: Case) -> list[str]:
    """The promises that are broken by now: from the moment they are due, until they are kept or cancelled."""
    now, promises = case.now, case.customer.promises
    due = [(key, one) for key, one in promises.items() if one.made <= now and one.due <= now]
    return sorted(key for key, one in due if one.status == "made" or (one.ended and min(one.ended)[0] > now))


def confident(case: Case) -> Verdict:
    """The probability reaches the play's minimum."""
    probability, least = case.probability, case.candidate.trigger.play.minimum_probability
    words, stated = "probability %.2f, at least %.2f", case.candidate.probability
    if probability != stated:
        words += f"; {stated:.2f} before what outcomes taught"
    if probability >= least:
        return passed(words, probability, least)
    return rejected("LOW_CONFIDENCE", words, probability, least)


def reachable(case: Case) -> Verdict:
    """There is an address for a channel of the play; for care and service a person may find another way."""
    kind = kind_of(case.customer.key)
    if kind == "customer" and _ADDRESSES.isdisjoint(case.customer.profile):
        found = case.channels
    else:
        found = [channel for channel in case.channels if _has_address(case.customer, kind, channel)]
    if found:
        case.channels = found
        return passed("by %s", ", ".join(found))
    if case.is_sales:
        return rejected("NO_ADDRESS", "no address for %s", ", ".join(case.channels))
    return _UNADDRESSED


def within_caps(case: Case) -> Verdict:
    """Rolling windows over all contacts of the class, made by anyone or reserved by us.

    What is known to have happened after a late event counts too: the contact would be made now. Contacts made in
    shadow count in shadow only. What a conversation under way takes along asks for no contact more.
    """
    class_, environment = case.candidate.trigger.class_, case.environment
    caps = environment.caps_of.get(class_)
    if caps is None:
        return _UNCAPPED
    if conversation_with(case) is not None:
        return passed("joins a conversation under way")
    counted, oldest = (class_, in_shadow(class_)) if case.shadow else (class_,), case.now - caps.reach
    times = [one.time for one in case.customer.contacts if oldest < one.time and one.purpose in counted]
    facts: list[object] = []
    for cap, per in caps.each:
        most, count = most_of(cap, case), 0
        if times:
            since = cap.per.before(case.now, environment.zone)
            for time in times:
                count += since < time
        if count >= most:
            return rejected("FREQ_CAP", caps.counted, count, most, per)
        facts += (count, most, per)
    return passed(caps.words, *facts)


def most_of(cap: Cap, case: Case) -> int:
    """How many contacts a cap allows now: what operations set, else what the pack or the configuration says."""
    if case.controls.untouched:
        return cap.max
    steered = case.controls.value("cap", f"{cap.class_}/{cap.per}", case.now)
    return cap.max if steered is None else int(steered)


def in_shadow(class_: str) -> str:
    """The purpose under which a contact that was only decided in shadow is counted."""
    return f"shadow {class_}"


def still_open(case: Case) -> Verdict:
    """Contact still makes sense."""
    if case.closes <= case.now:
        return rejected("EXPIRED", "the window for contact has closed")
    return _OPEN


def standing_guards(case: Case, after: Instant = 0) -> list[str]:
    """The guards that stand now, and were set after that moment, each with until when."""
    found = []
    for name, causes in sorted(case.customer.guards.items()):
        untils = [guard.until for guard in causes.values() if after < guard.since and case.now < guard.until]
        if untils:
            until = max(untils)
            found.append(f"{name} until {'it is lifted' if until == NEVER else format_instant(until)}")
    return found


def _has_address(customer: Customer, kind: str, channel: str) -> bool:
    """Of a customer in the books the addresses are in the CRM, unless we were told that one is gone."""
    field = REACHED_BY.get(channel)
    if field is not None and field in customer.profile:
        return customer.profile[field] != ""
    return kind in ("customer", "policy") or channel in _OWN_CHANNELS.get(kind, frozenset())


GATES: Gates = (
    ("kill_switch", kill_switch),
    ("erased", not_erased),
    ("duplicate", new_episode),
    ("late", in_time),
    ("warmup", warmed_up),
    ("consent", consent_given),
    ("consent_expired", consent_valid),
    ("objected", not_objected),
    ("care_guard", no_guard),
    ("promise_first", promises_kept),
    ("confidence", confident),
    ("address", reachable),
    ("window", still_open),
    ("frequency", within_caps),
)
_NOT_NEEDED = passed("not needed for this class")
_OF_SALES: dict[str, Verdict] = {
    "consent": _NOT_NEEDED,
    "consent_expired": _NOT_NEEDED,
    "objected": UNOBJECTED,
    "care_guard": passed("guards veto sales only"),
    "promise_first": _KEPT,
}
"""The gates about sales alone, and what is said in their place of care and service, which are owed to the customer."""


def gates_of(case: Case) -> Gates:
    """The gates that are asked about a case."""
    return GATES if case.is_sales else _GATES_OF_THE_OWED


_GATES_OF_THE_OWED = tuple((name, saying(_OF_SALES[name]) if name in _OF_SALES else gate) for name, gate in GATES)
