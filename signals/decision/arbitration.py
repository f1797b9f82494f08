"""Arbitration: one contact at a time.

Among the candidates of one moment the class decides first (care > service > sales), then priority (probability ×
value × urgency × owner fit), then the earlier firing, then the trigger's name: a total order. Only sales gives way:
care and service are owed to the customer, so they never supersede each other.
"""

from signals.calendar.instant import DAY, Instant
from signals.customer.underway import Live
from signals.decision.verdict import Case, Verdict, passed, rejected

_SAME_CONVERSATION = 7 * DAY
_RANK = {"care": 0, "service": 1, "sales": 2}


def order(case: Case) -> tuple[int, float, Instant, str, str]:
    """The total order, best first."""
    candidate = case.candidate
    return _RANK[candidate.trigger.class_], -case.priority, candidate.fired, candidate.name, candidate.key


def wins(case: Case) -> Verdict:
    """A sales candidate wins when no rival of its moment comes before it, and no live one takes it along.

    ``case.rivals`` are all of its moment that got this far, itself among them, best first.
    """
    talk = conversation_with(case)
    if talk is not None:
        trigger, name = talk.record["trigger"], talk.record["id"]
        return rejected("SUPERSEDED", "%s takes it along in one conversation (%s)", trigger, name)
    winner = case.rivals[0]
    if not case.is_sales or winner is case:
        if winner is case and len(case.rivals) > 1:
            return passed("priority %.2f; next is %s", case.priority, case.rivals[1].candidate.name)
        return passed("priority %.2f", case.priority)
    name, class_ = winner.candidate.name, winner.candidate.trigger.class_
    return rejected("SUPERSEDED", "%s (%s, priority %.2f) goes first", name, class_, winner.priority)


def conversation_with(case: Case) -> Live | None:
    """The live sales recommendation that would speak of this candidate in the same conversation.

    Also where the candidate comes in late, from before it: they are not to be contacted twice for that.
    """
    conversation = case.candidate.trigger.play.conversation
    if conversation is None or not case.customer.live or not case.is_sales or case.candidate.overruled:
        return None
    for live in case.customer.live.values():
        if live.conversation == conversation and abs(case.now - live.fired) <= _SAME_CONVERSATION:
            return live
    return None


def second_to(case: Case) -> Case | None:
    """The rival that comes next."""
    return case.rivals[case.rivals.index(case) + 1] if case.rivals and case.rivals[-1] is not case else None


def runner_up(case: Case) -> dict[str, object] | None:
    """The rival that comes next, as recommendations show it."""
    second = second_to(case)
    if second is None:
        return None
    return {
        "trigger": second.candidate.name,
        "class": second.candidate.trigger.class_,
        "probability": round(second.candidate.probability, 4),
        "value": round(second.value.total, 2),
        "urgency": second.candidate.trigger.play.urgency,
        "priority": second.priority,
    }


def worth_it(case: Case) -> Verdict:
    """The customer's value reaches the play's minimum. Without one it may be below 0: of who speaks ill of us."""
    total, least = case.value.total, case.candidate.trigger.play.minimum_value
    words = "value %.2f, at least %.2f"
    return passed(words, total, least) if total >= least or not least else rejected("LOW_VALUE", words, total, least)
