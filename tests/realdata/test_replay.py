"""Replay over data of real companies agrees with what a plain computation finds."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median, pstdev
from zoneinfo import ZoneInfo

from signals.events.event import Event
from streams.sources.time_order import in_time_order
from tests.conftest import SHARED
from tests.realdata.bpi2012 import read_contacts
from tests.realdata.test_mappers import events_of

ZONE = ZoneInfo("Europe/Amsterdam")
SECOND_CHRISTMAS_DAY = date(2011, 12, 26)
"""The only Dutch public holiday on a weekday between October 2011 and March 2012."""


def replayed(events: Path, out: Path) -> list[dict[str, str]]:
    """The decisions of ``signals replay``; nothing may be quarantined or counted twice."""
    command = [sys.executable, "-m", "streams.cli", "replay", str(events), "--decisions", str(out), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)
    with events.open("rb") as lines:
        assert summary["events"] == sum(1 for _ in lines)
    assert (summary["quarantined"], summary["duplicates"]) == ({}, 0)
    return [json.loads(line) for line in out.read_text().splitlines()]


def millisecond(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000)


def day_of(event: Event) -> date:
    return datetime.fromtimestamp(event.time // 1000, UTC).astimezone(ZONE).date()


def working_days_between(first: date, last: date) -> int:
    """Working days after the first day, up to and with the last."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 and day != SECOND_CHRISTMAS_DAY for day in days)


def third_contacts(events: list[Event]) -> Counter[tuple[str, int]]:
    """Customer and moment of every third contact by the customer within ten working days, then counting anew."""
    fired: Counter[tuple[str, int]] = Counter()
    open_contacts: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.time):
        if event.type != "contact.received":
            continue
        recent = [
            earlier
            for earlier in open_contacts[event.subject]
            if working_days_between(day_of(earlier), day_of(event)) <= 10
        ]
        recent.append(event)
        if len(recent) == 3:
            fired[event.subject, event.time] += 1
            recent = []
        open_contacts[event.subject] = recent
    return fired


def test_repeat_contact_is_found_at_exactly_the_lenders_cases_where_it_happened(tmp_path: Path) -> None:
    events = list(read_contacts(str(SHARED / "data/bpi2012/bpic2012.xes.gz")))
    with (tmp_path / "events.jsonl").open("wb") as file:
        file.writelines(line + b"\n" for line in in_time_order(events))
    decisions = replayed(tmp_path / "events.jsonl", tmp_path / "decisions.jsonl")
    found = Counter(
        (decision["customer"], millisecond(decision["created"]))
        for decision in decisions
        if decision["trigger"] == "relationship.repeat_contact"
    )
    expected = third_contacts(events)
    assert expected.total() > 5_000
    assert found == expected


MOST_ARTICLES = 512
"""Beyond so many articles of one customer, the engine forgets those ordered least."""


def moments_to_reorder(orders: list[Event]) -> set[tuple[str, str, int]]:
    """Customer, article and moment: three days before the median gap has passed, after four or more regular orders."""
    bought: dict[tuple[str, str], list[int]] = defaultdict(list)
    waiting: dict[str, dict[str, int]] = defaultdict(dict)
    reached: set[tuple[str, str, int]] = set()
    for order in orders:
        customer, timers = order.subject, waiting[order.subject]
        for sku in [sku for sku, due in timers.items() if due <= order.time]:
            reached.add((customer, sku, timers.pop(sku)))
        for sku in {item["sku"] for item in order.data["items"] if item["quantity"] > 0}:
            times = bought[customer, sku]
            times.append(order.time)
            timers.pop(sku, None)
            due = moment_to_reorder(times[-8:])
            if due is not None and due >= order.time:
                timers[sku] = due
    end = orders[-1].time
    reached |= {
        (customer, sku, due) for customer, timers in waiting.items() for sku, due in timers.items() if due <= end
    }
    articles = Counter(customer for customer, _ in bought)
    return {found for found in reached if articles[found[0]] <= MOST_ARTICLES}


def moment_to_reorder(times: list[int]) -> int | None:
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if len(times) < 4 or fmean(gaps) == 0 or pstdev(gaps) / fmean(gaps) >= 0.5:
        return None
    again = datetime.fromtimestamp((times[-1] + int(median(gaps))) / 1000, ZONE)
    return round((again - timedelta(days=3)).timestamp() * 1000)


def test_a_year_of_orders_flows_through_and_reordering_is_seen_when_a_plain_count_sees_it(tmp_path: Path) -> None:
    orders = list(events_of("retail/online_retail_lines.csv.gz", "retail_orders.yaml"))
    with (tmp_path / "orders.jsonl").open("wb") as file:
        file.writelines(line + b"\n" for line in in_time_order(orders))
    decisions = replayed(tmp_path / "orders.jsonl", tmp_path / "decisions.jsonl")
    assert {decision["trigger"] for decision in decisions} == {"purchase.replenishment", "relationship.growing_apart"}
    decisions = [decision for decision in decisions if decision["trigger"] == "purchase.replenishment"]
    expected = moments_to_reorder(orders)
    customers = {customer for customer, _, _ in expected}
    found = {
        (decision["customer"], decision["episode"].partition("@")[0], millisecond(decision["created"]))
        for decision in decisions
        if decision["customer"] in customers
    }
    assert len(expected) > 4_500
    assert found == expected


def test_every_complaint_that_stays_unanswered_is_overdue(tmp_path: Path) -> None:
    complaints = list(events_of("bpi2016/BPI2016_Complaints.csv", "bpi2016_complaints.yaml"))
    with (tmp_path / "complaints.jsonl").open("wb") as file:
        file.writelines(line + b"\n" for line in in_time_order(complaints))
        tick = {"specversion": "1.0", "id": "end", "source": "/clock", "type": "clock.ticked"}
        file.write(json.dumps(tick | {"time": "2017-01-01T00:00:00Z"}).encode() + b"\n")
    decisions = replayed(tmp_path / "complaints.jsonl", tmp_path / "decisions.jsonl")
    overdue = [decision for decision in decisions if decision["trigger"] == "relationship.complaint_overdue"]
    assert len(overdue) == len(complaints)
