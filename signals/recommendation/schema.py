"""The shape of recommendations and decisions as JSON Schema, for those who read them.

Only words that draft-07 and 2020-12 share are used, so that both AsyncAPI and OpenAPI may include them. Readers must
allow for further fields.
"""

from typing import Any

from signals.decision.verdict import REASONS

Schema = dict[str, Any]

STATUSES = ("held", "released", "withdrawn", "superseded", "expired", "overruled", "done", "ghost", "rejected")

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_TIME: Schema = {"type": "string", "format": "date-time"}
_SAYING: Schema = {"type": "object", "required": ["en", "nl"], "properties": {"en": _TEXT, "nl": _TEXT}}


def recommendation_schema() -> Schema:
    """One revision of a recommendation; the same ``id`` with a higher ``revision`` replaces it."""
    own = {
        "not_before": _TIME,
        "best_before": _TIME,
        "expires": _TIME,
        "channel": _TEXT,
        "desk": _TEXT,
        "owner": _or_null(_TEXT),
        "probability": _SHARE,
        "value": _record(dict.fromkeys(("lifetime", "referral", "network", "knowledge", "total"), _NUMBER)),
        "urgency": _NUMBER,
        "priority": _NUMBER,
        "why": _SAYING,
        "say": _SAYING,
        "evidence": _list(
            _record({"event": _TEXT, "time": _TIME, "source": _TEXT, "saw": _TEXT, "weight": _NUMBER}),
        ),
        "gates": _list(_record({"gate": _TEXT, "verdict": _TEXT, "detail": _TEXT})),
        "counterfactual": _list(_record({"change": _TEXT, "then": _TEXT})),
        "runner_up": _or_null({"type": "object"}),
        "holdout": _record({"member": {"type": "boolean"}, "epoch": {"type": "integer"}}),
        "revision": {"type": "integer", "minimum": 1},
    }
    return _record({"id": {"type": "string", "pattern": "^rec_"}, **_shared(), **own})


def decision_schema() -> Schema:
    """How one candidate ended; every candidate has exactly one decision."""
    own = {"decided": _TIME, "detail": _TEXT, "recommendation": _or_null(_TEXT)}
    return _record({"id": {"type": "string", "pattern": "^dec_"}, **_shared(), **own})


def _shared() -> Schema:
    return {
        "customer": _TEXT,
        "trigger": _TEXT,
        "episode": _TEXT,
        "class": {"enum": ["care", "service", "sales"]},
        "play": _TEXT,
        "status": {"enum": list(STATUSES)},
        "reason": {"enum": list(REASONS)},
        "created": _TIME,
        "pack": _record({"name": _TEXT, "version": _TEXT, "digest": _TEXT}),
    }


def _record(properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
