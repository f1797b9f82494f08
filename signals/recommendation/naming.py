"""Names of recommendations and decisions: the same story always gives the same ids."""

from hashlib import blake2b

from signals.calendar.instant import Instant, format_instant
from signals.scene import Candidate


def recommendation_id(customer: str, trigger: str, episode: str) -> str:
    """The same customer, trigger and episode always give the same id."""
    return f"rec_{_digest(customer, trigger, episode)}"


def decision_id(customer: str, candidate: Candidate, erased: Instant | None = None) -> str:
    """The id of the decision on a candidate: every candidate has its own, also within one episode.

    What comes up again when somebody was ``erased`` is another candidate: what was decided before stays decided.
    """
    after = [] if erased is None else [format_instant(erased)]
    fired = format_instant(candidate.fired)
    return f"dec_{_digest(customer, candidate.name, candidate.episode, candidate.key, fired, candidate.cause, *after)}"


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()
