"""What is refused is kept with reason, place and bytes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.events.decode import Rejected, decode_structured
from streams.sources.quarantine import FileLine, Quarantined, TopicOffset, names_one, open_quarantine, raw_of

REFUSED = Rejected("BAD_TIME", "time", "write a time")


def test_the_record_of_a_line_in_a_file() -> None:
    quarantined = Quarantined(REFUSED, b'{"id": "\xc3\xa9"}', 0, FileLine("events.jsonl", 7))
    assert quarantined.record() == {
        "reason": "BAD_TIME",
        "field": "time",
        "detail": "write a time",
        "source_file": "events.jsonl",
        "line": 7,
        "raw": '{"id": "é"}',
        "received": "1970-01-01T00:00:00Z",
    }


def test_the_record_of_a_kafka_message_that_is_not_text() -> None:
    record = Quarantined(REFUSED, b"\xff\x00", 0, TopicOffset("events", 3, 12)).record()
    assert (record["topic"], record["partition"], record["offset"]) == ("events", 3, 12)
    assert (record["raw"], record["encoding"]) == ("/wA=", "base64")


@given(st.binary())
def test_the_bytes_can_be_had_back_for_another_try(raw: bytes) -> None:
    record = json.loads(json.dumps(Quarantined(REFUSED, raw, 0, FileLine("f", 1)).record()))
    assert raw_of(record) == raw


def test_the_file_has_one_record_per_line_and_reasons_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    with open_quarantine(str(path)) as bad, open_quarantine(None) as only_counted:
        for number, raw in enumerate([b"nonsense\x80", b"[]", b"also nonsense"], start=1):
            refused = decode_structured(raw)
            assert isinstance(refused, Rejected)
            for target in (bad, only_counted):
                target.add(Quarantined(refused, raw, 0, FileLine("f", number)))
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(record["line"], record["reason"]) for record in records] == [
        (1, "NOT_JSON"),
        (2, "WRONG_TYPE"),
        (3, "NOT_JSON"),
    ]
    assert bad.reasons == only_counted.reasons == {"NOT_JSON": 2, "WRONG_TYPE": 1}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ('{"subject": "customer:12"}', "customer:12"),
        ('{"subject": "Email:Jan@Example.nl"}', "email:jan@example.nl"),
        ("mail jan@example.nl.", "email:jan@example.nl"),
        ("jan@example.nl/piet@example.nl", "email:jan@example.nl"),
        ('"phone:+31612345678"', "phone:+31612345678"),
        ("<jan@example.nl>", "email:jan@example.nl"),
    ],
)
def test_a_record_is_of_whom_it_names(text: str, subject: str) -> None:
    assert names_one(text, [subject])


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ('{"subject": "customer:12-3"}', "customer:12"),
        ('{"subject": "customer:12.3"}', "customer:12"),
        ('{"subject": "policy:NL/2024/7"}', "policy:NL/2024"),
        ('{"subject": "email:piet.jan@example.nl"}', "email:jan@example.nl"),
        ('{"subject": "email:jan@example.nl.example.com"}', "email:jan@example.nl"),
        ('{"subject": "customer:112"}', "customer:12"),
    ],
)
def test_a_record_of_somebody_with_a_longer_name_is_nobody_elses(text: str, subject: str) -> None:
    assert not names_one(text, [subject])
