"""One event of every type with every field filled in."""

from typing import Any

from signals.events.catalogue import CATALOGUE

WHEN = "2026-11-20T09:00:00+01:00"

DATA: dict[str, dict[str, Any]] = {
    "contact.received": {
        "channel": "phone",
        "topic": "claim",
        "case": "C-17",
        "text": "Ik bel weer over mijn schade",
        "agent": "jansen",
        "resolved": False,
        "sentiment": -0.5,
        "language": "nl",
        "purpose": None,
    },
    "contact.made": {"channel": "email", "topic": "renewal", "purpose": "service"},
    "web.viewed": {
        "url": "https://www.example.nl/verhuizen?van=menu",
        "path": "/verhuizen",
        "title": "Verhuizen",
        "referrer": "https://zoek.example.nl/",
        "campaign": "najaar",
        "seconds": 41.5,
    },
    "web.searched": {"query": "zorgverzekering opzeggen"},
    "form.changed": {"form": "quote-home", "step": "started", "product": "home"},
    "social.posted": {
        "network": "mastodon",
        "text": "We gaan verhuizen!",
        "author": "social:mastodon/jan",
        "mentions": ["@verzekeraar"],
        "reply_to": "109",
        "reach": 250,
        "public": True,
        "case": "C-17",
        "topic": "claim",
    },
    "policy.changed": {
        "policy": "P-1",
        "product": "health",
        "change": "renewal_offered",
        "renewal_date": "2027-01-01",
        "premium": 152.5,
        "previous_premium": 141,
        "start_date": "2019-01-01",
        "end_date": "2026-12-31",
        "beneficiary": "partner",
    },
    "profile.changed": {
        "field": "address",
        "old": {"city": "Utrecht"},
        "new": {"city": "Assen"},
        "effective": "2026-12-01",
    },
    "claim.changed": {"claim": "S-9", "status": "approved", "product": "car", "amount": 1800},
    "complaint.changed": {"complaint": "K-3", "status": "opened", "about": "waiting time"},
    "payment.changed": {"status": "late", "amount": 141.0, "policy": "P-1"},
    "promise.changed": {
        "promise": "B-4",
        "status": "made",
        "what": "call back",
        "due": "2026-11-24T17:00:00+01:00",
        "owner": "jansen",
    },
    "survey.answered": {"kind": "nps", "score": 6, "text": "Het duurde lang", "about": "claim"},
    "order.placed": {"items": [{"sku": "85123A", "quantity": 6, "price": 2.55}], "amount": 15.3},
    "referral.made": {"referred": "email:piet@example.nl", "accepted": True},
    "community.joined": {"community": "starters", "job": "buy a first home"},
    "community.left": {"community": "starters", "job": "buy a first home"},
    "consent.changed": {
        "purpose": "marketing",
        "given": True,
        "channels": ["email", "phone"],
        "basis": "opt-in",
        "expires": "2028-11-20",
        "evidence": "form of 20 November",
    },
    "identity.linked": {"from": "device:abc", "to": "customer:1001", "source_of_truth": "login"},
    "identity.unlinked": {"from": "device:abc", "to": "customer:1001", "source_of_truth": "desk"},
    "privacy.requested": {"kind": "erase"},
    "market.changed": {
        "product": "health",
        "what": "premium",
        "competitor": "Andere",
        "premium": 129.0,
        "previous_premium": 139.0,
        "headline": "Premie daalt",
    },
    "recommendation.outcome": {
        "recommendation": "rec_1",
        "outcome": "accepted",
        "by": "jansen",
        "note": "blij",
        "value": 120,
    },
    "desk.changed": {"desk": "advisers", "capacity": 12, "open": True, "until": "2026-11-20T17:00:00+01:00"},
    "clock.ticked": {},
}

assert DATA.keys() == CATALOGUE.keys()


def an_event(type: str = "contact.received", /, **attributes: Any) -> dict[str, Any]:
    """A CloudEvents envelope of the type, with attributes added or replaced; ``None`` leaves one out."""
    envelope = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/crm",
        "type": type,
        "time": WHEN,
        "subject": "market:NL" if type == "market.changed" else "customer:1001",
        "data": DATA.get(type, {}),
    }
    return {name: value for name, value in (envelope | attributes).items() if value is not None}
