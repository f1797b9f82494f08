"""The same triggers run in another market by naming another calendar."""

from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from signals.calendar.instant import parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, compile_pack
from signals.pack.document import PackError
from signals.pack.load import PackFiles, load_pack
from signals.pack.testing import run_pack_tests

CUSTOMER = "customer:1"


def abroad(folder: Path, calendar: str, zone: str) -> PackFiles:
    (folder / "pack.yaml").write_text(
        f"name: abroad\nversion: 1.0.0\nabout: Elsewhere.\nextends: insurance-nl\n"
        f"timezone: {zone}\ncalendars: [{calendar}]\n"
    )
    return load_pack(str(folder))


def event(number: int, time: str, kind: str, **data: Any) -> Event:
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": kind, "time": time}
    decoded = decode_object({**envelope, "subject": CUSTOMER, "data": data})
    assert not isinstance(decoded, Rejected), decoded
    return decoded


def fired(files: PackFiles, product: str, *visits: str, until: str) -> list[tuple[str, str]]:
    """Season triggers that fired, with their moments, for a holder who compared at these times."""
    start = "2026-02-01T09:00:00Z"
    history = [event(0, start, "policy.changed", policy="P1", product=product, change="started", premium=100)]
    history += [event(place, visit, "web.viewed", url="/compare") for place, visit in enumerate(visits, 1)]
    engine = Engine(compile_pack(files, Config(pack="abroad")))
    batches = [engine.process(history), engine.advance(parse_instant(until))]
    decisions = [decision for batch in batches for decision in batch.decisions]
    told = {(decision["trigger"], decision["created"]) for decision in decisions}
    return sorted((one for one in told if one[0].startswith("season.")), key=lambda one: one[1])


def test_the_us_medicare_period(tmp_path: Path) -> None:
    files = abroad(tmp_path, "medicare_us", "America/New_York")
    visits = ("2026-11-20T15:00:00Z", "2026-11-20T16:00:00Z")
    assert fired(files, "health", *visits, until="2026-12-09T00:00:00Z") == [
        ("season.medicare_us.opening", "2026-10-15T04:00:00Z"),
        ("season.medicare_us.comparing", "2026-11-20T16:00:00Z"),
        ("season.medicare_us.undecided", "2026-11-21T05:00:00Z"),
        ("season.medicare_us.deadline", "2026-12-05T14:00:00Z"),
    ]


def test_the_swiss_health_season(tmp_path: Path) -> None:
    files = abroad(tmp_path, "health_ch", "Europe/Zurich")
    visits = ("2026-11-10T15:00:00Z", "2026-11-11T16:00:00Z")
    assert [trigger for trigger, _ in fired(files, "zorgverzekering", *visits, until="2026-12-01T00:00:00Z")] == [
        "season.health_ch.opening",
        "season.health_ch.comparing",
        "season.health_ch.undecided",
        "season.health_ch.deadline",
    ]


def test_the_german_car_season_knows_the_product_by_the_packs_own_name(tmp_path: Path) -> None:
    files = abroad(tmp_path, "motor_de", "Europe/Berlin")
    assert fired(files, "auto", until="2026-11-30T00:00:00Z") == [
        ("season.motor_de.opening", "2026-10-31T23:00:00Z"),
    ]
    assert fired(files, "health", until="2026-11-30T00:00:00Z") == []


SWISS = "krankenkasse kündigen", "resilier assurance maladie", "confronto premi cassa malati", "krankenkasse vergleich"
GERMAN = "kfz versicherung wechseln", "günstigste autoversicherung", "sonderkuendigung auto"
AMERICAN = "medicare plan comparison", "change medicare plan", "disenroll from medicare advantage"
DUTCH = "gunstigste zorgverzekering", "zorgverzekering opzeggen"
NOT_COMPARING = "deskundigen in letselschade", "kundige huisarts", "confrontatie met ziekte"


@pytest.mark.parametrize(
    ("calendar", "zone", "product", "queries"),
    [
        ("health_ch", "Europe/Zurich", "health", SWISS),
        ("motor_de", "Europe/Berlin", "motor", GERMAN),
        ("medicare_us", "America/New_York", "health", AMERICAN),
        ("health_nl", "Europe/Amsterdam", "health", DUTCH),
    ],
)
def test_comparing_is_read_in_the_languages_of_the_season(
    tmp_path: Path, calendar: str, zone: str, product: str, queries: tuple[str, ...]
) -> None:
    pack = compile_pack(abroad(tmp_path, calendar, zone), Config(pack="abroad"))
    comparing = [query for query in (*queries, *NOT_COMPARING) if compares(pack, product, query)]
    assert comparing == list(queries)


def compares(pack: Pack, product: str, query: str) -> bool:
    """Whether a holder who searched this on two days of November is comparing."""
    history = [event(0, "2026-02-01T09:00:00Z", "policy.changed", policy="P1", product=product, change="started")]
    history += [event(day, f"2026-11-{day}T15:00:00Z", "web.searched", query=query) for day in (20, 21)]
    decisions = Engine(pack).process(history).decisions
    return any(decision["trigger"].endswith(".comparing") for decision in decisions)


@pytest.mark.parametrize(
    ("calendar", "zone", "country"),
    [
        ("medicare_us", "America/New_York", "US"),
        ("health_ch", "Europe/Zurich", "CH"),
        ("motor_de", "Europe/Berlin", "DE-BY"),
    ],
)
def test_the_packs_own_tests_pass_abroad(tmp_path: Path, calendar: str, zone: str, country: str) -> None:
    abroad(tmp_path, calendar, zone)
    with (tmp_path / "pack.yaml").open("a") as header:
        header.write(f"holidays: {{country: {country}}}\n")
    files = load_pack(str(tmp_path))
    of_triggers = takewhile(
        lambda one: not one.trigger.startswith("lexicon."), run_pack_tests(files, Config(pack="abroad"))
    )
    assert [result for result in of_triggers if result.problem] == []


def test_comparing_after_the_season_is_no_longer_the_seasons(tmp_path: Path) -> None:
    files = abroad(tmp_path, "medicare_us", "America/New_York")
    visits = ("2026-12-08T15:00:00Z", "2026-12-09T16:00:00Z")  # Dutch customers could still switch
    assert [name for name, _ in fired(files, "health", *visits, until="2026-12-20T00:00:00Z")] == [
        "season.medicare_us.opening"
    ]


LONG = """
name: oep_us
market: US
product: health
zone: America/New_York
valid_from: 2020-01-01
source: ["Those in Medicare Advantage may change once from January to March: 42 CFR 422.62"]
phases: [{name: announced, from: 12-08, to: 12-31}, {name: open, from: 01-01, to: 03-31}]
switching: [open]
deadline: {kind: received, at: 03-31}
moments: {opening: 01-01T00:00, undecided: 02-15T00:00, deadline: 03-28T09:00}
"""


def test_a_season_of_ones_own_may_be_long_and_begin_with_the_year(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "oep_us.yaml").write_text(LONG)
    files = abroad(tmp_path, "oep_us", "America/New_York")
    visits = ("2027-01-09T15:00:00Z", "2027-01-10T15:00:00Z")
    assert fired(files, "health", *visits, until="2027-04-09T00:00:00Z") == [
        ("season.oep_us.opening", "2027-01-01T05:00:00Z"),
        ("season.oep_us.comparing", "2027-01-10T15:00:00Z"),
        ("season.oep_us.undecided", "2027-02-15T05:00:00Z"),
        ("season.oep_us.deadline", "2027-03-28T13:00:00Z"),
    ]


def test_a_pack_without_a_choice_has_its_own_calendars_and_no_others() -> None:
    seasons = {name for name in load_pack("insurance-nl").triggers if name.startswith("season.")}
    whats = ("opening", "comparing", "undecided", "deadline", "cancelled_elsewhere", "won_back")
    assert seasons == {f"season.health_nl.{what}" for what in whats}


def test_an_unknown_calendar_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        PackError, match=r"pack\.yaml:\d+: calendars\.0: there is no calendar 'health_fr'; known are .*medicare_us"
    ):
        abroad(tmp_path, "health_fr", "Europe/Paris")


def test_a_mistake_in_a_trigger_for_every_season_is_told_once_with_its_line(tmp_path: Path) -> None:
    triggers = tmp_path / "triggers"
    triggers.mkdir()
    (triggers / "mine.yaml").write_text("season.<calendar>.mine:\n  about: Mine.\n  klass: care\n")
    with pytest.raises(PackError) as refused:
        abroad(tmp_path, "medicare_us, health_ch", "Europe/Zurich")
    wrong = [problem for problem in refused.value.problems if "klass" in problem]
    assert len(wrong) == 1
    assert "mine.yaml:3" in wrong[0]
