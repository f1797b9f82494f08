from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import signals
from signals.calendar.instant import Instant, format_instant, parse_instant
from signals.calendar.season import SeasonCalendar, parse_season
from signals.yaml_text import YamlText

PACKS = Path(signals.__file__).parent / "packs"
FILES = {
    "health_nl": PACKS / "insurance-nl" / "calendars" / "health_nl.yaml",
    "health_ch": PACKS / "calendars" / "health_ch.yaml",
    "medicare_us": PACKS / "calendars" / "medicare_us.yaml",
    "motor_de": PACKS / "calendars" / "motor_de.yaml",
}


def content(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = YamlText(FILES[name].read_text("utf-8")).content
    return parsed


def calendar(name: str) -> SeasonCalendar:
    return parse_season(content(name))


def changed(name: str, **fields: Any) -> dict[str, Any]:
    return {**content(name), **fields}


HEALTH = calendar("health_nl")


@pytest.mark.parametrize(
    ("moment", "phase", "year"),
    [
        ("2026-09-14T23:59:59+02:00", None, 2025),
        ("2026-09-15T00:00:00+02:00", "teaser", 2026),
        ("2026-11-11T23:59:59+01:00", "teaser", 2026),
        ("2026-11-12T00:00:00+01:00", "publish", 2026),
        ("2026-11-13T00:00:00+01:00", "compare", 2026),
        ("2026-12-15T00:00:00+01:00", "peak", 2026),
        ("2026-12-31T23:59:59+01:00", "peak", 2026),
        ("2027-01-01T00:00:00+01:00", "tail", 2026),
        ("2027-01-31T23:59:59+01:00", "tail", 2026),
        ("2027-02-01T00:00:00+01:00", None, 2026),
    ],
)
def test_phases_begin_and_end_at_local_midnight_and_cross_the_year(moment: str, phase: str | None, year: int) -> None:
    instant = parse_instant(moment)
    assert HEALTH.phase_at(instant) == phase
    assert HEALTH.season_year(instant) == year


def test_dutch_customers_may_switch_from_publication_to_new_year() -> None:
    start, end = HEALTH.switching_bounds(2026)
    assert (start, end) == (parse_instant("2026-11-12T00:00:00+01:00"), parse_instant("2027-01-01T00:00:00+01:00"))
    assert HEALTH.is_switching(start)
    assert not HEALTH.is_switching(end)


def test_who_cancelled_in_time_may_choose_until_february() -> None:
    assert HEALTH.choose_until(2026) == parse_instant("2027-02-01T00:00:00+01:00")


def test_without_such_a_day_they_choose_as_long_as_everybody() -> None:
    assert calendar("health_ch").choose_until(2026) == parse_instant("2026-12-01T00:00:00+01:00")


@pytest.mark.parametrize(
    ("name", "year", "too_late"),
    [
        ("health_nl", 2026, "2027-01-01T00:00:00+01:00"),
        ("health_nl", 2028, "2029-01-01T00:00:00+01:00"),  # a Sunday changes nothing
        ("health_ch", 2026, "2026-12-01T00:00:00+01:00"),  # a Monday
        ("health_ch", 2025, "2025-11-29T00:00:00+01:00"),  # a Sunday: Friday 28 November is the last day
        ("medicare_us", 2026, "2026-12-08T00:00:00-05:00"),
        ("motor_de", 2024, "2024-11-30T00:00:00+01:00"),  # a Saturday: Friday 29 November is the last day
    ],
)
def test_the_deadline_follows_the_weekend_rule(name: str, year: int, too_late: str) -> None:
    assert calendar(name).deadline(year) == parse_instant(too_late)


def test_who_is_too_late_by_the_weekend_rule_may_not_switch() -> None:
    swiss = calendar("health_ch")
    saturday = parse_instant("2025-11-29T00:00:00+01:00")
    assert swiss.phase_at(saturday) == "peak"
    assert swiss.is_switching(saturday - 1)
    assert not swiss.is_switching(saturday)
    assert swiss.switching_bounds(2025).end == saturday == swiss.choose_until(2025)


def test_a_deadline_may_move_to_the_working_day_after_and_have_a_time() -> None:
    after = parse_season(changed("health_ch", deadline={"kind": "sent", "at": "11-30T17:00", "weekend": "after"}))
    assert after.deadline(2025) == parse_instant("2025-12-01T17:00:00+01:00")


@pytest.mark.parametrize(
    ("after", "moment"),
    [
        ("2026-12-29T08:59:59+01:00", "2026-12-29T09:00:00+01:00"),
        ("2026-12-29T09:00:00+01:00", "2027-12-29T09:00:00+01:00"),
        ("2027-01-15T00:00:00+01:00", "2027-12-29T09:00:00+01:00"),
    ],
)
def test_the_next_moment_comes_strictly_later(after: str, moment: str) -> None:
    assert HEALTH.next_moment("deadline", parse_instant(after)) == parse_instant(moment)


INSTANTS = st.integers(parse_instant("2015-01-01T00:00:00Z"), parse_instant("2045-01-01T00:00:00Z"))


@given(INSTANTS, st.sampled_from(sorted(FILES)), st.sampled_from(["opening", "undecided", "deadline"]))
def test_moments_come_every_year_in_order(instant: Instant, name: str, moment: str) -> None:
    season = calendar(name)
    following = season.next_moment(moment, instant)
    assert following > instant
    assert following - instant < 367 * 86_400_000
    assert season.next_moment(moment, following - 1) == following


@given(INSTANTS, st.sampled_from(sorted(FILES)))
def test_a_moment_lies_within_the_bounds_of_its_phase_and_year(instant: Instant, name: str) -> None:
    season = calendar(name)
    phase, year = season.phase_at(instant), season.season_year(instant)
    if phase is not None:
        start, end = season.bounds(phase, year)
        assert start <= instant < end
    stretches = [season.bounds(name, year) for name in season.version(year).switching]
    in_time = instant < season.deadline(year)
    assert season.is_switching(instant) == (in_time and any(start <= instant < end for start, end in stretches))


def test_a_leap_day_is_the_last_day_of_february_in_common_years() -> None:
    winter = parse_season(
        changed(
            "health_nl", phases=[{"name": "winter", "from": "12-15", "to": "02-29"}], switching=["winter"], moments={}
        )
    )
    assert winter.bounds("winter", 2026).end == parse_instant("2027-03-01T00:00:00+01:00")
    assert winter.bounds("winter", 2027).end == parse_instant("2028-03-01T00:00:00+01:00")
    assert winter.phase_at(parse_instant("2028-02-29T12:00:00+01:00")) == "winter"


def test_a_new_version_holds_from_the_first_season_after_it_is_valid() -> None:
    later = changed(
        "health_nl",
        valid_from="2027-01-01",
        phases=[{"name": "compare", "from": "11-01", "to": "12-31"}],
        switching=["compare"],
    )
    both = parse_season([later, content("health_nl")])
    assert both.switching_bounds(2026).start == parse_instant("2026-11-12T00:00:00+01:00")
    assert both.switching_bounds(2027).start == parse_instant("2027-11-01T00:00:00+01:00")
    assert both.phase_at(parse_instant("2027-01-15T00:00:00+01:00")) == "tail"
    assert both.next_moment("opening", parse_instant("2027-01-15T00:00:00+01:00")) == parse_instant(
        "2027-11-12T00:00:00+01:00"
    )


def test_exceptions_open_a_season_of_their_own() -> None:
    birthday = parse_instant("2026-03-15T00:00:00+01:00")
    start, end = HEALTH.exception_bounds("turning_18", birthday)
    assert (format_instant(start), format_instant(end)) == ("2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z")
    assert HEALTH.exception_bounds("conditions_worsen", birthday).start == birthday
    december = parse_instant("2026-12-15T00:00:00+01:00")
    assert HEALTH.exception_bounds("divorce", december).start == parse_instant("2027-01-01T00:00:00+01:00")


def test_every_calendar_knows_the_moments_the_triggers_ask_for() -> None:
    for name in FILES:
        season = calendar(name)
        assert season.name == name
        for moment in ("opening", "undecided", "deadline"):
            assert season.is_switching(season.moment(moment, 2026))
            assert season.moment(moment, 2026) < season.deadline(2026)


OVERLAPPING = [{"name": "a", "from": "11-12", "to": "12-15"}, {"name": "b", "from": "12-15", "to": "12-31"}]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"phases": OVERLAPPING}, "day before"),
        ({"switching": ["summer"]}, "summer"),
        ({"moments": {"deadline": "29-12"}}, "12-29T09:00"),
        ({"moments": {"deadline": "12-29T25:00"}}, "time of day"),
        ({"deadline": {"kind": "posted", "at": "12-31"}}, "deadline.kind"),
        ({"zone": "Europe/Amsterdm"}, "Europe/Amsterdam"),
        ({"source": []}, "source"),
        ({"fases": []}, "fases"),
        ({"choose_until": "02-30"}, "does not exist"),
        ({"choose_until": "12-13"}, "choose_until: 12-13 comes before the last day"),
        ({"deadline": {"kind": "sent", "at": "10-01"}}, "deadline: 10-01 comes before anybody may switch"),
    ],
)  # fmt: skip
def test_wrong_calendars_are_refused_with_the_field(fields: dict[str, Any], message: str) -> None:
    fields.setdefault("switching", ["b"] if "phases" in fields else ["compare"])
    with pytest.raises(ValidationError, match=message):
        parse_season(changed("health_nl", **fields))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: HEALTH.bounds("summer", 2026),
        lambda: HEALTH.moment("summer", 2026),
        lambda: HEALTH.exception_bounds("summer", 0),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(ask: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"has no \w+ 'summer'; it has \w+"):
        ask()
