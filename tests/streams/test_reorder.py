"""What arrives late has one place among the others, however many there are."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from signals.calendar.instant import DAY, HOUR, MINUTE, Instant, format_instant, parse_instant
from signals.events.event import Event
from streams.cli import app
from streams.replay.reorder import Reorder

BEGIN = parse_instant("2026-03-02T09:00:00Z")


def page(name: str, after: Instant, subject: str = "customer:1") -> Event:
    return Event(name, "/web", "web.viewed", BEGIN + after, BEGIN + after, subject, {"url": "/"})


def worked_on(events: list[Event]) -> list[str]:
    reorder = Reorder(DAY)
    ready = [event for event in events for batch in reorder.add(event) for event in batch]
    return [event.id for event in [*ready, *reorder.rest()] if event.subject == "customer:1"]


@pytest.mark.parametrize("others", [0, 12_000])
def test_what_is_too_late_keeps_the_place_in_which_it_arrived(others: int) -> None:
    crowd = [page(f"o{number}", number, f"customer:o{number}") for number in range(others)]
    own = [page("b", 4 * DAY), page("early", 2 * DAY), page("in time", 3 * DAY), page("c", 5 * DAY)]
    assert worked_on([page("a", 0), *crowd, *own]) == ["a", "in time", "b", "early", "c"]


def test_what_is_too_late_at_one_moment_goes_by_its_own_time() -> None:
    events = [
        page("now", 9 * DAY),
        page("later", 2 * DAY),
        page("sooner", DAY),
        page("same", 9 * DAY),
        page("next", 9 * DAY + 1),
    ]
    assert worked_on(events) == ["now", "same", "sooner", "later", "next"]


def test_a_record_from_elsewhere_goes_by_the_time_it_says_it_was_recorded() -> None:
    recorded = Event("told", "/crm", "web.viewed", BEGIN, BEGIN + 3 * DAY, "customer:1", {"url": "/"})
    assert worked_on([recorded, page("a", DAY), page("b", 4 * DAY)]) == ["a", "told", "b"]
    assert worked_on([page("a", DAY), recorded]) == ["a", "told"]


def test_a_contact_told_days_late_makes_nothing_of_what_came_before_it_arrived(tmp_path: Path) -> None:
    lines = [
        {"specversion": "1.0", "id": f"e{number}", "source": "/t", "type": "contact.received", "subject": "customer:1"}
        | {"time": format_instant(BEGIN + at), "data": {"channel": "phone", "case": "C1"}}
        for number, at in enumerate([0, 4 * DAY, 2 * DAY, 4 * DAY + HOUR + MINUTE])
    ]
    for told, reasons in ((lines[:3], ["LATE"]), (lines[:2], []), (lines, ["LATE"])):
        (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
        decided = tmp_path / "decisions.jsonl"
        result = CliRunner().invoke(app, ["replay", str(tmp_path / "events.jsonl"), "--decisions", str(decided)])
        assert result.exit_code == 0, result.output
        assert [json.loads(line)["reason"] for line in decided.read_text("utf-8").splitlines()] == reasons
