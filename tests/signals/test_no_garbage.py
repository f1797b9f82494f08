"""The engine leaves no rings of objects behind, so a run over files need never look for garbage."""

import gc
from pathlib import Path

import pytest

from signals.config import Config
from signals.decision.verdict import Case
from signals.engine import Engine
from signals.events.decode import decode_structured
from signals.events.event import Event
from signals.pack.compile import open_pack
from streams.garbage import looking_never

EVENTS = Path(__file__).parents[1] / "golden" / "hand_written.jsonl"


@pytest.mark.parametrize("explaining", [False, True])
def test_cases_that_were_decided_are_gone_without_a_look_for_garbage(explaining: bool) -> None:
    read = map(decode_structured, EVENTS.read_bytes().splitlines())
    engine = Engine(open_pack(Config()), explaining=explaining)
    gc.collect()
    with looking_never():
        batch = engine.process(event for event in read if isinstance(event, Event))
        cases = [one for one in gc.get_objects() if type(one) is Case]
    assert batch.decisions
    assert cases == []


def test_looks_for_garbage_go_on_after_a_run() -> None:
    with looking_never():
        assert not gc.isenabled()
    assert gc.isenabled()
