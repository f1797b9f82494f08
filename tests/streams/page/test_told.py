"""Everything the engine says of a decision can be read in Dutch."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from signals.config import Config
from signals.events.decode import encode
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.page.told import Told
from streams.page.words import Words
from streams.replay import Options, replay
from tests.golden.replayed import HERE

ZONE = ZoneInfo("Europe/Amsterdam")
SAME = {"live"}
"""Said alike in both languages."""


def said(folder: Path) -> Iterator[str]:
    """What is said of the decisions of hand-written events, and of a small population's year with caps and holdout."""
    events = folder / "year.jsonl"
    events.write_bytes(b"".join(encode(event) + b"\n" for event in Simulation(60, 365, 4, date(2025, 1, 1)).events()))
    config = Config.model_validate(
        {
            "holdout": {"share": 0.2},
            "caps": [{"class": "sales", "per": "P1D", "max": 1}, {"class": "sales", "per": "P14D", "max": 2}],
            "quiet_hours": {"email": "20:00-09:00", "phone": "20:00-09:00"},
            "desks": {"advisers": {"capacity_per_hour": 1}},
        }
    )
    summary = replay(Options((str(events), str(HERE / "hand_written.jsonl")), config, processes=1))
    for line in summary.decisions.values():
        yield json.loads(line)["detail"]
    for line in summary.recommendations.values():
        record = json.loads(line)
        yield from (gate["detail"] for gate in record["gates"])
        yield from (piece["saw"] for piece in record["evidence"])
        yield from (text for other in record["counterfactual"] for text in (other["change"], other["then"]))


def test_nothing_said_of_a_year_of_decisions_is_left_in_english(tmp_path: Path) -> None:
    told = Told(Words("nl", ZONE), open_pack(Config()).sayings)
    left = {text for text in said(tmp_path) if text and text not in SAME and told(text) == text}
    assert not left


def test_what_stands_in_the_gaps_is_named_as_everywhere() -> None:
    sayings = open_pack(Config()).sayings
    dutch, english = Told(Words("nl", ZONE), sayings), Told(Words("en", ZONE), sayings)
    assert dutch("given for marketing, profiling by email, phone").endswith("per e-mail, telefoon")
    assert dutch("probability 0.82, at least 0.50") == "kans 0,82, minstens 0,50"
    assert dutch("pays more for car insurance than Zuiderzorg asks") == (
        "betaalt meer voor autoverzekering dan Zuiderzorg vraagt"
    )
    assert dutch("priority 3.50; next is life_event.move") == "voorrang 3,50; daarna Verhuizing"
    assert dutch("1 of 1 in P1D, 0 of 2 in P14D") == "1 van 1 in 1 dag, 0 van 2 in 14 dagen"
    assert english("ended by 2026-09-18T15:00:00Z") == "ended by Fri 18 Sep 2026, 17:00"
    seen = Told(Words("nl", ZONE), sayings, {"m1": "said they are moving"})
    assert seen("without event m1") == "zonder “zei te gaan verhuizen” (m1)"
    assert english("what nobody translated") == dutch("what nobody translated") == "what nobody translated"
