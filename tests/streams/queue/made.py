"""Made recommendations and decisions in the contract's JSON."""

from typing import Any

from signals.calendar.instant import DAY, HOUR, Instant, format_instant, parse_instant

NOW: Instant = parse_instant("2026-11-20T10:00:00Z")


def recommendation(number: int = 1, revision: int = 1, **changes: Any) -> dict[str, Any]:
    """A released recommendation that could be worked at ``NOW``."""
    return {
        "id": f"rec_{number:05d}",
        "customer": f"customer:{1000 + number}",
        "trigger": "life_event.move",
        "episode": f"e{number}",
        "class": "sales",
        "play": "move.call",
        "status": "released",
        "reason": "RELEASED",
        "created": format_instant(NOW - HOUR),
        "not_before": format_instant(NOW - HOUR),
        "best_before": format_instant(NOW + DAY),
        "expires": format_instant(NOW + 10 * DAY),
        "channel": "phone",
        "desk": "advisers",
        "owner": None,
        "probability": 0.82,
        "value": {"lifetime": 80.0, "referral": 10.0, "network": 5.0, "knowledge": 5.0, "total": 100.0},
        "urgency": 0.7,
        "priority": 100.0,
        "why": {"en": "Said they are moving.", "nl": "Vertelde te gaan verhuizen."},
        "say": {"en": "Offer the checklist.", "nl": "Bied de checklist aan."},
        "evidence": [],
        "gates": [],
        "counterfactual": [],
        "runner_up": None,
        "holdout": {"member": False, "epoch": 1},
        "pack": {"name": "insurance-nl", "version": "1.0.0", "digest": "0"},
        "revision": revision,
    } | changes


def decision(number: int = 1, status: str = "rejected", reason: str = "NO_CONSENT", **changes: Any) -> dict[str, Any]:
    """A decision of a candidate."""
    return {
        "id": f"dec_{number:05d}",
        "customer": f"customer:{1000 + number}",
        "trigger": "life_event.move",
        "episode": f"e{number}",
        "class": "sales",
        "play": "move.call",
        "created": format_instant(NOW),
        "decided": format_instant(NOW),
        "status": status,
        "reason": reason,
        "detail": "",
        "recommendation": None,
        "pack": {"name": "insurance-nl", "version": "1.0.0", "digest": "0"},
    } | changes
