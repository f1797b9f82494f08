"""The guide for pack writers: its examples are a pack, and the pack's own tests pass."""

from pathlib import Path

from signals.config import Config
from signals.pack.functions import FUNCTIONS
from signals.pack.load import BUILT_IN, load_pack
from signals.pack.model import Play
from signals.pack.pattern import Pattern
from signals.pack.testing import TestResult, run_pack_tests
from tests.docs.examples import files_of

GUIDE = BUILT_IN / "README.md"


def test_every_example_of_the_guide_passes_its_own_tests(tmp_path: Path) -> None:
    for name, text in files_of(GUIDE).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    results = [*results_of(tmp_path / "guide"), *results_of(tmp_path / "wording")]
    assert {"life_event.boat", "lexicon.move"} <= {result.trigger for result in results}
    assert [result for result in results if result.problem] == []


def results_of(pack: Path) -> list[TestResult]:
    return list(run_pack_tests(load_pack(str(pack)), Config()))


def test_the_guide_names_every_key_of_patterns_and_plays() -> None:
    text = GUIDE.read_text()
    keys = {field.alias or name for name, field in Pattern.model_fields.items()} | set(Play.model_fields)
    assert [key for key in sorted(keys - {"name", "social_consent"}) if f"`{key}`" not in text] == []


def test_every_function_tells_what_it_is_for() -> None:
    assert [name for name, function in FUNCTIONS.items() if not function.__doc__] == []
