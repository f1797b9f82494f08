"""The topics as an AsyncAPI 3 document: what to send, what there is to read, under which keys."""

import json
from importlib.metadata import version
from typing import Any

from signals.events.schema import event_schema
from signals.recommendation.schema import decision_schema, recommendation_schema
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topic, Topics, wanted

Document = dict[str, Any]
_BINDING = "0.5.0"
_JSON = "application/cloudevents+json"


def asyncapi_document(settings: ClusterSettings) -> Document:
    """The document for one installation; schemas are JSON Schema draft-07."""
    names = Topics.of(settings)
    topics = {topic.name: topic for topic in wanted(settings)}
    events, definitions = _events()
    channels = {
        "events": _channel(topics[names.events], events, "Events from outside, under any key.", settings),
        "recommendations": _channel(
            topics[names.recommendations],
            ["recommendation.changed"],
            "Every revision, keyed by its id; read committed, ignore older revisions.",
            settings,
        ),
        "decisions": _channel(
            topics[names.decisions],
            ["decision.changed", "customer.erased"],
            "One per candidate; and who is to be forgotten by all who keep a copy.",
            settings,
        ),
        "quarantine": _channel(topics[names.quarantine], ["quarantined"], "What could not be used, and why.", settings),
    }
    return {
        "asyncapi": "3.0.0",
        "id": "urn:signals",
        "info": {
            "title": "Purchase signals",
            "version": version("purchase-signals"),
            "description": "Events in as CloudEvents; recommendations, decisions and what was refused out.",
            "license": {"name": "Apache-2.0"},
            "contact": {"name": "Whoever runs this installation"},
        },
        "defaultContentType": _JSON,
        "servers": {"kafka": {"host": settings.kafka_bootstrap.split(",")[0], "protocol": "kafka"}},
        "channels": channels,
        "operations": {name: _operation(name, channel) for name, channel in channels.items()},
        "components": {"messages": _messages(definitions), "schemas": definitions},
    }


def _channel(topic: Topic, messages: list[str], about: str, settings: ClusterSettings) -> Document:
    configuration = _configuration(topic.fixed | topic.first)
    return {
        "address": topic.name,
        "description": about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": settings.replication,
                "topicConfiguration": configuration,
                "bindingVersion": _BINDING,
            }
        },
    }


def _configuration(values: dict[str, str]) -> Document:
    return {
        name: value.split(",") if name == "cleanup.policy" else int(value)
        for name, value in values.items()
        if name in ("cleanup.policy", "retention.ms")
    }


def _operation(name: str, channel: Document) -> Document:
    messages = [{"$ref": f"#/channels/{name}/messages/{message}"} for message in channel["messages"]]
    action = "receive" if name == "events" else "send"
    return {"action": action, "channel": {"$ref": f"#/channels/{name}"}, "messages": messages}


def _events() -> tuple[list[str], Document]:
    """The types of events, and all schemas: ours, and one for each event."""
    told = event_schema()
    shapes = {**told["$defs"]}
    types = []
    for own in told["oneOf"]:
        kind = own["properties"]["type"]["const"]
        types.append(kind)
        shapes[kind] = {
            "type": "object",
            "properties": {**told["properties"], **own["properties"]},
            "required": sorted({*told["required"], *own["required"]}),
        }
    shapes["recommendation.changed"] = _cloud_event("recommendation.changed", recommendation_schema())
    shapes["decision.changed"] = _cloud_event("decision.changed", decision_schema())
    customer = {"type": "object", "required": ["customer"], "properties": {"customer": {"type": "string"}}}
    shapes["customer.erased"] = _cloud_event("customer.erased", customer)
    shapes["quarantined"] = _quarantined()
    return types, _at_home(shapes)


def _at_home(shapes: Document) -> Document:
    """References count from the root of the document."""
    moved: Document = json.loads(json.dumps(shapes).replace("#/$defs/", "#/components/schemas/"))
    return moved


def _cloud_event(kind: str, data: Document) -> Document:
    text = {"type": "string"}
    properties = {"specversion": {"const": "1.0"}, "id": text, "source": text, "type": {"const": kind}}
    return {
        "type": "object",
        "properties": {**properties, "subject": text, "datacontenttype": text, "data": data},
        "required": [*properties, "subject", "data"],
    }


def _quarantined() -> Document:
    text, number = {"type": "string"}, {"type": "integer"}
    places = {"topic": text, "partition": number, "offset": number, "source_file": text, "line": number, "route": text}
    return {
        "type": "object",
        "properties": {"reason": text, "detail": text, "raw": text, "received": text, "item": number, **places},
        "required": ["reason", "detail", "raw", "received"],
    }


def _messages(shapes: Document) -> Document:
    found: Document = {}
    for name, shape in shapes.items():
        if "type" not in shape.get("properties", {}) and name != "quarantined":
            continue
        media = "application/json" if name == "quarantined" else _JSON
        found[name] = {"name": name, "contentType": media, "payload": {"$ref": f"#/components/schemas/{name}"}}
    return found
