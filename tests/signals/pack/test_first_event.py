"""A worker's first events don't wait for what a pack's rules are compiled to."""

from collections.abc import Sequence
from typing import Any

import pytest

from signals.config import Config
from signals.engine import Engine
from signals.pack.compile import open_pack
from signals.triggers import rules
from tests.signals.properties.histories import BEGIN, HAPPENINGS, event_of


def test_all_rules_are_compiled_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = open_pack(Config())

    def too_late(asking: Sequence[Any], functions: Any) -> None:
        raise AssertionError("rules are compiled while an event waits")

    monkeypatch.setattr(rules, "bundle", too_late)
    happenings = [happening for kind in HAPPENINGS for happening in kind]
    events = [event_of(number, BEGIN, "customer:1", happening) for number, happening in enumerate(happenings)]
    Engine(pack).process(events)
