"""What the worker tells Prometheus. No customer, no text, no key is ever a label."""

from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from faust.types import TP
from prometheus_client import Counter, Gauge, Histogram, Info

from signals.decision.learning import Precision
from streams.cluster.engine import Engine
from streams.cluster.records import Outcome
from streams.cluster.refusals import QUARANTINED
from streams.trigger_labels import OTHER, TriggerLabels

_EVENTS = Counter("signals_events_ingested_total", "Events taken in, by what became of them.", ["outcome"])
_PROCESSED = _EVENTS.labels("processed")
_FORWARDED = _EVENTS.labels("forwarded")

_TRIGGERS = TriggerLabels()
_CANDIDATES = Counter("signals_candidates_total", "Decided candidates.", ["trigger", "terminal_reason"])
_RECOMMENDATIONS = Counter("signals_recommendations_total", "Revisions.", ["trigger", "channel", "status"])

BATCH = Histogram("signals_batch_events", "Records per batch.", buckets=(1, 10, 100, 1_000, 10_000))
WORK = Histogram("signals_batch_work_seconds", "Time the engine and decoding took per batch.")
TRANSACTION = Histogram(
    "signals_transaction_seconds", "Time a transaction took.", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30)
)
ROWS = Counter("signals_rows_written_total", "Rows of customers written.")
_UNREAD = Gauge("signals_unread_records", "Records of an input partition not yet read.", ["topic", "partition"])
_SLOTS = Gauge("signals_capacity_slots", "Slots that a desk has now.", ["desk"])
SHARDS = Gauge("signals_shards", "Shards this worker owns.")
RECOVERED = Counter("signals_recovered_records_total", "Changelog records read to recover shards.")
RECOVERY = Gauge("signals_recovery_seconds", "Time the last recovery took.")
TIMER_OVERDUE = Gauge("signals_timer_overdue_seconds", "How long the oldest due timer has been waiting to fire.")
EVENT_TIME_LAG = Gauge("signals_event_time_lag_seconds", "How far the slowest shard's time is behind the wall clock.")
LAST_FIRED = Gauge(
    "signals_trigger_last_fired_timestamp_seconds", "When a trigger last had a candidate decided.", ["trigger"]
)
_ROW_READS = Counter("signals_row_reads_total", "Rows that were wanted, by where they were.", ["found"])
BUILD = Info("signals_build", "The program and the pack.")
PROJECTED = Counter("signals_projected_total", "Records brought to the read model.", ["kind"])
PROJECTION_FAILURES = Counter("signals_projection_failures_total", "Times that the read model could not be reached.")


_WORK = {
    "timers_due": Counter("signals_timers_due_total", "Timers that came due."),
    "timers_fired": Counter("signals_timers_fired_total", "Timers that fired."),
    "duplicates": Counter("signals_events_repeated_total", "Events that had come before, and counted once."),
    "late": Counter("signals_events_late_total", "Events that came too late to fire anything."),
    "row_hits": _ROW_READS.labels("cache"),
}
"""What an engine counts since it was made, by its names."""

Figures = Mapping[str, int]

_KIND = ["trigger", "channel", "segment"]
_PRECISION = Gauge("signals_precision", "Share of outcomes that were right.", _KIND)
_STATED = Gauge("signals_precision_stated", "How probable they were held to be.", _KIND)


def tell_precisions(precisions: Iterable[Precision]) -> None:
    """What outcomes taught, the same in every shard."""
    for one in precisions:
        kind = _TRIGGERS.of(one.trigger), one.channel, one.segment
        if kind[0] != OTHER:  # of several that have no series of their own there is no one share
            _PRECISION.labels(*kind).set(one.right / one.outcomes)
            _STATED.labels(*kind).set(one.stated)


def count_outcome(outcome: Outcome) -> None:
    """Count what became durable."""
    ROWS.inc(len(outcome.rows))
    _PROCESSED.inc(outcome.processed)
    _FORWARDED.inc(len(outcome.forwards))
    for reason, count in outcome.reasons.items():
        QUARANTINED.labels(reason).inc(count)


def count_work(engine: Engine, before: Figures) -> Figures:
    """Count what an engine did since it had counted ``before``; returns what it has counted now."""
    now = figures_of(engine)
    for name, counter in _WORK.items():
        counter.inc(now[name] - before.get(name, 0))
    return now


def figures_of(engine: Engine) -> Figures:
    """What an engine has counted."""
    return {name: getattr(engine, name) for name in _WORK}


def tell_unread(unread: Mapping[TP, int]) -> None:
    """Say how much of each input partition that is ours is unread."""
    _tell(_UNREAD, {(tp.topic, str(tp.partition)): count for tp, count in unread.items()})


def tell_slots(slots: Mapping[str, int]) -> None:
    """Say how many slots the desks have that are in our hands."""
    _tell(_SLOTS, {(desk,): count for desk, count in slots.items()})


def _tell(gauge: Gauge, figures: Mapping[tuple[str, ...], int]) -> None:
    """Say these, and nothing of what another worker has now."""
    told = _TOLD.setdefault(gauge, set())
    for labels in told - figures.keys():
        gauge.remove(*labels)
    for labels, figure in figures.items():
        gauge.labels(*labels).set(figure)
    told.clear()
    told.update(figures)


_TOLD: dict[Gauge, set[tuple[str, ...]]] = {}


def count_reads(reads: Mapping[str, int]) -> None:
    """Count rows that were read, by where they were."""
    for found, count in reads.items():
        _ROW_READS.labels(found).inc(count)


def tell_build(pack: Mapping[str, str]) -> None:
    """Say which program and which pack is at work."""
    BUILD.info({"version": version("purchase-signals"), **{f"pack_{name}": value for name, value in pack.items()}})


def count_decisions(decisions: Iterable[Mapping[str, Any]]) -> None:
    """Count candidates that were decided."""
    counts = Counts((_TRIGGERS.of(decision["trigger"]), decision["reason"]) for decision in decisions)
    for (trigger, reason), count in counts.items():
        _CANDIDATES.labels(trigger, reason).inc(count)
        LAST_FIRED.labels(trigger).set_to_current_time()


def count_recommendations(revisions: Iterable[Mapping[str, Any]]) -> None:
    """Count revisions."""
    counts = Counts((_TRIGGERS.of(one["trigger"]), one.get("channel") or "", one["status"]) for one in revisions)
    for labels, count in counts.items():
        _RECOMMENDATIONS.labels(*labels).inc(count)
