"""One's own rows become events by a mapping file."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from signals.events.event import Event
from signals.pack.document import PackError
from streams.sources.convert import Conversion, convert
from streams.sources.files import SourceError
from streams.sources.mapping import load_mapping
from streams.sources.quarantine import FileLine, Quarantined

CALLS = """
delimiter: ";"
events:
  - type: contact.received
    source: /telephony
    id: "call-{nr}"
    subject: "phone:{from}"
    time: {column: when, format: "%d-%m-%Y %H:%M"}
    only: {direction: [in]}
    data:
      channel: phone
      topic: {column: queue, values: {"10": claim, "20": renewal}}
      language: {column: taal, values: {NL: nl}, otherwise: en}
      resolved: {column: solved, as: boolean}
      sentiment: {column: mood, as: number, decimal: ","}
      seconds: {column: seconds, as: integer}
      tags: {column: tags, separator: "|"}
      due: {column: back, as: date, format: "%d-%m-%Y"}
"""
HEADER = "nr;from;when;direction;queue;taal;solved;mood;seconds;tags;back\n"
GOOD = "1;06-12345678;20-11-2026 09:00;in;10;NL;1;-0,5;61;a | b;24-11-2026\n"


def converted(tmp_path: Path, mapping: str, content: str | bytes) -> tuple[list[Event | Quarantined], Conversion]:
    (tmp_path / "mapping.yaml").write_text(mapping)
    (tmp_path / "rows").write_bytes(content.encode() if isinstance(content, str) else content)
    seen = Conversion()
    declared = load_mapping(tmp_path / "mapping.yaml")
    return list(convert(str(tmp_path / "rows"), declared, 0, seen)), seen


def only_event(outcomes: list[Event | Quarantined]) -> Event:
    [event] = outcomes
    assert isinstance(event, Event), event
    return event


def why(outcome: Event | Quarantined) -> tuple[str, str | None]:
    assert isinstance(outcome, Quarantined)
    return outcome.rejected.reason, outcome.rejected.field


def test_columns_become_fields_of_the_right_type(tmp_path: Path) -> None:
    event = only_event(converted(tmp_path, CALLS, HEADER + GOOD)[0])
    assert (event.id, event.source, event.type, event.subject) == (
        "call-1",
        "/telephony",
        "contact.received",
        "phone:+31612345678",
    )
    assert event.time == 1795161600000 == event.arrival
    assert event.data == {
        "channel": "phone",
        "topic": "claim",
        "language": "nl",
        "resolved": True,
        "sentiment": -0.5,
        "seconds": 61,
        "tags": ["a", "b"],
        "due": "2026-11-24",
    }


def test_an_empty_cell_leaves_the_field_out(tmp_path: Path) -> None:
    event = only_event(converted(tmp_path, CALLS, HEADER + "1;0612345678;20-11-2026 09:00;in;10;;;;;;\n")[0])
    assert event.data == {"channel": "phone", "topic": "claim"}


def test_rows_the_mapping_is_not_about_are_left_out_and_counted(tmp_path: Path) -> None:
    outcomes, seen = converted(tmp_path, CALLS, HEADER + GOOD + GOOD.replace(";in;", ";out;"))
    assert (len(outcomes), seen) == (1, Conversion(rows=2, events=1, left_out=1))


@pytest.mark.parametrize(
    ("old", "new", "reason", "field"),
    [
        ("06-12345678", "bel mij", "BAD_SUBJECT", "subject"),
        ("20-11-2026 09:00", "2026-11-20", "BAD_TIME", "time"),
        ("20-11-2026 09:00", "", "MISSING_FIELD", "time"),
        ("1;06", ";06", "MISSING_FIELD", "id"),
        (";10;", ";30;", "BAD_VALUE", "data.topic"),
        (";1;-0,5", ";misschien;-0,5", "WRONG_TYPE", "data.resolved"),
        ("-0,5", "-3", "BAD_VALUE", "data.sentiment"),
        ("-0,5", "nan", "WRONG_TYPE", "data.sentiment"),
        ("-0,5", "-0.5", "WRONG_TYPE", "data.sentiment"),
        ("61", "6e1", "WRONG_TYPE", "data.seconds"),
        ("24-11-2026", "31-11-2026", "BAD_TIME", "data.due"),
        (";61;", ";", "BAD_ROW", None),
        ("a | b", "\udcff", "BAD_ROW", None),
        ("a | b", '"' + "x" * 200_000 + '"', "TOO_LARGE", None),
    ],
)
def test_a_row_that_does_not_fit_is_quarantined_and_the_next_goes_on(
    old: str, new: str, reason: str, field: str | None, tmp_path: Path
) -> None:
    bad = GOOD.replace(old, new, 1).encode("utf-8", "surrogateescape")
    outcomes, _ = converted(tmp_path, CALLS, HEADER.encode() + bad + GOOD.encode())
    refused, event = outcomes
    assert isinstance(event, Event)
    assert why(refused) == (reason, field)
    assert isinstance(refused, Quarantined)
    assert refused.raw == bad.removesuffix(b"\n")
    assert refused.place == FileLine(str(tmp_path / "rows"), 2)


def test_a_quoted_cell_may_span_lines_and_line_numbers_stay_right(tmp_path: Path) -> None:
    row = GOOD.replace("a | b", '"a\n\nb"')
    first, second = converted(tmp_path, CALLS, HEADER + row + "too;short\n")[0]
    assert isinstance(first, Event)
    assert first.data["tags"] == ["a\n\nb"]
    assert isinstance(second, Quarantined)
    assert second.place == FileLine(str(tmp_path / "rows"), 5)


ORDERS = """
read: jsonl
events:
  - type: order.placed
    source: /shop
    id: "{order.number}"
    subject: "customer:{customer}"
    time: {column: order.at}
    data:
      items: {of: order.lines, each: {sku: "{article}", quantity: {column: count}}}
      amount: {column: order.total}
  - type: profile.changed
    source: /shop
    id: "{order.number}-address"
    subject: "customer:{customer}"
    time: {column: order.at}
    only: {moved: ["True"]}
    data: {field: address, new: "{city}"}
"""


def a_line(**more: Any) -> str:
    order = {"number": 5, "at": "2026-11-20T09:00:00Z", "total": 3.5, "lines": [{"article": "A1", "count": 2}]}
    return json.dumps({"customer": "7", "city": "Assen", "order": order} | more) + "\n"


def test_json_lines_keep_their_types_and_one_row_may_make_several_events(tmp_path: Path) -> None:
    outcomes, _ = converted(tmp_path, ORDERS, a_line() + "\n" + a_line(moved=True))
    events = [event for event in outcomes if isinstance(event, Event)]
    assert [event.type for event in events] == ["order.placed", "order.placed", "profile.changed"]
    assert events[0].data == {"items": [{"sku": "A1", "quantity": 2}], "amount": 3.5}
    assert events[2].data == {"field": "address", "new": "Assen"}


@pytest.mark.parametrize(
    ("line", "reason", "field"),
    [
        ("{", "NOT_JSON", None),
        ("[1]", "NOT_JSON", None),
        ('"' + "x" * 1_100_000 + '"', "TOO_LARGE", None),
        (a_line(order={"number": 5, "at": "2026-11-20T09:00:00Z", "lines": "A1"}), "WRONG_TYPE", "data.items"),
        (a_line(order={"number": 5, "at": "2026-11-20T09:00:00Z", "lines": [{}]}), "MISSING_FIELD", "data.items.0.sku"),
    ],
)
def test_bad_json_lines_are_quarantined(line: str, reason: str, field: str | None, tmp_path: Path) -> None:
    outcomes, _ = converted(tmp_path, ORDERS, a_line() + line + "\n" + a_line())
    assert [isinstance(outcome, Event) for outcome in outcomes] == [True, False, True]
    assert why(outcomes[1]) == (reason, field)


GROUPED = """
group: [order]
zone: Europe/Amsterdam
events:
  - type: order.placed
    source: /shop
    id: "{order}"
    subject: "customer:{customer}"
    time: {column: day}
    data: {items: {each: {sku: "{sku}"}}}
"""


def test_rows_of_one_group_make_one_event(tmp_path: Path) -> None:
    rows = "order,customer,day,sku\n1,7,2026-11-20,A\n1,7,2026-11-20,B\n2,7,2026-11-21,A\n"
    outcomes, seen = converted(tmp_path, GROUPED, rows)
    assert [event.data["items"] for event in outcomes if isinstance(event, Event)] == [
        [{"sku": "A"}, {"sku": "B"}],
        [{"sku": "A"}],
    ]
    assert seen == Conversion(rows=3, events=2)


def test_local_times_follow_summer_time(tmp_path: Path) -> None:
    rows = "order,customer,day,sku\n1,7,2026-07-01 09:00,A\n2,7,2026-12-01 09:00,A\n"
    summer, winter = [event for event in converted(tmp_path, GROUPED, rows)[0] if isinstance(event, Event)]
    assert (summer.time % 86_400_000, winter.time % 86_400_000) == (7 * 3_600_000, 8 * 3_600_000)


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("events: []", r"mapping.yaml:1: events: "),
        (CALLS.replace("type: contact", "kind: contact"), r"mapping.yaml:4: events.0.kind: there is no such key"),
        (CALLS.replace("as: boolean", "as: bool"), r"mapping.yaml:\d+: events.0.data.resolved.*"),
        ("zone: Nederland\n" + CALLS, r"mapping.yaml:1: zone: .*'Nederland' is no time zone"),
        ("encoding: klingon\n" + CALLS, r"encoding 'klingon' is unknown"),
    ],
)
def test_a_wrong_mapping_is_named_with_file_line_and_field(mapping: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=says):
        converted(tmp_path, mapping, HEADER)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", r"rows:1: there is no header"),
        ("a;b\n1;2\n", r"rows:1: the mapping wants column 'back', .*; the header has a, b"),
    ],
)
def test_a_header_that_does_not_fit_stops_before_the_first_row(content: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=says):
        converted(tmp_path, CALLS, content)


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli", "convert", *arguments]
    return subprocess.run(command, cwd=Path.cwd(), capture_output=True, text=True, check=False)


def test_the_command_writes_events_in_order_of_time_and_what_did_not_fit(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(CALLS)
    later = GOOD.replace("1;", "2;", 1).replace("20-11", "21-11")
    with gzip.open(tmp_path / "calls.gz", "wt") as file:
        file.write(HEADER + later + "kapot\n" + GOOD)
    out, bad = tmp_path / "events.jsonl", tmp_path / "bad.jsonl"
    done = run(
        tmp_path,
        str(tmp_path / "calls.gz"),
        *("--mapping", str(tmp_path / "m.yaml"), "--out", str(out), "--quarantine", str(bad), "--json"),
    )
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"rows": 3, "events": 2, "left_out": 0, "quarantined": 1}
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["call-1", "call-2"]
    record = json.loads(bad.read_text())
    assert (record["reason"], record["line"], record["raw"]) == ("BAD_ROW", 3, "kapot")


def test_the_command_says_what_is_wrong_with_a_file_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(CALLS)
    done = run(tmp_path, "nowhere.csv", "--mapping", str(tmp_path / "m.yaml"), "--out", str(tmp_path / "o"))
    assert (done.returncode, done.stderr) == (2, "nowhere.csv: can't be read: No such file or directory\n")


def test_all_that_is_wrong_with_a_mapping_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("""\
read: csvv
encoding: klingon
zone: Mars/Phobos
events:
  - type: contact.recieved
    id: "{id}"
    source: /phone
    time: {column: at, as: tijd}
    data: {channel: phone}
  - {type: survey.answered, id: "{id}", source: /s, time: "{at}", data: {score: {column: score}}}
  - {type: web.searched, id: "{id}", source: /s, time: "{at}", data: {query: "{q}"}}
""")
    with pytest.raises(PackError) as error:
        load_mapping(file)
    places = [problem.removeprefix(f"{file}:").split(": ")[:2] for problem in error.value.problems]
    assert sorted(places, key=lambda place: int(place[0])) == [
        ["1", "read"],
        ["2", "encoding"],
        ["3", "zone"],
        ["5", "events.0.type"],
        ["8", "events.0.time.as"],
        ["10", "events.1"],
        ["11", "events.2"],
    ]
    said = str(error.value)
    for hint in (
        "is it contact.received?",
        "survey.answered needs data.kind",
        "web.searched needs a subject",
        "cp1252",
    ):
        assert hint in said


def test_constants_that_no_event_may_have_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("""\
events:
  - type: contact.received
    id: call
    source: /phone
    subject: klant:1
    time: {column: at}
    data:
      channel: fone
      resolved: "yes"
      sentiment: 2
      purpose: {column: p, values: {S: service, V: verkoop}, otherwise: none}
  - type: order.placed
    id: "{id}"
    source: /shop
    subject: "customer:{who}"
    time: {column: at}
    data:
      items: {each: {sku: "{sku}", quantity: "1"}}
  - type: identity.linked
    id: "{id}"
    source: /shop
    subject: "customer:{who}"
    time: {column: at}
    data: {from: nobody, to: "customer:{who}"}
""")
    with pytest.raises(PackError) as error:
        load_mapping(file)
    places = [problem.removeprefix(f"{file}:").split(": ")[:2] for problem in error.value.problems]
    assert places == [
        ["3", "events.0.id"],
        ["5", "events.0.subject"],
        ["8", "events.0.data.channel"],
        ["9", "events.0.data.resolved"],
        ["10", "events.0.data.sentiment"],
        ["11", "events.0.data.purpose.values.V"],
        ["11", "events.0.data.purpose.otherwise"],
        ["18", "events.1.data.items.each.quantity"],
        ["24", "events.2.data.from"],
    ]
    assert "'phone', 'email'" in str(error.value)


def test_all_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,at\n1,2026-11-20T09:00:00Z\n")
    (tmp_path / "map.yaml").write_text("""\
events:
  - {type: web.searched, id: "{id}", source: /s, subject: "customer:{who}", time: "{at}", data: {query: "{q}"}}
""")
    with pytest.raises(SourceError, match="'q', 'who'"):
        list(convert(str(tmp_path / "rows.csv"), load_mapping(tmp_path / "map.yaml"), 0, Conversion()))


JSON_ROWS = """
read: jsonl
events:
  - type: contact.received
    source: /app
    id: "{nr}"
    subject: "customer:{nr}"
    time: "2026-11-20T09:00:00Z"
    only: {asked: ["true"]}
    data:
      channel: app
      resolved: {column: solved, values: {"true": true, "false": false}}
      sentiment: {column: mood, as: number, decimal: ","}
      seconds: {column: seconds, as: integer}
"""


def test_numbers_and_truth_of_json_lines_are_what_stands_there(tmp_path: Path) -> None:
    row = {"nr": 1, "asked": True, "solved": False, "mood": -0.5, "seconds": 61.0}
    outcomes, seen = converted(tmp_path, JSON_ROWS, json.dumps(row) + "\n" + json.dumps(row | {"asked": False}))
    told = {"channel": "app", "resolved": False, "sentiment": -0.5, "seconds": 61}
    assert only_event(outcomes).data == told
    assert seen.left_out == 1


@pytest.mark.parametrize(("field", "value"), [("seconds", 61.5), ("seconds", True), ("mood", True)])
def test_what_is_no_such_number_in_json_lines_is_not_made_one(tmp_path: Path, field: str, value: object) -> None:
    row = {"nr": 1, "asked": True, "solved": False, "mood": 0, "seconds": 1, field: value}
    outcomes, _ = converted(tmp_path, JSON_ROWS, json.dumps(row))
    place = {"seconds": "data.seconds", "mood": "data.sentiment"}[field]
    assert [why(outcome) for outcome in outcomes] == [("WRONG_TYPE", place)]


def test_what_would_do_nothing_in_a_mapping_is_told(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("""\
events:
  - type: policy.changed
    id: "{contract}"
    source: /contracts
    subject: "klant:{nr}"
    time: {column: since, format: "%d-%m-%Y"}
    data:
      policy: "{contract"
      product: gas
      change: started
      premium: {column: premium, decimal: ","}
      end_date: {column: until, format: "%d-%m-%Y"}
""")
    with pytest.raises(PackError) as error:
        load_mapping(file)
    assert [problem.removeprefix(f"{file}:").split(": ")[:2] for problem in error.value.problems] == [
        ["5", "events.0.subject"],
        ["8", "events.0.data.policy"],
        ["11", "events.0.data.premium.decimal"],
        ["12", "events.0.data.end_date.format"],
    ]


@pytest.mark.parametrize("pattern", ["dd-mm-yyyy", "%d-%m-%J", "2026"])
def test_a_pattern_that_reads_no_date_is_told(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "events: [{type: clock.ticked, source: /s, id: '{id}', time: {column: at, format: 'DATES'}}]".replace(
            "DATES", pattern
        )
    )
    with pytest.raises(PackError, match=r"time\.format: .* reads no date; write for example %d-%m-%Y %H:%M"):
        load_mapping(file)
