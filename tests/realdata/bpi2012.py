"""A Dutch lender's log of loan applications (BPI Challenge 2012) as contact events: a reader written in Python.

XES is XML: one ``trace`` per application, in it ``event`` elements with a time, an activity and a transition. A mapping
file can't read that, so this is how to bring such data: yield events, write them in the order of time.

How the log is read (it doesn't say who dialled):
- a work item that somebody STARTs is a conversation on the phone about the application;
- calling after an offer was sent ("W_Nabellen offertes") is us calling: ``contact.made``;
- completing the application, missing papers and leads are about what the customer came with: ``contact.received``;
- assessing, validating and fraud are work without the customer: no event.

    python -m tests.realdata.bpi2012 bpic2012.xes.gz > contacts.jsonl
"""

import gzip
import sys
from collections.abc import Iterator
from xml.etree.ElementTree import Element, iterparse

from signals.calendar.instant import parse_instant
from signals.events.event import Event
from streams.sources.time_order import in_time_order

BY_CUSTOMER = {"W_Completeren aanvraag", "W_Nabellen incomplete dossiers", "W_Afhandelen leads"}
BY_US = {"W_Nabellen offertes"}
_XES = "{http://www.xes-standard.org/}"


def read_contacts(path: str) -> Iterator[Event]:
    """Every conversation of the log, application by application."""
    with gzip.open(path) as stream:
        for _, element in iterparse(stream):
            if element.tag == f"{_XES}trace":
                yield from _contacts_of(element)
                element.clear()


def _contacts_of(trace: Element) -> Iterator[Event]:
    application = _value(trace, "concept:name")
    for number, event in enumerate(trace.iterfind(f"{_XES}event")):
        activity = _value(event, "concept:name")
        if _value(event, "lifecycle:transition") != "START" or activity not in BY_CUSTOMER | BY_US:
            continue
        time = parse_instant(_value(event, "time:timestamp"))
        kind = "contact.made" if activity in BY_US else "contact.received"
        data = {"channel": "phone", "case": application, "topic": activity.removeprefix("W_")}
        yield Event(f"{application}-{number}", "/lender", kind, time, time, f"customer:{application}", data)


def _value(element: Element, key: str) -> str:
    return next(child.get("value", "") for child in element if child.get("key") == key)


if __name__ == "__main__":
    for line in in_time_order(read_contacts(sys.argv[1])):
        sys.stdout.buffer.write(line + b"\n")
