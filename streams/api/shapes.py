"""The shapes of answers as JSON Schema, for the OpenAPI document: who generates a client gets types and not just text.

Readers must allow for further fields.
"""

from typing import Any

from signals.recommendation.schema import decision_schema

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_TIME: Schema = {"type": "string", "format": "date-time"}


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
OVERRULED = _record({"id": _TEXT, "outcome": {"const": "overruled"}, "direction": _TEXT, "by": _TEXT})
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


def told(schema: Schema, description: str = "Successful Response") -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that answers in this shape when all is well."""
    return {200: {"description": description, "content": {"application/json": {"schema": schema}}}}
