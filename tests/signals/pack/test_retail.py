"""The shop's pack proves that sectors live in packs: it works on real orders, and knows nothing of insurance."""

import re
from pathlib import Path

import signals
from signals.config import Config
from signals.pack.load import BUILT_IN, load_pack
from streams.replay import Options, replay
from streams.sources.time_order import in_time_order
from tests.realdata.test_mappers import events_of

INSURANCE = re.compile(r"insur|verzeker|premi|polis|policy_|mortgage|hypothe|zorg", re.IGNORECASE)


def test_the_shops_pack_has_no_word_of_insurance() -> None:
    for path in sorted((BUILT_IN / "retail").rglob("*.yaml")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            assert not INSURANCE.search(line), f"{path.name}:{number}: {line}"


def test_no_program_names_a_trigger_of_the_insurers_pack() -> None:
    own = set(load_pack("insurance-nl").triggers) - set(load_pack("retail").triggers)
    programs = Path(signals.__file__).parent
    for path in sorted([*programs.glob("engine.py"), *(programs / "triggers").rglob("*.py")]):
        text = path.read_text()
        assert [name for name in own if name in text] == [], path.name


def test_a_year_of_real_orders_gives_reorders_silences_and_anniversaries(tmp_path: Path) -> None:
    orders = tmp_path / "orders.jsonl"
    with orders.open("wb") as file:
        file.writelines(
            line + b"\n" for line in in_time_order(events_of("retail/online_retail_lines.csv.gz", "retail_orders.yaml"))
        )
    summary = replay(Options((str(orders),), Config(pack="retail"), processes=1))
    fired = {trigger for trigger, _, _ in summary.outcomes.values()}
    assert fired == {"purchase.replenishment", "purchase.milestone", "relationship.growing_apart"}
    assert sum(trigger == "purchase.replenishment" for trigger, _, _ in summary.outcomes.values()) > 4_500
    assert not summary.quarantined
