"""How much faster the decoder is than the plain way: ``json.loads`` and a pydantic model per event type.

Run with ``python -m tests.benchmarks.bench_decode``.
"""

import json
from collections.abc import Callable
from datetime import datetime
from timeit import repeat
from typing import Annotated, Any, Literal, Required, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from signals.events.catalogue import CATALOGUE
from signals.events.decode import decode_structured, encode
from signals.events.event import Event
from tests.signals.events.examples import DATA, an_event

MIX = ["contact.received", "contact.made", "web.viewed", "web.viewed", "web.searched", "policy.changed", "order.placed"]


class Envelope(BaseModel):
    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: datetime
    subject: str


def plain_model(kind: str) -> TypeAdapter[Any]:
    """The data of the type as an ordinary pydantic model inside an ordinary envelope."""
    shape = CATALOGUE[kind]
    shape = get_args(shape)[0] if get_origin(shape) is Annotated else shape
    hints = get_type_hints(shape, include_extras=True)
    fields: dict[str, Any] = {
        name: (get_args(hint)[0], ...) if get_origin(hint) is Required else (hint, None) for name, hint in hints.items()
    }
    data = create_model(kind, __config__=ConfigDict(extra="allow"), **fields)
    return TypeAdapter(create_model("Event", __base__=Envelope, data=(data, ...)))


def seconds_per_call(work: Callable[[], object]) -> float:
    return min(repeat(work, number=500, repeat=60)) / 500


def main() -> None:
    raws = [json.dumps(an_event(kind, id=f"e-{number}")).encode() for number, kind in enumerate(MIX)]
    models = {kind: plain_model(kind) for kind in MIX}
    events = [event for raw in raws if isinstance(event := decode_structured(raw), Event)]

    def plain() -> None:
        for raw in raws:
            envelope = json.loads(raw)
            models[envelope["type"]].validate_python(envelope)

    ours = seconds_per_call(lambda: [decode_structured(raw) for raw in raws]) / len(raws)
    theirs = seconds_per_call(plain) / len(raws)
    out = seconds_per_call(lambda: [encode(event) for event in events]) / len(raws)
    size = sum(map(len, raws)) // len(raws)
    print(f"{size} bytes/event, {len(DATA)} types known")
    print(f"decode {ours * 1e6:.2f} µs/event; json + pydantic models {theirs * 1e6:.2f}; ratio {theirs / ours:.1f}")
    print(f"encode {out * 1e6:.2f} µs/event")


if __name__ == "__main__":
    main()
