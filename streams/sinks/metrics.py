"""How deliveries go, as metrics read from the outbox when somebody looks."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.sinks.outbox import Outbox

_log = structlog.get_logger("signals.sinks")


class DeliveryCollector(Collector):
    """Counts per sink out of the outbox at ``path``."""

    def __init__(self, path: Path, sinks: Sequence[str]) -> None:
        self._path = path
        self._sinks = sinks
        self._sees = True

    def collect(self) -> Iterable[Metric]:
        """All metrics of the outbox, as far as it can be read."""
        readable = GaugeMetricFamily("signals_deliveries_readable", "0 when the outbox could not be read.")
        try:
            told = list(self._read())
        except sqlite3.Error as error:  # all other metrics are told all the same
            if self._sees:
                _log.error("the outbox can't be read", file=str(self._path), error=str(error))
            self._sees, told = False, []
        else:
            self._sees = True
        readable.add_metric([], int(self._sees))
        yield from (readable, *told)

    def _read(self) -> Iterable[Metric]:
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
