"""The shapes of answers as JSON Schema, for the OpenAPI document: who generates a client gets types and not just text.

Readers must allow for further fields.
"""

from typing import Any, get_args

from signals.decision.controls import KINDS
from signals.recommendation.schema import decision_schema
from streams.steering.ledger import Asked, State

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_DAY: Schema = {"type": "string", "format": "date"}
_DIRECTION: Schema = {"enum": ["release", "stop"]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _record(properties: Schema, *, always: list[str] | None = None) -> Schema:
    return {"type": "object", "required": list(properties) if always is None else always, "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_NEXT = _or_null({"type": "string", "description": "`cursor` of the next page; null: this was the last."})
_WORK = _record(
    {
        "claimed_by": _or_null(_TEXT),
        "lease_until": _or_null(_TIME),
        "snoozed_until": _or_null(_TIME),
        "outcome": _or_null(_TEXT),
        "closed": {"type": "boolean"},
    }
)

NAMED: dict[str, Schema] = {
    "Decision": decision_schema(),
    "Erased": {
        **_record({"id": _TEXT, "erased": {"const": True}, "status": {"const": "withdrawn"}, "revision": _COUNT}),
        "description": "The last change when a customer was erased: keep nothing of this recommendation. Its other"
        " fields are those of a recommendation, empty or null.",
    },
    "Work": _WORK,
    "WorkedRecommendation": {
        "allOf": [_reference("Recommendation"), _record({"work": _reference("Work")})],
        "description": "A recommendation, and what people do with it.",
    },
}
"""Shapes that several answers share, by their names in the document."""

WORKED = _reference("WorkedRecommendation")
HANDED_OUT = _record({"items": _list(WORKED)})
PAGE_OF_WORK = _record({"items": _list(WORKED), "next": _NEXT})
PAGE_OF_DECISIONS = _record({"items": _list(_reference("Decision")), "next": _NEXT})
EXPLAINED: Schema = {"anyOf": [_reference("Recommendation"), _reference("Decision")]}
OVERRULED = _record({"id": _TEXT, "outcome": {"const": "overruled"}, "direction": _DIRECTION, "by": _TEXT})
LINK = _record({"path": {"type": "string", "description": "To be put behind this API's address."}, "expires": _TIME})
CUSTOMER = _record({"customer": _TEXT, "subjects": _list(_TEXT)})

TAKEN = _record(
    {
        "success": {"const": True},
        "accepted": _COUNT,
        "duplicate": _COUNT,
        "quarantined": _list(_record({"reason": _TEXT, "field": _or_null(_TEXT), "detail": _TEXT})),
    }
)
"""What became of the calls of a Segment client."""

_SHOWN = _record(
    {
        "recommendation": _TEXT,
        "trigger": _TEXT,
        "play": _TEXT,
        "class": {"enum": ["care", "service", "sales"]},
        "text": {"type": "object", "additionalProperties": _TEXT, "description": "By language: `en`, `nl`."},
        "until": _TIME,
    }
)
_PASSED_OVER = _list(_record({"trigger": _TEXT, "reason": _TEXT, "detail": _TEXT}))
VISIT = _record({"show": _or_null(_SHOWN), "passed_over": _PASSED_OVER}, always=["show"])
"""The answer to a visit; what was passed over is for keys that open the queue."""

FUNNEL = _record(
    {
        "conserved": {"type": "boolean"},
        "candidates": _COUNT,
        "held": _COUNT,
        "triggers": {"type": "object", "additionalProperties": _COUNT},
        "tallies": _list(_record({"trigger": _TEXT, "reason": _TEXT, "status": _TEXT, "count": _COUNT})),
    }
)
DESKS = _list(
    _record(
        {
            "desk": _TEXT,
            **dict.fromkeys(("available", "claimed", "waiting", "expiring"), _COUNT),
            "value": _NUMBER,
            "oldest": _or_null(_TIME),
        }
    )
)
AUDIT = _record(
    {
        "items": _list(
            _record({"number": _COUNT, "time": _TIME, **dict.fromkeys(("by", "key", "did", "about", "why"), _TEXT)})
        ),
        "next": _or_null({"type": "integer", "description": "`before` of the next page; null: this was the last."}),
    }
)

CONTROL = _record(
    {
        "kind": {"enum": list(KINDS)},
        **dict.fromkeys(("name", "by", "why", "id"), _TEXT),
        "value": {**_or_null(_NUMBER), "description": "null: lifted."},
        "since": _TIME,
        "until": _or_null(_TIME),
    }
)
CONTROLS = _record(
    {
        "controls": _list(CONTROL),
        "names": _record(
            {
                **dict.fromkeys(("triggers", "channels", "desks"), _list(_TEXT)),
                "caps": {"type": "object", "additionalProperties": _COUNT},
            }
        ),
        "log": _list(CONTROL),
    }
)
PROPOSAL = _record(
    {
        **dict.fromkeys(("id", "by", "author", "why", "said"), _TEXT),
        "asked": {"enum": list(get_args(Asked))},
        "state": {"enum": list(get_args(State))},
        **dict.fromkeys(("made", "expires"), _TIME),
        "decided": _or_null(_TIME),
        "decided_by": _or_null(_TEXT),
        "pack": _or_null(
            _record({**dict.fromkeys(("name", "version", "digest"), _TEXT), "difference": {"type": "object"}})
        ),
    }
)
PROPOSALS = _record({"items": _list(PROPOSAL)})
PRECISION = _list(
    _record(
        {
            **dict.fromkeys(("trigger", "channel", "segment"), _TEXT),
            **dict.fromkeys(("outcomes", "right"), _COUNT),
            **dict.fromkeys(("low", "high", "stated", "lately"), _NUMBER),
            "drifts": {"type": "boolean"},
        }
    )
)
OVERRULES = _record(
    {"items": _list(_record({**dict.fromkeys(("trigger", "reason"), _TEXT), "direction": _DIRECTION, "count": _COUNT}))}
)
SENT_AGAIN = _record({"sent": _COUNT})

_PROMISES = dict.fromkeys(("open", "at_risk", "broken"), _COUNT)
_SEASON = _record(
    {
        "calendar": _TEXT,
        "phases": _list(_record({"name": _TEXT, **dict.fromkeys(("start", "end"), _DAY)})),
        "deadline": _DAY,
        "news": _list({"type": "object", "additionalProperties": _TEXT}),
        **dict.fromkeys(("comparing", "undecided", "cancelled", "cancelled_last_year"), _COUNT),
    },
    always=["calendar"],
)
OPERATIONS = _record(
    {
        "controls": _record(
            {
                "kill": _list(_TEXT),
                "holdout": _record({"share": _NUMBER, "epoch": _COUNT}),
                "pack": _record(dict.fromkeys(("name", "version", "digest"), _TEXT)),
            }
        ),
        "clock": {"type": "object", "description": "Whether time and events move.", "additionalProperties": _NUMBER},
        "season": _SEASON,
        "delivery": _list(_record({"endpoint": _TEXT, "disabled": _or_null(_TEXT)})),
        "promises": _record(
            {**_PROMISES, "due_today": _COUNT, "owners": _list(_record({"owner": _TEXT, **_PROMISES}))},
            always=list(_PROMISES),
        ),
        "guards": {"type": "object", "additionalProperties": _COUNT},
        "reach": {**_list(_COUNT), "description": "How many customers had 0, 1, 2 … contacts in a month."},
        "word_of_mouth": {"type": "object", "additionalProperties": _COUNT},
        "uplift": {"type": "object"},
    },
    always=[],
)
"""What there is nothing to tell of is left out: no season, no deliveries, too many customers to count meanwhile."""


def told(schema: Schema, description: str = "Successful Response") -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that answers in this shape when all is well."""
    return {200: {"description": description, "content": {"application/json": {"schema": schema}}}}
