"""What drives selection, and how each trigger does."""

from typing import Any

from signals.calendar.instant import DAY, HOUR, format_instant
from streams.page.funnel import precision
from streams.page.quality import qualities
from streams.page.selection import Drive, drives
from tests.streams.queue.made import NOW, recommendation


def contest(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """A winner and who came next, both with what their priority is made of."""
    return first | {"value": {"total": first["value"]}, "runner_up": second}


def side(class_: str, probability: float, value: float, urgency: float) -> dict[str, Any]:
    return {
        "class": class_,
        "probability": probability,
        "value": value,
        "urgency": urgency,
        "priority": probability * value * urgency,
    }


def test_a_factor_drives_selection_when_others_would_win_without_it() -> None:
    by_value = contest(side("sales", 0.5, 1000.0, 0.5), side("sales", 0.9, 100.0, 0.9))
    by_class = contest(side("care", 0.7, 10.0, 0.5), side("sales", 0.9, 100.0, 0.9))
    by_all = contest(side("sales", 0.9, 100.0, 0.9), side("sales", 0.8, 90.0, 0.8))
    alone, older = recommendation(1), recommendation(2, runner_up={"trigger": "renewal.car", "priority": 1.0})
    assert drives([by_value, by_class, by_all, alone, older]) == [
        Drive("class", 1, 3),
        Drive("value", 1, 3),
        Drive("probability", 0, 3),
        Drive("urgency", 0, 3),
    ]
    assert drives([alone, older]) == []


def test_each_trigger_with_its_answers_its_lead_and_its_silence() -> None:
    def days(*ago: int) -> dict[str, int]:
        return {format_instant(NOW - back * DAY)[:10]: 1 for back in ago}

    fired = {
        "life_event.move": days(1, 2, 4),
        "purchase.comparing": days(70, 68, 66, 64),
        "season.health_nl.opening": days(80, 79, 78),
        "advocacy.promoter": days(60),
    }
    ahead = [recommendation(number, best_before=format_instant(NOW - HOUR + number * DAY)) for number in (1, 2, 9)]
    told = precision({"life_event.move": {"accepted": 3, "wrong": 1}})
    found = {one.trigger: one for one in qualities(fired, ahead, told, NOW)}
    assert next(iter(found)) == "purchase.comparing"
    assert {name: one.silent for name, one in found.items()} == {
        "purchase.comparing": 64,
        "advocacy.promoter": None,
        "life_event.move": None,
        "season.health_nl.opening": None,
    }
    move = found["life_event.move"]
    assert (move.last, move.ahead) == ("2026-11-19", 48.0)
    assert move.precision is not None
    assert (move.precision.right, move.precision.answered) == (3, 4)
