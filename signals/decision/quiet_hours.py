"""Quiet hours: per channel, in the customer's own zone; they hold a candidate, never lose it."""

from signals.calendar.instant import Instant, format_instant
from signals.decision.verdict import Case, Verdict, held, passed


def not_quiet(case: Case) -> Verdict:
    """The first open channel of the play is used; when all are closed, the candidate waits for the first to open."""
    at = max(case.now, case.candidate.not_before or 0)
    opens = [(_opens(case, channel, at), channel) for channel in case.channels]
    open_now = [channel for moment, channel in opens if moment <= at]
    if open_now:
        case.channels = open_now
        return passed(f"{open_now[0]} is open")
    moment, channel = min(opens, key=lambda pair: pair[0])
    return held("QUIET_HOURS", f"{channel} opens at {format_instant(moment)}", moment)


def _opens(case: Case, channel: str, at: Instant) -> Instant:
    hours = case.environment.hours_of(channel, case.customer.profile.get("timezone", ""))
    return at if hours is None else hours.next_open(at)
