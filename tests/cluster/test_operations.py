"""What the operations page tells of several workers together."""

from typing import Any

from streams.cluster.node import pack_at_work


def worker(version: str, *shards: int) -> dict[str, Any]:
    return {"shards": list(shards), "pack": {"name": "garage", "version": version, "digest": f"digest of {version}"}}


def test_the_pack_is_the_one_that_most_shards_decide_by() -> None:
    assert pack_at_work([worker("1.9.0", 0), worker("1.10.0", 1, 2)])["version"] == "1.10.0"
    assert pack_at_work([worker("1.9.0", 0), worker("1.10.0", 1), worker("1.9.0", 2)])["version"] == "1.9.0"
