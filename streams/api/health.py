"""Health, readiness and metrics, for those who keep it running."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.api.node import Node
from streams.api.problem import UNREACHABLE, Problem, documented
from streams.trigger_labels import OTHER, TriggerLabels

_log = structlog.get_logger("signals.api")

_Labels = tuple[str, ...]

_OPEN: dict[str, Any] = {"security": []}
"""Needs no key."""


class QueueCollector(Collector):
    """Decisions and desks as metrics, read from the queue when somebody looks."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._triggers = TriggerLabels()
        self._parts: dict[str, Callable[[], Iterable[Metric]]] = {
            "decisions": self._decisions,
            "desks": self._desks,
            "outcomes": self._precisions,
            "overrules": self._overrules,
        }
        self._unread: set[str] = set()

    def collect(self) -> Iterable[Metric]:
        """All metrics of the queue that can be read, and which part can't: this process is well, and its others are
        told."""
        readable = GaugeMetricFamily("signals_queue_readable", "0 when a part could not be read.", labels=["part"])
        told: list[Metric] = [readable]
        is_away = False
        for part, read in self._parts.items():
            found = None if is_away else self._read(part, read)
            is_away = is_away or (found is None and part not in self._unread)  # the others would wait for it as long
            told += found or []
            readable.add_metric([part], int(found is not None))
        return told

    def _read(self, part: str, read: Callable[[], Iterable[Metric]]) -> list[Metric] | None:
        """The metrics of a part; None when they can't be read now, of which the log tells unless all is away."""
        try:
            found = list(read())
        except UNREACHABLE:
            return None
        except Exception as error:
            if part not in self._unread:
                _log.error("metrics can't be read", part=part, error=f"{type(error).__name__}: {error}")
            self._unread.add(part)
            return None
        self._unread.discard(part)
        return found

    def _decisions(self) -> Iterable[Metric]:
        funnel = self._node.queue.funnel()
        candidates = CounterMetricFamily("signals_candidates", "Candidates seen.", labels=["trigger"])
        for trigger, count in _summed(((self._triggers.of(name),), count) for name, count in funnel.candidates.items()):
            candidates.add_metric(trigger, count)
        decisions = GaugeMetricFamily(
            "signals_decisions", "Candidates by where they are now.", labels=["trigger", "reason", "status"]
        )
        tallies = (((self._triggers.of(one.trigger), one.reason, one.status), one.count) for one in funnel.tallies)
        for where, count in _summed(tallies):
            decisions.add_metric(where, count)
        conserved = GaugeMetricFamily(
            "signals_decisions_conserved", "1 when candidates equal the sum of their reasons."
        )
        conserved.add_metric([], int(funnel.conserved))
        yield from (candidates, decisions, conserved)

    def _precisions(self) -> Iterable[Metric]:
        labels = ["trigger", "channel", "segment"]
        right = GaugeMetricFamily("signals_precision", "Share of outcomes that were right.", labels=labels)
        stated = GaugeMetricFamily("signals_precision_stated", "How probable they were held to be.", labels=labels)
        outcomes = CounterMetricFamily("signals_outcomes", "Recommendations known to be right or wrong.", labels=labels)
        for one in self._node.precisions():
            kind = [self._triggers.of(one.trigger), one.channel, one.segment]
            if kind[0] == OTHER:  # of several that have no series of their own there is no one share
                continue
            right.add_metric(kind, one.right / one.outcomes)
            stated.add_metric(kind, one.stated)
            outcomes.add_metric(kind, one.outcomes)
        yield from (right, stated, outcomes)

    def _overrules(self) -> Iterable[Metric]:
        labels = ["trigger", "reason", "direction"]
        overrules = CounterMetricFamily("signals_overrules", "Decisions that people overruled.", labels=labels)
        told = (
            ((self._triggers.of(one.trigger), one.reason, one.direction), one.count) for one in self._node.overrules()
        )
        for what, count in _summed(told):
            overrules.add_metric(what, count)
        yield overrules

    def _desks(self) -> Iterable[Metric]:
        depth = GaugeMetricFamily(
            "signals_queue_depth", "Released recommendations at a desk.", labels=["desk", "state"]
        )
        value = GaugeMetricFamily("signals_queue_value", "Total value of what could be claimed now.", labels=["desk"])
        for desk in self._node.queue.desks(self._node.now()):
            value.add_metric([desk.desk], desk.value)
            for state in ("available", "claimed", "waiting"):
                depth.add_metric([desk.desk, state], getattr(desk, state))
        yield from (depth, value)


def _summed(counted: Iterable[tuple[_Labels, int]]) -> Iterable[tuple[_Labels, int]]:
    """One sum for all that have the same labels."""
    sums = Counter[_Labels]()
    for labels, count in counted:
        sums[labels] += count
    return sums.items()


class Readiness:
    """Looks whether all is well, one look at a time: it may wait for Kafka, and anybody may ask."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._looking = threading.Lock()
        self._wrong: Exception | None = None

    def wrong(self) -> Exception | None:
        """What is the matter now; while another looks, what was found before."""
        if self._looking.acquire(blocking=False):
            try:
                self._wrong = self._look()
            finally:
                self._looking.release()
        return self._wrong

    def _look(self) -> Exception | None:
        try:
            self._node.check()
            self._node.queue.check()
        except Exception as error:
            if str(error) != str(self._wrong):
                _log.warning("not ready", error=str(error))
            return error
        return None


def routes(node: Node, registry: CollectorRegistry) -> APIRouter:
    """Open to everyone who can reach the port: they tell nothing of any customer."""
    router = APIRouter(tags=["health"])
    readiness = Readiness(node)

    @router.get("/health", openapi_extra=_OPEN)
    async def health() -> dict[str, str]:
        """Whether the process lives."""
        return {"status": "ok"}

    @router.get("/ready", openapi_extra=_OPEN, responses=documented())
    def ready() -> dict[str, str]:
        """Whether it can take events and give answers; what doesn't work beside that stands there with the reason."""
        if (wrong := readiness.wrong()) is not None:  # anybody may ask, and why may name servers and topics
            raise Problem(503, "NOT_READY", f"not ready: {type(wrong).__name__}; the log says more") from wrong
        return {"status": "ready", **node.ailing()}

    @router.get("/metrics", response_class=PlainTextResponse, openapi_extra=_OPEN)
    def metrics() -> Response:
        """Prometheus metrics."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
