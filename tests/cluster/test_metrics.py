"""What a worker tells Prometheus, each with its type and labels, and each moves when it should."""

import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cluster.workers import Cluster, port_of
from tests.servers.process import Server

TOLD = {
    "signals_events_ingested": ("counter", {"outcome"}),
    "signals_events_repeated": ("counter", set()),
    "signals_events_late": ("counter", set()),
    "signals_quarantined": ("counter", {"reason"}),
    "signals_candidates": ("counter", {"trigger", "terminal_reason"}),
    "signals_recommendations": ("counter", {"trigger", "channel", "status"}),
    "signals_batch_events": ("histogram", set()),
    "signals_batch_work_seconds": ("histogram", set()),
    "signals_transaction_seconds": ("histogram", set()),
    "signals_rows_written": ("counter", set()),
    "signals_row_reads": ("counter", {"found"}),
    "signals_unread_records": ("gauge", {"topic", "partition"}),
    "signals_shards": ("gauge", set()),
    "signals_recovered_records": ("counter", set()),
    "signals_recovery_seconds": ("gauge", set()),
    "signals_timers_due": ("counter", set()),
    "signals_timers_fired": ("counter", set()),
    "signals_timer_overdue_seconds": ("gauge", set()),
    "signals_event_time_lag_seconds": ("gauge", set()),
    "signals_trigger_last_fired_timestamp_seconds": ("gauge", {"trigger"}),
    "signals_capacity_slots": ("gauge", {"desk"}),
    "signals_projected": ("counter", {"kind"}),
    "signals_projection_failures": ("counter", set()),
    "signals_build": ("info", {"version", "pack_name", "pack_version", "pack_digest"}),
}
"""A source is no label: senders write what they like there. The queue's depth is told by the API, attempts to deliver
by ``signals sinks deliver``; whether a candidate was live, in shadow or held out is its terminal reason."""

CONFIG = "lateness: P2D\nholdout: {share: 0}\ndesks:\n  advisers: {capacity_per_hour: 5}\n"
"""What falls due within seconds began a day ago, and is not too late by then."""


class Told:
    """A worker's page, read anew."""

    def __init__(self, worker: Server) -> None:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port_of(worker)}/metrics", timeout=30).read().decode()
        self.families = {
            family.name: family
            for family in text_string_to_metric_families(text)
            if family.name.startswith("signals_") and not family.name.endswith("_created")
        }

    def __getitem__(self, series: str) -> float:
        """The sum of a series, by its whole name and perhaps one label: ``name`` or ``name value``."""
        name, _, label = series.partition(" ")
        samples = [one for family in self.families.values() for one in family.samples if one.name == name]
        return sum(one.value for one in samples if not label or label in one.labels.values())


def pages(worker: Server, seconds: float = 60) -> Iterator[Told]:
    """The page again and again, until the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield Told(worker)
        time.sleep(0.1)
    pytest.fail(f"not told within {seconds} s")


def happened(id: str, type_: str, ago: timedelta, customer: int = 1, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/test",
        "type": type_,
        "time": (datetime.now(UTC) - ago).isoformat(),
        "subject": f"customer:{customer}",
        "data": data,
    }


@pytest.fixture
def worker(cluster: Cluster, tmp_path: Path) -> Server:
    """A worker by the wall clock, with a desk that has a limit."""
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    cluster.variables["SIGNALS_CLOCK"] = "wall"
    return cluster.start("a", "signals", "--config", str(config))


def test_everything_is_told_and_moves(cluster: Cluster, worker: Server) -> None:
    said = happened("said", "contact.received", timedelta(), 1, channel="phone", text="Ik wil iemand spreken.")
    begun = {"form": "quote", "step": "started", "product": "car"}
    soon = happened("quote", "form.changed", timedelta(hours=24, seconds=-5), 2, **begun)
    late = happened("late", "web.viewed", timedelta(days=3), 3, url="/")
    seen = [happened(f"seen{number}", "web.viewed", timedelta(), number, url="/") for number in range(40)]
    cluster.send([said, said, soon, late, {"no": "event"}, *seen])
    moving = (
        "signals_events_ingested_total processed",
        "signals_events_ingested_total forwarded",
        "signals_events_repeated_total",
        "signals_events_late_total",
        "signals_quarantined_total",
        "signals_candidates_total",
        "signals_recommendations_total released",
        "signals_batch_events_count",
        "signals_batch_work_seconds_count",
        "signals_transaction_seconds_count",
        "signals_rows_written_total",
        "signals_row_reads_total cache",
        "signals_row_reads_total nowhere",
        "signals_timers_fired_total",
        "signals_trigger_last_fired_timestamp_seconds",
        "signals_projected_total decision",
        "signals_projected_total recommendation",
    )
    behind = ("signals_timer_overdue_seconds", "signals_event_time_lag_seconds")
    for page in pages(worker):
        caught_up = page["signals_unread_records"] == 0 and all(page[series] < 5 for series in behind)
        if caught_up and all(page[series] > 0 for series in moving):
            break
    assert page["signals_events_repeated_total"] == 1
    assert page["signals_events_late_total"] == 1
    assert page["signals_quarantined_total"] == 1
    assert page["signals_timers_due_total"] == page["signals_timers_fired_total"]
    assert page["signals_shards"] == 4
    assert page["signals_capacity_slots"] == 5
    told = {
        name: (family.type, {label for one in family.samples for label in one.labels} - {"le"})
        for name, family in page.families.items()
        if family.samples
    }
    told["signals_build"] = ("info", told.pop("signals_build_info", told.get("signals_build", ("", set())))[1])
    assert told.keys() - TOLD.keys() <= {"signals_precision", "signals_precision_stated"}
    assert {name: told.get(name) for name in TOLD} == TOLD


def test_what_moved_away_is_told_by_its_new_owner_only(cluster: Cluster) -> None:
    first = cluster.start("a")
    for page in pages(first):
        if len(page.families["signals_unread_records"].samples) == 2 * 4:
            break
    second = cluster.start("b")
    for page in pages(first):
        here = {tuple(one.labels.items()) for one in page.families["signals_unread_records"].samples}
        there = {tuple(one.labels.items()) for one in Told(second).families["signals_unread_records"].samples}
        if len(here) == len(there) == 4:
            break
    assert not here & there
