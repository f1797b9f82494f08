"""The published schema says what the decoder does."""

import json
import subprocess
import sys
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.events.schema import event_schema
from tests.signals.events.examples import DATA, an_event

VALIDATOR = Draft202012Validator(event_schema())

BAD = [
    an_event(specversion="0.3"),
    an_event(id=""),
    an_event(id="x" * 513),
    an_event(source=3),
    an_event("contact.happened"),
    an_event(subject="market:NL"),
    an_event("market.changed", subject="customer:1"),
    an_event(data=[]),
    an_event(data={}),
    an_event(data={"channel": "fax"}),
    an_event(data={"channel": "phone", "sentiment": 2}),
    an_event(data={"channel": "phone", "resolved": "yes"}),
    an_event("web.viewed", data={"title": "no address"}),
    an_event("order.placed", data={"items": [{"quantity": 1}]}),
    {name: value for name, value in an_event().items() if name != "subject"},
    {name: value for name, value in an_event().items() if name != "data"},
]


def test_it_is_valid_json_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(event_schema())


@pytest.mark.parametrize("kind", DATA)
def test_schema_and_decoder_accept_the_same_examples(kind: str) -> None:
    assert isinstance(decode_object(an_event(kind)), Event)
    VALIDATOR.validate(an_event(kind))


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_schema_and_decoder_refuse_the_same_events(bad: dict[str, Any]) -> None:
    assert isinstance(decode_object(bad), Rejected)
    assert not VALIDATOR.is_valid(bad)


def test_the_command_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli", "schema", "events"], capture_output=True, check=True, text=True
    )
    assert json.loads(done.stdout) == event_schema()
