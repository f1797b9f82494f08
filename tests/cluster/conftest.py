"""A cluster per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.workers import Cluster


@pytest.fixture
def cluster(kafka: str, redis_url: str, tmp_path: Path) -> Iterator[Cluster]:
    """An installation under a prefix of its own."""
    installation = Cluster(kafka, redis_url, tmp_path)
    yield installation
    installation.stop()
