"""Who is contacted, refused or kept waiting, per segment."""

import json
from datetime import date
from pathlib import Path

from typer.testing import CliRunner

from signals.calendar.instant import parse_instant
from signals.config import Config
from signals.customer.facts import Policy
from signals.customer.state import Customer
from signals.evaluation.fairness import Decided, Person, Treatment, segments_of, treatments
from signals.events.decode import encode
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.cli import app

ENVIRONMENT = open_pack(Config()).environment


def person(number: int, language: str) -> Person:
    return Person(f"customer:{number}", {"contracts": "prospect", "language": language, "age": "unknown"})


def decided(number: int, reason: str, status: str = "rejected", class_: str = "sales") -> Decided:
    return Decided(f"customer:{number}", class_, reason, status)


def of(rows: list[Treatment], segment: str, class_: str = "sales") -> Treatment:
    return next(row for row in rows if (row.segment, row.class_) == (segment, class_))


def test_the_best_that_became_of_a_person_counts_once() -> None:
    people = {f"customer:{number}": person(number, "nl") for number in range(5)} | {"device:d": person(0, "nl")}
    told = [
        *(decided(0, "FREQ_CAP"), Decided("device:d", "sales", "RELEASED", "done")),
        *(decided(1, "NO_CONSENT"), decided(1, "CAPACITY", "held")),
        *(decided(2, "HOLDOUT", "ghost"), decided(3, "NO_CONSENT"), decided(3, "LATE"), decided(4, "WARMUP")),
        *(decided(3, "RELEASED", "released", "care"), decided(9, "RELEASED", "released")),
    ]
    row = of(treatments(people, told), "nl")
    assert (row.people, row.decided) == (5, 4)
    assert [share.value for share in (row.contacted, row.waiting, row.held_out, row.refused)] == [0.25] * 4
    assert row.reasons == {"CAPACITY": 1, "FREQ_CAP": 1, "HOLDOUT": 1, "NO_CONSENT": 2, "RELEASED": 1}
    assert of(treatments(people, told), "nl", "care").decided == 1


def test_a_segment_that_is_passed_over_stands_out_and_an_even_one_does_not() -> None:
    people = {f"customer:{number}": person(number, ("nl", "en", "fr")[number % 3]) for number in range(300)}
    uneven = [decided(n, "NO_CONSENT" if n % 3 == 2 else "RELEASED", "done") for n in range(300)]
    assert [row.segment for row in treatments(people, uneven) if row.differs and row.dimension == "language"] == [
        "en", "fr", "nl",
    ]  # fmt: skip
    even = [decided(n, "NO_CONSENT" if n % 2 else "RELEASED", "done") for n in range(300)]
    assert not any(row.differs for row in treatments(people, even))


def test_segments_are_contracts_language_and_age() -> None:
    customer = Customer(key="customer:1", profile={"birth_date": "1990-05-05", "language": "nl"})
    customer.policies = {"P": Policy("car", True)}
    now = parse_instant("2026-03-01T00:00:00Z")
    assert segments_of(customer, ENVIRONMENT, now) == {"contracts": "one contract", "language": "nl", "age": "30–49"}
    assert segments_of(Customer(key="device:d"), ENVIRONMENT, now)["age"] == "unknown"
    customer.profile["birth_date"] = "1950-05-05"
    assert segments_of(customer, ENVIRONMENT, now)["age"] == "67 and over"


def test_who_comes_of_age_does_so_on_the_day_and_on_no_other() -> None:
    customer = Customer(key="customer:1", profile={"birth_date": "2008-06-01"})
    ages = [
        segments_of(customer, ENVIRONMENT, parse_instant(f"{moment}+02:00"))["age"]
        for moment in ("2026-05-31T23:59:59", "2026-06-01T00:00:00")
    ]
    assert ages == ["under 18", "18–29"]


def test_a_replay_tells_it_the_same_over_any_number_of_processes(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"".join(encode(event) + b"\n" for event in Simulation(40, 120, 3, date(2026, 9, 1)).events()))
    written = []
    for processes in ("1", "2"):
        out = tmp_path / f"{processes}.jsonl"
        run = CliRunner().invoke(app, ["replay", str(events), "--fairness", str(out), "--processes", processes])
        assert run.exit_code == 0, run.output
        assert "Who was contacted" in run.output
        written.append(out.read_text())
    assert written[0] == written[1]
    rows = [json.loads(line) for line in written[0].splitlines()]
    assert {row["class"] for row in rows} == {"care", "sales", "service"}
    for row in rows:
        if row["decided"]:
            shares = [row[name]["value"] for name in ("contacted", "waiting", "held_out", "refused")]
            assert abs(sum(shares) - 1) < 1e-9
