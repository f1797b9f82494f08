"""What a receiver's HTTP answer means for a delivery."""

from email.utils import parsedate_to_datetime

from aiohttp import ClientResponse

from signals.calendar.instant import SECOND, Instant, from_datetime
from streams.sinks.delivery import DELIVERED, Fate, Verdict

_BUSY = (401, 403, 408, 409, 423, 425, 429, 477)
"""4xx that pass by themselves or are soon mended: access, limits (Salesforce says 403), rows that are locked or in
conflict because somebody else is writing them, and HubSpot's move of a portal (477)."""


def judge_webhook(answer: ClientResponse, now: Instant) -> Verdict:
    """Standard Webhooks: 2xx arrived, 410 wants nothing any more, everything else (redirects too) is tried again."""
    if 200 <= answer.status < 300:
        return DELIVERED
    if answer.status == 410:
        return Verdict(Fate.GONE, "the receiver answered 410 Gone")
    return Verdict(Fate.LATER, f"the receiver answered {answer.status}", retry_after(answer, now))


def judge_record(answer: ClientResponse, now: Instant, place: str = "") -> Verdict:
    """A system of records: what it refuses as wrong (4xx) it will refuse again; the rest is tried again.

    ``place`` tells where it was asked, in place of the path: why something failed is logged, so it names no customer.
    """
    if 200 <= answer.status < 300:
        return DELIVERED
    why = f"{answer.method} {place or answer.url.path} answered {answer.status}"
    if answer.status < 500 and answer.status not in _BUSY:
        return Verdict(Fate.NEVER, why)
    return Verdict(Fate.LATER, why, retry_after(answer, now))


def judge_deletion(answer: ClientResponse, now: Instant) -> Verdict:
    """A system of records that is to delete something: what isn't there (404) is deleted."""
    return DELIVERED if answer.status == 404 else judge_record(answer, now)


def retry_after(answer: ClientResponse, now: Instant) -> float | None:
    """The seconds that ``Retry-After`` asks for: a number or a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (from_datetime(parsedate_to_datetime(text)) - now) / SECOND)
    except (TypeError, ValueError):
        return None
