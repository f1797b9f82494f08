"""The guide for pack writers: its examples are a pack, and the pack's own tests pass."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from signals.calendar.season_version import Season
from signals.calendar.working_days import HolidayRules
from signals.config import Config
from signals.faults import keys_at
from signals.pack.expression import translated
from signals.pack.functions import FUNCTIONS
from signals.pack.header import OrderModel, PackHeader, Policy, Values
from signals.pack.load import BUILT_IN, load_pack
from signals.pack.model import PackTest, Trigger
from signals.pack.pattern import Pattern
from signals.pack.testing import TestResult, run_pack_tests
from signals.text.lexicon import Label, Labels, Names, Told, Words
from streams.sources.tracking import Tracking, pack_tracking
from tests.docs.examples import files_of

GUIDE = BUILT_IN / "README.md"


def test_every_example_of_the_guide_passes_its_own_tests(tmp_path: Path) -> None:
    for name, text in files_of(GUIDE).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    results = [*results_of(tmp_path / "guide"), *results_of(tmp_path / "wording")]
    assert {"life_event.boat", "season.garden.last_days", "lexicon.move", "lexicon.heat_pump"} <= {
        result.trigger for result in results
    }
    assert [result for result in results if result.problem] == []


def results_of(pack: Path) -> list[TestResult]:
    return list(run_pack_tests(load_pack(str(pack)), Config()))


HEADER = (PackHeader, Policy, Values, OrderModel, HolidayRules)
LEXICON = (Label, Labels, Words, Names, Told)
PLACES = [(model, ()) for model in (Pattern, PackTest, *HEADER, Season, Trigger, *LEXICON, Tracking)]
PLACES += [(Trigger, (key,)) for key in keys_at(Trigger, ()) if keys_at(Trigger, (key,))]


@pytest.mark.parametrize(("model", "place"), PLACES, ids=str)
def test_the_guide_names_every_key(model: type[BaseModel], place: tuple[str, ...]) -> None:
    text, keys = GUIDE.read_text(), keys_at(model, place)
    assert [key for key in sorted(keys) if not re.search(rf"`{key}\b|^ *(- )?{key}:|[{{ ]{key}: ", text, re.M)] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_guide_shows_how_every_function_is_called(name: str) -> None:
    called = re.findall(rf"`({name}\([^`]*\))`", GUIDE.read_text())
    assert called
    for text in called:
        translated(text, FUNCTIONS, "about")


def test_the_calls_that_the_guide_explains_are_read(tmp_path: Path) -> None:
    for name, text in files_of(GUIDE).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert set(pack_tracking(str(tmp_path / "wording")).events) == {"Meter Reading Sent"}


def test_every_function_tells_what_it_is_for() -> None:
    assert [name for name, function in FUNCTIONS.items() if not function.__doc__] == []
