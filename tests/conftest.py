"""What every test may use."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.servers.fixtures import browser, kafka, redis_url

__all__ = ["SHARED", "browser", "kafka", "redis_url"]

SHARED = Path(__file__).resolve().parents[2] / "shared"

settings.register_profile(
    "shared machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # a run of CI tells of the change at hand; people's runs look further
)
settings.load_profile("shared machine")
