"""The catalogue as JSON Schema (2020-12), for editors, gateways and the people who send us events."""

from typing import Any

from pydantic import TypeAdapter

from signals.events.catalogue import CATALOGUE, WITHOUT_SUBJECT
from signals.events.shapes import Envelope
from signals.events.subject import MARKET, STRENGTH

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLACE = "#/$defs/{model}"


def event_schema() -> dict[str, Any]:
    """One schema for every event: the envelope, and per ``type`` the shape of ``data`` and the kinds of subject."""
    references, shared = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(shape)) for name, shape in CATALOGUE.items()], ref_template=_PLACE
    )
    envelope = TypeAdapter(Envelope).json_schema(ref_template=_PLACE)
    return {
        "$schema": DIALECT,
        **envelope,
        "title": "Event",
        "required": [*envelope["required"], "type"],
        "oneOf": [_of_type(name, data) for (name, _), data in references.items()],
        "$defs": shared["$defs"],
    }


def _of_type(name: str, data: dict[str, Any]) -> dict[str, Any]:
    kinds = [MARKET] if name == "market.changed" else STRENGTH
    properties: dict[str, Any] = {"type": {"const": name}, "data": data}
    required = ["type"] if name == "clock.ticked" else ["type", "data"]
    if name not in WITHOUT_SUBJECT:
        properties["subject"] = {"type": "string", "pattern": f"^({'|'.join(kinds)}):."}
        required.append("subject")
    return {"properties": properties, "required": required}
