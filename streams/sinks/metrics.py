"""How deliveries go, as metrics read from the outbox when somebody looks."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.sinks.outbox import Outbox


class DeliveryCollector(Collector):
    """Counts per sink out of the outbox at ``path``."""

    def __init__(self, path: Path, sinks: Sequence[str]) -> None:
        self._path = path
        self._sinks = sinks

    def collect(self) -> Iterable[Metric]:
        """All metrics of the outbox."""
        attempts = CounterMetricFamily("signals_deliveries", "Attempts to deliver.", labels=["endpoint", "outcome"])
        waiting = GaugeMetricFamily("signals_deliveries_waiting", "Changes still to deliver.", labels=["endpoint"])
        dead = GaugeMetricFamily("signals_deliveries_dead", "Changes given up: dead letters.", labels=["endpoint"])
        disabled = GaugeMetricFamily("signals_endpoint_disabled", "1 when switched off (410).", labels=["endpoint"])
        with closing(Outbox(self._path)) as outbox:
            for health in outbox.health(self._sinks):
                attempts.add_metric([health.endpoint, "delivered"], health.delivered)
                attempts.add_metric([health.endpoint, "failed"], health.failed)
                waiting.add_metric([health.endpoint], health.waiting)
                dead.add_metric([health.endpoint], health.dead)
                disabled.add_metric([health.endpoint], health.disabled is not None)
        yield from (attempts, waiting, dead, disabled)
