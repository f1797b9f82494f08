"""Data of real companies comes in at full size without a row lost."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from signals.events.event import Event
from streams.sources.convert import Conversion, convert
from streams.sources.mapping import load_mapping
from tests.conftest import SHARED
from tests.realdata.bpi2012 import read_contacts

HERE = Path(__file__).parent


def events_of(data: str, mapping: str) -> Iterator[Event]:
    """All events of a data file; nothing may be quarantined."""
    for outcome in convert(str(SHARED / "data" / data), load_mapping(HERE / mapping), 0, Conversion()):
        assert isinstance(outcome, Event), outcome
        yield outcome


def test_every_line_of_the_shop_is_in_the_order_of_its_invoice() -> None:
    value: dict[str, float] = defaultdict(float)
    lines: Counter[str] = Counter()
    customers: dict[str, str] = {}
    for event in events_of("retail/online_retail_lines.csv.gz", "retail_orders.yaml"):
        invoice = event.id.partition(" ")[0]
        lines[invoice] += len(event.data["items"])
        value[invoice] += sum(item["quantity"] * item["price"] for item in event.data["items"])
        customers[invoice] = event.subject
    with (SHARED / "data/retail/online_retail_invoices.csv").open() as file:
        invoices = {row["InvoiceNo"]: row for row in csv.DictReader(file)}
    assert lines.keys() == invoices.keys()
    for invoice, row in invoices.items():
        assert lines[invoice] == int(row["lines"])
        assert value[invoice] == pytest.approx(float(row["value"]), abs=0.005)
        assert customers[invoice] == f"customer:{int(float(row['CustomerID']))}"


def test_every_complaint_is_one_opened_complaint() -> None:
    events = list(events_of("bpi2016/BPI2016_Complaints.csv", "bpi2016_complaints.yaml"))
    assert len({event.id for event in events}) == len(events) == 289
    assert len({event.subject for event in events}) == 226
    assert {event.data["status"] for event in events} == {"opened"}
    assert any("é" in event.data["about"] or "ë" in event.data["about"] for event in events)


def test_the_lenders_conversations_are_contacts_on_a_case() -> None:
    events = list(read_contacts(str(SHARED / "data/bpi2012/bpic2012.xes.gz")))
    assert Counter(event.type for event in events) == {"contact.received": 40_809, "contact.made": 22_406}
    assert all(event.subject == f"customer:{event.data['case']}" for event in events)
    assert len({event.id for event in events}) == len(events)
