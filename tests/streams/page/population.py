"""Two hundred made decisions of every kind, their recommendations, a node's own story, and one customer in full."""

import random
from typing import Any

import msgspec

from signals.calendar.instant import DAY, HOUR, MINUTE, format_instant
from signals.evaluation.uplift import Arm, uplift
from streams.queue import Claim, Queue
from tests.streams.queue.made import NOW, decision, recommendation

_KINDS = (
    ("life_event.move", "sales", "advisers", "phone", "Said they are moving.", "Vertelde te gaan verhuizen."),
    ("season.health_nl.comparing", "sales", "advisers", "email", "Compares premiums.", "Vergelijkt premies."),
    ("renewal.car", "sales", "advisers", "email", "The contract renews.", "Het contract verlengt."),
    (
        "relationship.repeat_contact",
        "care",
        "service",
        "phone",
        "Third call on one claim.",
        "Derde keer over één schade.",
    ),
    ("relationship.promise_at_risk", "service", "service", "phone", "A promise is due.", "Een belofte komt eraan."),
    ("advocacy.thanks_praise", "service", "service", "email", "Thanked us.", "Bedankte ons."),
    ("guard.bereavement", "care", "service", "phone", "A loss in the family.", "Een verlies in de familie."),
)
_ENDS = (
    *(("released", "RELEASED"),) * 9,
    *(("done", "RELEASED"),) * 4,
    ("withdrawn", "RELEASED"),
    ("expired", "RELEASED"),
    ("held", "QUIET_HOURS"),
    ("held", "CAPACITY"),
    *(("rejected", "NO_CONSENT"),) * 5,
    *(("rejected", "FREQ_CAP"),) * 3,
    ("rejected", "CARE_GUARD"),
    ("rejected", "PROMISE_FIRST"),
    ("rejected", "LOW_CONFIDENCE"),
    ("rejected", "DUPLICATE"),
    ("rejected", "OBJECTED"),
    ("superseded", "SUPERSEDED"),
    ("ghost", "HOLDOUT"),
)


def fill(queue: Queue) -> None:
    """Put the population into a queue; three recommendations are in jan's hands."""
    chance = random.Random(20)
    decisions, revisions = [], []
    for number in range(200):
        trigger, class_, desk, channel, why, waarom = chance.choice(_KINDS)
        status, reason = chance.choice(_ENDS)
        created = NOW - chance.randrange(25 * DAY)
        common = {"trigger": trigger, "class": class_, "created": format_instant(created)}
        released = reason == "RELEASED"
        decided = format_instant(created + MINUTE)
        told = {"decided": decided, "recommendation": f"rec_{number:05d}" if released else None}
        decisions.append(decision(number, status, reason, **common, **told))
        if released or status == "held":
            total = round(chance.uniform(40, 900), 2)
            texts = {"why": {"en": why, "nl": waarom}, "desk": desk, "channel": channel}
            times = {"not_before": format_instant(created), "expires": format_instant(created + 30 * DAY)}
            worth = {
                "value": _value(total),
                "priority": round(total * 0.6, 2),
                "owner": chance.choice((None, None, "jan")),
            }
            revisions.append(recommendation(number, status=status, reason=reason, **common, **texts, **times, **worth))
    queue.apply_decisions(decisions)
    queue.apply([*revisions, full(900)])
    queue.claim(Claim(by="jan", lease=1800, count=2), NOW - 5 * MINUTE)
    queue.claim(Claim(by="jan", lease=1800, id="rec_00900"), NOW - 5 * MINUTE)


def full(number: int) -> dict[str, Any]:
    """A recommendation with everything in it."""
    return recommendation(
        number,
        priority=2000.0,
        owner="jan",
        evidence=[
            _evidence("e-1", 50, "/web", "looked at the page about moving", 0.25),
            _evidence("e-2", 26, "/telephony", "said they are moving", 0.8),
            _evidence("e-3", 2, "/crm", "a new address is known from 1 December", 0.95),
        ],
        gates=[
            {"gate": "kill_switch", "verdict": "pass", "detail": "on"},
            {"gate": "consent", "verdict": "pass", "detail": "given for marketing, profiling by phone"},
            {"gate": "care_guard", "verdict": "pass", "detail": "no guard stands"},
            {"gate": "confidence", "verdict": "pass", "detail": "probability 0.82, at least 0.70"},
            {"gate": "frequency", "verdict": "pass", "detail": "0 of 1 in P1D, 1 of 2 in P14D"},
            {"gate": "quiet_hours", "verdict": "hold", "detail": "phone opens at 09:00"},
        ],
        counterfactual=[{"change": "without consent for marketing by phone", "then": "NO_CONSENT"}],
        runner_up={
            "trigger": "renewal.car",
            "class": "sales",
            "probability": 0.9,
            "value": 496.0,
            "urgency": 0.7,
            "priority": 312.4,
        },
    )


def _evidence(event: str, hours: int, source: str, saw: str, weight: float) -> dict[str, Any]:
    return {"event": event, "time": format_instant(NOW - hours * HOUR), "source": source, "saw": saw, "weight": weight}


def _value(total: float) -> dict[str, float]:
    shares = {"lifetime": 0.7, "referral": 0.15, "network": 0.1, "knowledge": 0.05}
    return {name: round(total * share, 2) for name, share in shares.items()} | {"total": total}


PARTS: dict[str, Any] = {
    "season": {
        "calendar": "health_nl",
        "phases": [
            {"name": "publish", "start": "2026-11-12", "end": "2026-11-13"},
            {"name": "compare", "start": "2026-11-13", "end": "2026-12-15"},
            {"name": "peak", "start": "2026-12-15", "end": "2027-01-01"},
            {"name": "tail", "start": "2027-01-01", "end": "2027-02-01"},
        ],
        "deadline": "2026-12-31",
        "comparing": 412,
        "undecided": 260,
        "cancelled": 31,
        "cancelled_last_year": 44,
        "news": [{"time": "2026-11-17T08:00:00Z", "headline": "A competitor's premium is out: € 149,25 a month"}],
    },
    "promises": {
        "open": 38,
        "due_today": 6,
        "at_risk": 3,
        "broken": 1,
        "owners": [
            {"owner": "claims", "open": 21, "at_risk": 2, "broken": 1},
            {"owner": "advisers", "open": 17, "at_risk": 1, "broken": 0},
        ],
    },
    "guards": {"complaint": 12, "bereavement": 4, "distress": 7, "vulnerable": 2, "breakup": 3},
    "clock": {
        "events": 1_204_331,
        "customers": 48_200,
        "late": 12,
        "duplicates": 340,
        "quarantined": 5,
        "timers": 90_213,
        "fired": 22_004,
        "overdue": 0,
        "lag_seconds": 0.4,
    },
    "reach": [41_000, 5_200, 1_600, 380, 20],
    "word_of_mouth": {"tellers": 81, "referred": 35, "accepted": 14},
    "uplift": {
        "bought": msgspec.to_builtins(uplift(Arm(18_000, 1_480), Arm(2_000, 130))),
        "left": msgspec.to_builtins(uplift(Arm(150, 4), Arm(20, 1))),
    },
    "delivery": [
        {
            "endpoint": "crm",
            "delivered": 1_840,
            "failed": 3,
            "waiting": 2,
            "dead": 1,
            "disabled": None,
            "why": "answered 503",
        }
    ],
    "controls": {
        "kill": ["whatsapp"],
        "holdout": {"share": 0.1, "epoch": 1},
        "pack": {"name": "insurance-nl", "version": "1.0.0"},
    },
}

CUSTOMER: dict[str, Any] = {
    "customer": "customer:1900",
    "subjects": ["customer:1900", "policy:P-77120", "email:sanne@example.nl", "phone:+31612345678", "device:a81f"],
    "since": "2014-03-01T00:00:00Z",
    "owner": "jan",
    "touches": 41,
    "rhythm_days": 62.0,
    "guards": [
        {"guard": "complaint", "since": "2026-11-02T09:00:00Z", "until": "2026-12-04", "cause": "complaint C-9"}
    ],
    "consents": [
        {"purpose": "profiling", "given": True, "channels": [], "expires": None},
        {"purpose": "marketing", "given": True, "channels": ["email", "phone"], "expires": "2027-05-01T00:00:00Z"},
        {"purpose": "social_listening", "given": False, "channels": [], "expires": None},
    ],
    "beliefs": [
        {"trigger": "life_event.move", "probability": 0.82, "evidence": 3},
        {"trigger": "life_event.e_bike", "probability": 0.25, "evidence": 1},
    ],
    "promises": [{"promise": "p1", "what": "call back about the claim", "due": "2026-11-23", "status": "at_risk"}],
    "policies": [{"policy": "P-77120", "product": "home_contents", "status": "active", "renewal_date": "2027-03-01"}],
    "timers": [{"at": "2026-12-29T08:00:00Z", "what": "season.health_nl.deadline"}],
    "journey": [
        {
            "time": format_instant(NOW - hours * HOUR),
            "type": kind,
            "channel": channel,
            "by_us": kind == "contact.made",
            "what": what,
            "source": "/crm",
            "event": f"e-{hours}",
        }
        for hours, kind, channel, what in (
            (2, "profile.changed", None, "a new address is known from 1 December"),
            (26, "contact.received", "phone", "said they are moving"),
            (50, "web.viewed", "web", "looked at the page about moving"),
            (300, "contact.made", "email", "the yearly overview"),
            (700, "contact.received", "chat", "asked about a claim"),
            (900, "social.posted", "social", "thanked us"),
            (1500, "contact.received", "phone", "asked about a claim"),
        )
    ],
}
