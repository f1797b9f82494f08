"""What the worker tells Prometheus. No customer, no text, no key is ever a label."""

from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from prometheus_client import Counter, Gauge, Histogram, Info

from signals.decision.learning import Precision
from streams.cluster.records import Outcome

_EVENTS = Counter("signals_events_ingested_total", "Events taken in, by what became of them.", ["outcome"])
_PROCESSED = _EVENTS.labels("processed")
_FORWARDED = _EVENTS.labels("forwarded")
_QUARANTINED = Counter("signals_quarantined_total", "Records refused, by reason.", ["reason"])

_CANDIDATES = Counter("signals_candidates_total", "Decided candidates.", ["trigger", "terminal_reason"])
_RECOMMENDATIONS = Counter("signals_recommendations_total", "Revisions.", ["trigger", "channel", "status"])

BATCH = Histogram("signals_batch_events", "Records per batch.", buckets=(1, 10, 100, 1_000, 10_000))
WORK = Histogram("signals_batch_work_seconds", "Time the engine and decoding took per batch.")
TRANSACTION = Histogram(
    "signals_transaction_seconds", "Time a transaction took.", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30)
)
ROWS = Counter("signals_rows_written_total", "Rows of customers written.")
UNREAD = Gauge("signals_unread_records", "Records of an input partition not yet read.", ["topic", "partition"])
SHARDS = Gauge("signals_shards", "Shards this worker owns.")
RECOVERED = Counter("signals_recovered_records_total", "Changelog records read to recover shards.")
RECOVERY = Gauge("signals_recovery_seconds", "Time the last recovery took.")
TIMERS_DUE = Counter("signals_timers_due_total", "Timers that came due.")
TIMERS_FIRED = Counter("signals_timers_fired_total", "Timers that fired.")
TIMER_OVERDUE = Gauge("signals_timer_overdue_seconds", "How long the oldest due timer has been waiting to fire.")
EVENT_TIME_LAG = Gauge("signals_event_time_lag_seconds", "How far the slowest shard's time is behind the wall clock.")
LAST_FIRED = Gauge(
    "signals_trigger_last_fired_timestamp_seconds", "When a trigger last had a candidate decided.", ["trigger"]
)
_ROW_READS = Counter("signals_row_reads_total", "Rows that were not at hand decoded, by where they were.", ["found"])
BUILD = Info("signals_build", "The program and the pack.")
PROJECTED = Counter("signals_projected_total", "Records brought to the read model.", ["kind"])
PROJECTION_FAILURES = Counter("signals_projection_failures_total", "Times that the read model could not be reached.")


_KIND = ["trigger", "channel", "segment"]
_PRECISION = Gauge("signals_precision", "Share of outcomes that were right.", _KIND)
_STATED = Gauge("signals_precision_stated", "How probable they were held to be.", _KIND)


def tell_precisions(precisions: Iterable[Precision]) -> None:
    """What outcomes taught, the same in every shard."""
    for one in precisions:
        _PRECISION.labels(one.trigger, one.channel, one.segment).set(one.right / one.outcomes)
        _STATED.labels(one.trigger, one.channel, one.segment).set(one.stated)


def count_outcome(outcome: Outcome) -> None:
    """Count what became durable."""
    ROWS.inc(len(outcome.rows))
    _PROCESSED.inc(outcome.processed)
    _FORWARDED.inc(len(outcome.forwards))
    for reason, count in outcome.reasons.items():
        _QUARANTINED.labels(reason).inc(count)


def count_reads(reads: Mapping[str, int]) -> None:
    """Count rows that were read, by where they were."""
    for found, count in reads.items():
        _ROW_READS.labels(found).inc(count)


def tell_build(pack: Mapping[str, str]) -> None:
    """Say which program and which pack is at work."""
    BUILD.info({"version": version("purchase-signals"), **{f"pack_{name}": value for name, value in pack.items()}})


def count_decisions(decisions: Iterable[Mapping[str, Any]]) -> None:
    """Count candidates that were decided."""
    counts = Counts((decision["trigger"], decision["reason"]) for decision in decisions)
    for (trigger, reason), count in counts.items():
        _CANDIDATES.labels(trigger, reason).inc(count)
        LAST_FIRED.labels(trigger).set_to_current_time()


def count_recommendations(revisions: Iterable[Mapping[str, Any]]) -> None:
    """Count revisions."""
    counts = Counts((one["trigger"], one.get("channel") or "", one["status"]) for one in revisions)
    for labels, count in counts.items():
        _RECOMMENDATIONS.labels(*labels).inc(count)
