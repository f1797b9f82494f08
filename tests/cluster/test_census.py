"""The operations page of the cluster: what the workers count of their customers is added up."""

from typing import Any

from signals.config import Config
from streams.cluster.node import ClusterNode
from tests.cluster.workers import PS1, Cluster, search
from tests.servers.waiting import until

CUSTOMERS = 12


def promise(number: int) -> dict[str, Any]:
    data = {"promise": f"p{number}", "status": "made", "due": "2999-01-01", "what": "call back"}
    return {**search(number, number), "type": "promise.changed", "data": data}


def bought(number: int) -> dict[str, Any]:
    data = {"policy": f"c{number}", "product": "car", "change": "started"}
    return {**search(100 + number, number), "type": "policy.changed", "data": data}


def test_the_sums_of_two_workers_are_told_as_one(cluster: Cluster) -> None:
    config = cluster.folder / "config.yaml"
    config.write_text(f"pack: {PS1}\nholdout: {{share: 0.5}}\n")
    node = ClusterNode(cluster.settings, Config(pack=str(PS1)))
    for name in ("a", "b"):
        cluster.start(name, "signals", "--config", str(config))
    cluster.send([one for number in range(CUSTOMERS) for one in (promise(number), bought(number))])
    until(lambda: node.operations().get("promises", {}).get("open") == CUSTOMERS)
    told = node.operations()
    assert told["clock"]["customers"] == CUSTOMERS
    assert told["clock"]["idle"] == []
    assert (told["reach"], told["guards"]) == ([CUSTOMERS, 0, 0, 0, 0], {})
    arms = told["uplift"]["bought"]
    assert arms["treated"]["people"] + arms["holdout"]["people"] == CUSTOMERS
    assert arms["word"] == "too_early"
    node.close()
