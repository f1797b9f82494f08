"""Steering the embedded node: the next decision obeys, a restart too, and a pack is changed by two people."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from signals.config import Config
from signals.decision.controls import Control
from signals.pack.document import PackError
from streams.node import EmbeddedNode
from streams.steering import Refused, Steering, Who, Wish
from streams.steering.packs import pack_texts
from tests.streams.node.test_reload import _GLASS, PackFolder, decisions, glass_claim, opened

ANN, BOB = Who("ann", "key-ann"), Who("bob", "key-bob")
AT = "2026-03-02T10:00:00Z"


@pytest.fixture
def pack(tmp_path: Path) -> PackFolder:
    """The pack in its first version."""
    return PackFolder(tmp_path / "garage")


@pytest.fixture
def node(pack: PackFolder, tmp_path: Path) -> Iterator[EmbeddedNode]:
    """A node that runs it, early in March, and has seen one glass claim."""
    node = opened(pack, tmp_path)
    node.play([], 1772445600000)
    node.ingest([glass_claim("C1", AT)])
    yield node
    node.close()


def reasons(node: EmbeddedNode) -> list[str]:
    return [decision["reason"] for decision in node.queue.latest(10).items]


def test_the_next_decision_obeys_and_so_does_a_node_that_was_restarted(
    node: EmbeddedNode, pack: PackFolder, tmp_path: Path
) -> None:
    Steering(node).set(Wish("stop", "relationship.glass_damage", 1.0, "too many"), ANN)
    node.close()
    again = opened(pack, tmp_path)
    again.play([], 1772445600000)
    assert [(control.name, control.by, control.why) for control in again.controls()] == [
        ("relationship.glass_damage", "ann", "too many")
    ]
    again.ingest([glass_claim("C2", AT)])
    assert reasons(again) == ["KILL_SWITCH"]
    again.close()


def test_nobody_steers_by_sending_events(node: EmbeddedNode) -> None:
    forged = Control("stop", "all", 1.0, node.now(), None, "mallory", "because", "x").event()
    receipts = node.ingest([b'{"specversion":"1.0","id":"x","source":"/x","type":"%s","time":"2026-03-02T10:00:00Z",'
                            b'"subject":"customer:1","data":{}}' % forged.type.encode()])  # fmt: skip
    assert [(receipt.status, receipt.reason) for receipt in receipts] == [("quarantined", "UNKNOWN_TYPE")]
    assert node.controls() == []


def test_a_pack_is_proposed_with_what_it_changes_and_taken_over_when_another_person_agrees(
    node: EmbeddedNode, pack: PackFolder, tmp_path: Path
) -> None:
    files = pack_texts(pack.folder)
    files["pack.yaml"] = files["pack.yaml"].replace("1.0.0", "1.1.0")
    files["triggers/glass.yaml"] = _GLASS.replace("at_least: 2", "at_least: 1")
    steering = Steering(node)
    proposal = steering.propose("pack", "one is enough", ANN, node.compare_pack(files))
    assert proposal.pack is not None
    changed = proposal.pack["difference"]["triggers"]["relationship.glass_damage"]
    assert (changed["fired"], changed["lost"]) == (1, 0)
    assert "customer:1" not in str(proposal)
    with pytest.raises(Refused, match="another person"):
        steering.approve(proposal.id, Who("ann under another name", "key-ann"))
    steering.approve(proposal.id, BOB)
    node.ingest([glass_claim("C2", AT)])
    assert decisions(node) == [("relationship.glass_damage", "1.1.0")]
    pack.write("9.9.9", {"glass": "nonsense"})
    node.close()
    again = EmbeddedNode(Config(pack=str(pack.folder)), tmp_path / "data")
    assert again.pack.environment.fingerprint.version == "1.1.0"
    again.close()


def test_an_approved_pack_is_gone_back_on_by_two_people_as_well(
    node: EmbeddedNode, pack: PackFolder, tmp_path: Path
) -> None:
    steering = Steering(node)
    with pytest.raises(Refused, match="no earlier pack"):
        node.compare_earlier()
    files = pack_texts(pack.folder) | {"triggers/glass.yaml": _GLASS.replace("P365D", "P30D")}
    steering.approve(steering.propose("pack", "a month", ANN, node.compare_pack(files)).id, BOB)
    with pytest.raises(Refused, match="decides already"):
        node.compare_pack(files)
    assert len(list((tmp_path / "data" / "packs").iterdir())) == 1, "what nobody can approve is not kept"
    back = steering.propose("pack", "a year after all", BOB, node.compare_earlier())
    steering.approve(back.id, ANN)
    node.ingest([glass_claim("C2", AT)])
    assert reasons(node) == ["RELEASED"]
    with pytest.raises(Refused, match="no earlier pack"):
        node.compare_earlier()


def test_an_approved_pack_that_cannot_be_read_any_more_changes_nothing_and_may_be_approved_again(
    node: EmbeddedNode, pack: PackFolder
) -> None:
    steering = Steering(node)
    files = pack_texts(pack.folder) | {"triggers/glass.yaml": _GLASS.replace("P365D", "P30D")}
    proposal = steering.propose("pack", "a month", ANN, node.compare_pack(files))
    assert proposal.pack is not None
    kept = Path(proposal.pack["place"])
    kept.rename(kept.with_name("elsewhere"))
    with pytest.raises(PackError):
        steering.approve(proposal.id, BOB)
    pack.write("1.0.1", {"glass": _GLASS})
    assert node.reload().version == "1.0.1"
    kept.with_name("elsewhere").rename(kept)
    assert steering.approve(proposal.id, BOB).state == "approved"
    assert [entry.did for _, entry in node.ledger.entries(3)] == ["approved pack", "could not do pack", "approved pack"]


@pytest.mark.parametrize("name", ["../evil.yaml", "/etc/passwd", "triggers/../../x.yaml", "a/b/c/d.yaml", "x.py"])
def test_a_pack_writes_nowhere_else(node: EmbeddedNode, name: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="name files"):
        node.compare_pack({"pack.yaml": "name: x", name: "x"})
    assert not (tmp_path / "data" / "packs").exists()


def test_a_pack_that_cannot_be_used_is_refused_with_its_problems(node: EmbeddedNode, pack: PackFolder) -> None:
    with pytest.raises(PackError) as bad:
        node.compare_pack(pack_texts(pack.folder) | {"triggers/glass.yaml": _GLASS.replace("P365D", "a year")})
    assert bad.value.problems[0].startswith("triggers/glass.yaml:")
    with pytest.raises(PackError, match="extends"):
        node.compare_pack({"pack.yaml": "name: x\nversion: 1.0.0\nabout: x\ntimezone: UTC\nextends: /etc\n"})


def test_what_is_kept_to_try_packs_on_holds_nothing_of_who_was_erased(node: EmbeddedNode) -> None:
    head = {"specversion": "1.0", "source": "/test", "time": AT, "subject": "customer:1"}
    erase = head | {"id": "E1", "type": "privacy.requested", "data": {"kind": "erase"}}
    link = head | {"id": "E2", "type": "identity.linked", "subject": "customer:2"}
    link["data"] = {"from": "customer:1", "to": "customer:2"}
    assert len(node.journal_about(["customer:1"])) == 1
    node.ingest([json.dumps(erase).encode()])
    assert node.journal_about(["customer:1"]) == []
    node.ingest([glass_claim("C3", AT), json.dumps(link).encode()])
    assert node.journal_about(["customer:1"]) == []
