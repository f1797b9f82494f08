"""A replay comes to the same decisions however many processes share it, also on what comes late and out of order."""

from pathlib import Path

from signals.calendar.instant import DAY, HOUR, MINUTE
from signals.config import Config
from signals.events.decode import encode
from signals.events.event import Event
from streams.replay.run import Options, replay
from streams.replay.shards import Shards
from tests.signals.scenarios.driver import moment

BEGIN = moment("2026-10-20T00:00")
ALONE, BUSY = "device:d", "customer:2"


def test_a_late_event_comes_after_what_was_due_before_it_in_every_process(tmp_path: Path) -> None:
    """The one it is about has no other event that would have moved time on in their process."""
    assert Shards(2).shard_of(ALONE) != Shards(2).shard_of(BUSY)
    quote = {"form": "quote", "step": "started", "product": "car"}
    events = [
        Event(purpose, "/t", "consent.changed", BEGIN, BEGIN, ALONE, {"purpose": purpose, "given": True})
        for purpose in ("marketing", "profiling")
    ]
    events.append(Event("quote", "/t", "form.changed", BEGIN, BEGIN, ALONE, quote))
    for number in range(10_500):  # so many that a part is worked on before the end of the file
        at = BEGIN + number * MINUTE
        events.append(Event(f"e{number}", "/t", "web.viewed", at, at, BUSY, {"url": "/"}))
    complaint = {"complaint": "K1", "status": "opened"}
    events.append(Event("late", "/t", "complaint.changed", BEGIN + HOUR, BEGIN + 8 * DAY, ALONE, complaint))
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(map(encode, events)))
    runs = [replay(Options((str(file),), Config(), processes=processes)) for processes in (1, 2)]
    assert runs[0].decisions
    assert runs[1].decisions == runs[0].decisions
    assert runs[1].events == runs[0].events
