"""A running worker takes over a changed pack on SIGHUP: state stays, decisions carry its version, rows its dates."""

import asyncio
import json
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from signals.config import Config
from signals.engine import Engine
from signals.pack.compile import Pack, open_pack
from streams.cluster.fetching import Fetched
from streams.cluster.routing import shard_of
from streams.cluster.shards import Shards
from streams.cluster.topics import find_topics
from tests.cluster.test_shard import Record
from tests.cluster.workers import PS1, Cluster, contact, search
from tests.servers.process import Server
from tests.servers.waiting import until

OPENING = """
opening:
  about: The season opens.
  class: service
  calendar: {season: switching, moment: opening, who: 1 == 1, saw: *saw}
  play: {channels: [phone], window: {closes: P1D}, why: *saw, say: *saw}
"""


@dataclass
class Engines:
    """Those of a pack; ``made`` hears of each."""

    known: Pack
    made: Callable[[], object] = lambda: None

    @property
    def pack(self) -> Mapping[str, str]:
        return self.known.environment.fingerprint._asdict()

    def make(self, load: Callable[[str], bytes | None], owns: Callable[[str], bool]) -> Engine:
        self.made()
        return Engine(self.known, load, owns, write_through=False)


def ticked(moment: str) -> dict[str, Any]:
    return {key: value for key, value in {**search(99, 0), "type": "clock.ticked", "time": moment, "data": {}}.items()
            if key != "subject"}  # fmt: skip


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of its own, to change."""
    return shutil.copytree(PS1, tmp_path / "pack")


def hang_up(worker: Server, answer: str) -> None:
    """Send SIGHUP and wait for what the worker says to it."""
    assert worker.process is not None
    begin = len(worker.said())
    worker.process.send_signal(signal.SIGHUP)
    until(lambda: answer in worker.said()[begin:])


def prepared(cluster: Cluster) -> int:
    """How often a shard has finished its rows for a pack."""
    return sum(record.key == b"\x00pack" for record in cluster.records(cluster.topics.changelog))


def test_a_changed_pack_is_taken_over_without_a_restart(cluster: Cluster, pack: Path) -> None:
    worker = cluster.start("a", "signals", "--pack", str(pack))
    cluster.send([contact(1, 1), contact(2, 1)])
    until(lambda: prepared(cluster) == cluster.settings.partitions)
    header = pack / "pack.yaml"
    header.write_text(header.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    rules, calendar = pack / "triggers" / "rules.yaml", pack / "calendars" / "switching.yaml"
    rules.write_text(rules.read_text() + OPENING)
    calendar.write_text(calendar.read_text() + "moments: {opening: 11-12T00:00}\n")
    hang_up(worker, "pack taken over")
    until(lambda: prepared(cluster) == 2 * cluster.settings.partitions)
    cluster.send([contact(3, 1)])
    cluster.recommendations(1)
    cluster.send([ticked("2026-11-20T00:00:00Z")])
    made = {one["trigger"]: one for one in cluster.recommendations(3)}  # the first also expires
    assert set(made) == {"repeated_contact", "opening"}
    assert made["repeated_contact"]["why"]["en"] == "3"
    assert {one["pack"]["version"] for one in made.values()} == {"2.0.0"}


def test_a_shard_that_is_being_opened_takes_over_the_pack_too(cluster: Cluster, pack: Path) -> None:
    old = open_pack(Config(pack=str(pack)))
    header = pack / "pack.yaml"
    header.write_text(header.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    new = Engines(open_pack(Config(pack=str(pack))))

    async def work() -> None:
        swaps: list[asyncio.Task[None]] = []
        opening = Engines(old, lambda: swaps.append(asyncio.create_task(shards.take_over(new, lambda: True))))
        failures: list[BaseException] = []
        settings = cluster.settings.model_copy(update={"data": cluster.folder})
        shards = Shards(settings, find_topics(settings), opening, failures.append)
        count = settings.partitions
        await shards.assign(set(range(count)))
        await asyncio.gather(*swaps)
        for number in range(count):
            customer = next(one for one in range(100) if shard_of(f"customer:{one}", count) == number)
            told = [json.dumps(contact(place, customer)).encode() for place in range(3)]
            records = [Record(offset, value) for offset, value in enumerate(told)]
            fetched = Fetched(cluster.topics.events, number, records, len(records), 0, 0)  # type: ignore[arg-type]
            await shards.take_in(fetched, lambda _: True)
        await shards.close()
        assert failures == []

    asyncio.run(work())
    made = cluster.recommendations(cluster.settings.partitions)
    assert [one["pack"]["version"] for one in made] == ["2.0.0"] * cluster.settings.partitions


def test_a_pack_with_faults_is_refused_and_the_old_one_goes_on(cluster: Cluster, pack: Path) -> None:
    worker = cluster.start("a", "signals", "--pack", str(pack))
    (pack / "triggers" / "rules.yaml").write_text("broken: [")
    hang_up(worker, "the changed pack is refused")
    cluster.send([contact(number, 1) for number in range(3)])
    assert cluster.recommendations(1)[0]["pack"]["version"] == "1.0.0"
