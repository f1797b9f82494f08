"""Quiet hours: per channel, in the customer's own zone; they hold a candidate, never lose it."""

from signals.calendar.instant import format_instant
from signals.customer.underway import NEVER
from signals.decision.verdict import Case, Verdict, held, passed


def not_quiet(case: Case) -> Verdict:
    """The first open channel of the play is used; when all are closed, the candidate waits for the first to open."""
    at = max(case.now, case.candidate.not_before or 0)
    environment, zone = case.environment, case.customer.profile.get("timezone", "")
    moment, first = NEVER, ""
    for channel in case.channels:
        hours = environment.hours_of(channel, zone)
        opens = at if hours is None else hours.next_open(at)
        if opens <= at:
            case.channels = [channel]
            return passed("%s is open", channel)
        if opens < moment:
            moment, first = opens, channel
    return held("QUIET_HOURS", moment, "%s opens at %s", first, format_instant(moment))
