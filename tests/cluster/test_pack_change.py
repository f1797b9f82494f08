"""A pack is changed by two people while the cluster runs, holds after a restart with empty disks, and is taken back."""

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from signals.config import Config
from signals.pack.document import PackError
from streams.cluster.node import ClusterNode
from streams.cluster.packs import Shelf
from streams.steering import Refused, Steering, Who
from streams.steering.packs import pack_texts
from tests.cluster.workers import PS1, Cluster, contact
from tests.servers.waiting import until

ANN, BOB = Who("ann", "ann"), Who("bob", "bob")


def changed() -> dict[str, str]:
    """The small pack in another version, that needs two contacts more."""
    files = pack_texts(PS1)
    files["pack.yaml"] = files["pack.yaml"].replace("version: 1.0.0", "version: 2.0.0")
    rules = files["triggers/rules.yaml"]
    files["triggers/rules.yaml"] = rules.replace("at_least: 3", "at_least: 5")
    assert files["triggers/rules.yaml"] != rules
    return files


def decided(cluster: Cluster, first: int, contacts: int = 5) -> dict[str, Any]:
    """Contacts of a new customer, and the decision they lead to."""
    cluster.send([contact(first + number, first) for number in range(contacts)])
    customer = f"customer:{first}"
    found = cluster.read(
        cluster.topics.decisions, lambda records: any(one["data"]["customer"] == customer for one in records)
    )
    return next(one["data"] for one in found if one["data"]["customer"] == customer)


def test_two_people_change_the_pack_of_all_workers_and_change_it_back(cluster: Cluster, tmp_path: Path) -> None:
    worker = cluster.start("a", "signals", "--pack", str(PS1))
    config = Config(pack=str(PS1))
    here, there = ClusterNode(cluster.settings, config), ClusterNode(cluster.settings, config)
    assert decided(cluster, 100, 4)["pack"]["version"] == "1.0.0"
    with pytest.raises(Refused, match="no earlier pack"):
        here.compare_earlier()
    pack = here.compare_pack(changed())
    assert (pack["version"], pack["difference"]["triggers"]["repeated_contact"]["lost"]) == ("2.0.0", 1)
    asked = Steering(here).propose("pack", "three is too soon", ANN, pack)
    with pytest.raises(Refused, match="another person"):
        Steering(here).approve(asked.id, ANN)
    Steering(there).approve(asked.id, BOB)
    until(lambda: version(here) == "2.0.0")
    assert decided(cluster, 200)["pack"]["version"] == "2.0.0"
    with pytest.raises(Refused, match="decides already"):
        here.compare_pack(changed())
    worker.kill()
    here.close()
    shutil.rmtree(cluster.folder / "a")
    cluster.start("b", "signals", "--pack", str(PS1))
    again = ClusterNode(cluster.settings, config)
    until(lambda: version(again) == "2.0.0")
    assert decided(cluster, 300)["pack"]["version"] == "2.0.0"
    back = Steering(again).propose("pack", "it was right before", BOB, again.compare_earlier())
    Steering(there).approve(back.id, ANN)
    until(lambda: version(again) == "1.0.0")
    assert decided(cluster, 400)["pack"]["version"] == "1.0.0"
    again.close()
    there.close()


def version(node: ClusterNode) -> str:
    """The version by which the workers decide."""
    told: str = node.operations().get("controls", {"pack": {"version": ""}})["pack"]["version"]
    return told


def test_a_pack_that_cannot_be_written_here_is_refused_with_the_folder(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("a file")
    with closing(Shelf(cluster.settings, tmp_path / "packs")) as shelf:
        shelf.approve([shelf.keep(changed())])
        with pytest.raises(PackError, match=r"can't be written to .*packs: Not a directory"):
            shelf.decides()
