"""A changed pack is taken over between two batches: nothing is lost, and every later decision tells the new version."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from signals.calendar.instant import format_instant, parse_instant
from signals.config import Config
from signals.pack.document import PackError
from streams.node import EmbeddedNode
from streams.queue import Filter
from tests.servers.process import Server, free_port
from tests.servers.waiting import until

_GLASS = """
relationship.glass_damage:
  about: Two glass claims are worth a call.
  class: service
  count:
    of: [{on: claim.changed, if: "data.status == 'opened'", key: "'glass'"}]
    at_least: 2
    within: P365D
    saw: {en: "opened a glass claim", nl: "meldde glasschade"}
  play: &play
    channels: [email, phone]
    desk: service
    window: {best: P3D, closes: P30D}
    why: {en: "WHY", nl: "WAAROM"}
    say: {en: "Tell about prevention.", nl: "Vertel over preventie."}
"""
_SEASON = """
season.motor_de.opening:
  about: Holders hear of it when the season opens.
  class: care
  calendar:
    season: motor_de
    moment: opening
    who: holds('car')
    saw: {en: "has such a policy", nl: "heeft zo'n polis"}
  play:
    channels: [email]
    desk: service
    window: {best: P3D, closes: P30D}
    why: {en: "Open.", nl: "Open."}
    say: {en: "Hello.", nl: "Hallo."}
"""
_START = parse_instant("2026-03-02T10:00:00Z")


class PackFolder:
    """A pack that people edit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "triggers").mkdir(parents=True)
        self.write("1.0.0", {"glass": _GLASS})

    def write(self, version: str, triggers: dict[str, str]) -> None:
        header = {
            "name": "garage",
            "version": version,
            "about": "For tests.",
            "timezone": "Europe/Berlin",
            "products": {"car": ["auto"]},
            "calendars": ["motor_de"],
            "holidays": {"country": "DE"},
        }
        (self.folder / "pack.yaml").write_text(json.dumps(header))
        for name, text in triggers.items():
            (self.folder / "triggers" / f"{name}.yaml").write_text(text)


@pytest.fixture
def pack(tmp_path: Path) -> PackFolder:
    """The pack in its first version."""
    return PackFolder(tmp_path / "garage")


@pytest.fixture
def node(pack: PackFolder, tmp_path: Path) -> Iterator[EmbeddedNode]:
    """A node that runs it, early in March."""
    node = opened(pack, tmp_path)
    node.play([], _START)
    yield node
    node.close()


def opened(pack: PackFolder, folder: Path) -> EmbeddedNode:
    return EmbeddedNode(Config(pack=str(pack.folder)), folder / "data")


def event(id: str, type: str, moment: str, **data: Any) -> bytes:
    head = {"specversion": "1.0", "id": id, "source": "/test", "subject": "customer:1", "type": type, "time": moment}
    return json.dumps({**head, "data": data}).encode()


def glass_claim(id: str, moment: str) -> bytes:
    return event(id, "claim.changed", moment, claim=id, status="opened")


def decisions(node: EmbeddedNode) -> list[tuple[str, str]]:
    return [(one["trigger"], one["pack"]["version"]) for one in node.queue.latest(50).items]


def test_what_was_counted_before_counts_on_and_the_decision_tells_the_new_version(
    node: EmbeddedNode, pack: PackFolder
) -> None:
    node.ingest([glass_claim("C1", "2026-03-02T10:00:00Z")])
    pack.write("1.1.0", {"glass": _GLASS.replace("WHY", "Second one.")})
    assert node.reload().version == "1.1.0"
    node.ingest([glass_claim("C2", "2026-03-02T10:00:00Z")])
    assert decisions(node) == [("relationship.glass_damage", "1.1.0")]
    [item] = node.queue.list(Filter(), node.now(), 10).items
    assert item.recommendation["why"]["en"] == "Second one."


def test_a_bad_pack_is_refused_with_all_its_problems_and_the_old_one_goes_on(
    node: EmbeddedNode, pack: PackFolder
) -> None:
    node.ingest([glass_claim("C1", "2026-03-02T10:00:00Z")])
    pack.write("1.1.0", {"glass": _GLASS.replace("data.status", "data.status ==").replace("P365D", "a year")})
    pack.write("1.1.0", {"other": _GLASS.replace("class: service", "class: nonsense")})
    with pytest.raises(PackError) as refused:
        node.reload()
    assert {"glass.yaml", "other.yaml"} <= {Path(line.split(":")[0]).name for line in refused.value.problems}
    node.ingest([glass_claim("C2", "2026-03-02T10:00:00Z")])
    assert decisions(node) == [("relationship.glass_damage", "1.0.0")]


def held_car(node: EmbeddedNode) -> None:
    moment = format_instant(node.now())
    node.ingest([event("P1", "policy.changed", moment, policy="A1", product="auto", change="started", premium=40)])


def test_moments_that_are_new_in_the_pack_come_for_customers_known_before(node: EmbeddedNode, pack: PackFolder) -> None:
    held_car(node)
    pack.write("2.0.0", {"season": _SEASON})
    node.reload()
    node.play([], _START + round(timedelta(days=300) / timedelta(milliseconds=1)))
    assert decisions(node) == [("season.motor_de.opening", "2.0.0")]


def test_so_they_do_when_the_pack_changed_while_the_node_was_down(
    node: EmbeddedNode, pack: PackFolder, tmp_path: Path
) -> None:
    held_car(node)
    node.close()
    pack.write("2.0.0", {"season": _SEASON})
    again = opened(pack, tmp_path)
    again.play([], _START + round(timedelta(days=300) / timedelta(milliseconds=1)))
    assert decisions(again) == [("season.motor_de.opening", "2.0.0")]
    again.close()


def test_reloading_the_same_pack_again_and_again_fires_nothing_twice(node: EmbeddedNode, pack: PackFolder) -> None:
    pack.write("2.0.0", {"season": _SEASON})
    node.reload()
    held_car(node)
    for month in range(1, 12):
        node.play([], _START + round(timedelta(days=30 * month) / timedelta(milliseconds=1)))
        node.reload()
    assert decisions(node) == [("season.motor_de.opening", "2.0.0")]


def test_a_running_node_takes_the_pack_over_on_sighup(pack: PackFolder, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"pack: {pack.folder}\n")
    port = free_port()
    place = ["--config", str(config), "--data", str(tmp_path / "data"), "--port", str(port)]
    process = Server([sys.executable, "-m", "streams.cli", "run", *place], tmp_path / "node.log")
    try:
        process.start(lambda log: "listening" in log)
        assert process.process
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            answered(client)
            pack.write("1.2.0", {"glass": "nonsense: {}"})
            os.kill(process.process.pid, signal.SIGHUP)
            until(lambda: "the old one stays" in process.said())
            assert version(client) == "1.0.0"
            pack.write("1.2.0", {"glass": _GLASS})
            os.kill(process.process.pid, signal.SIGHUP)
            until(lambda: version(client) == "1.2.0")
    finally:
        ended = process.stop()
    assert ended == 0


def version(client: httpx.Client) -> str:
    return str(client.get("/v1/operations").json()["controls"]["pack"]["version"])


def answered(client: httpx.Client) -> None:
    """Wait until the server takes connections."""

    def there() -> bool:
        try:
            return client.get("/ready").status_code == 200
        except httpx.TransportError:
            return False

    until(there)
