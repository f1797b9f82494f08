"""What every test may use."""

from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.servers.fixtures import browser, kafka, redis_url

__all__ = ["SHARED", "browser", "kafka", "redis_url"]

SHARED = Path(__file__).resolve().parents[2] / "shared"

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")
