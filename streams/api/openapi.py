"""The OpenAPI 3.1 document: what the routes tell of themselves, and what they can't."""

from typing import Any, cast

from fastapi import FastAPI

from signals.recommendation.schema import recommendation_schema
from streams.api import problem, shapes
from streams.api.node import Node

_TAGS = {
    "events": "What happened comes in.",
    "segment": "The same from clients of Segment and RudderStack.",
    "web": "What a web page needs.",
    "recommendations": "Whom to contact, why, when, how and by whom.",
    "work": "What people do with them.",
    "decisions": "Why something was recommended, or not.",
    "steering": "What is stopped, shadowed and capped, by whom and why.",
    "quarantine": "What was refused, and another try.",
    "customers": "All that is known of one person.",
    "health": "For those who keep it running.",
}
_SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")


def complete(api: FastAPI) -> None:
    """Add the shape of problems, the ways to show a key, and what we call ourselves, to the document of ``api``."""
    make = api.openapi

    def describe() -> dict[str, Any]:
        document = make()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas |= {"Problem": problem.SCHEMA, "Recommendation": recommendation_schema(), **shapes.NAMED}
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        document["security"] = [{"bearer": []}, {"basic": []}, {"header": []}]
        for path in document["paths"].values():
            for operation in path.values():
                _say_stream_in_words_of_3_1(operation)
                _say_how_large(operation)
        document["tags"] = [{"name": name, "description": about} for name, about in _TAGS.items()]
        document["webhooks"] = {"recommendation.changed": {"post": _webhook()}}
        return document

    api.openapi = describe  # type: ignore[method-assign]


def openapi_document() -> dict[str, Any]:
    """The document without a running API: routes are described, never called, so they front nothing."""
    from prometheus_client import CollectorRegistry

    from streams.api.application import create_api
    from streams.api.settings import ApiSettings

    nothing = cast(Node, None)
    return create_api(nothing, ApiSettings(host="127.0.0.1", keys=""), CollectorRegistry()).openapi()


def _say_stream_in_words_of_3_1(operation: dict[str, Any]) -> None:
    """``itemSchema`` came with OpenAPI 3.2; in 3.1 an event stream is a text."""
    for response in operation["responses"].values():
        if "text/event-stream" in response.get("content", {}):
            response["content"]["text/event-stream"] = {"schema": {"type": "string"}}


def _say_how_large(operation: dict[str, Any]) -> None:
    """No request may be larger than what is allowed, whatever it asks for."""
    if "requestBody" in operation:
        too_large = {str(status): answer for status, answer in problem.documented(413).items() if status == 413}
        operation["responses"] = dict(sorted((operation["responses"] | too_large).items()))


def _webhook() -> dict[str, Any]:
    text = {"type": "string"}
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": "recommendation.changed"},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Recommendation", "Erased")]},
        },
    }
    return {
        "operationId": "recommendation_changed",
        "summary": "A recommendation changed",
        "description": "Sent to each webhook, signed as Standard Webhooks tells; the same id over all attempts.",
        "parameters": [{"name": name, "in": "header", "required": True, "schema": text} for name in _SIGNED],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "Taken"}, "410": {"description": "Send no more"}},
        "security": [],
    }
