"""A lexicon says what is wrong with it, all at once, by file and line."""

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from signals.config import Config
from signals.pack.compile import compile_pack
from signals.pack.document import PackError
from signals.pack.load import load_pack
from signals.text import LexiconError, load_reader
from tests.signals.text.conftest import AMSTERDAM, LEXICON


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    folder = tmp_path / "lexicon"
    for name in ("labels.yaml", "words.yaml", "names.yaml"):
        folder.mkdir(exist_ok=True)
        shutil.copy(LEXICON / name, folder / name)
    shutil.copytree(LEXICON / "cues", folder / "cues")
    return folder


def test_a_marketer_adds_a_phrase_without_python(lexicon: Path, at: int) -> None:
    (lexicon / "nl").mkdir()
    (lexicon / "nl" / "pet.yaml").write_text("event: pet\nlanguage: nl\nphrases: |\n  {ik} ... alpaca*\n")
    [mention] = load_reader(lexicon, AMSTERDAM).read("wij hebben twee alpaca's", "chat", at)
    assert mention.event == "pet"


def test_the_same_words_are_compiled_once_and_changed_ones_anew(lexicon: Path, tmp_path: Path, at: int) -> None:
    shutil.copytree(lexicon, tmp_path / "copy")
    reader = load_reader(lexicon, AMSTERDAM)
    assert load_reader(tmp_path / "copy", AMSTERDAM) is reader
    assert load_reader(lexicon, ZoneInfo("Europe/Zurich")) is not reader
    (lexicon / "nl").mkdir()
    (lexicon / "nl" / "pet.yaml").write_text("event: pet\nlanguage: nl\nphrases: |\n  {ik} ... alpaca*\n")
    assert [mention.event for mention in load_reader(lexicon, AMSTERDAM).read("wij hebben een alpaca", "chat", at)]
    assert not load_reader(tmp_path / "copy", AMSTERDAM).read("wij hebben een alpaca", "chat", at)


def test_all_mistakes_are_told_with_file_and_line(lexicon: Path) -> None:
    (lexicon / "nl").mkdir()
    wrong = (
        "event: pets\nlanguage: nl\nphrases: |\n  een hond\n  (hond|kat\n  {dier} gekocht\n  hond => maybe\n"
        "examples: |\n  we hebben een hond\n"
    )
    (lexicon / "nl" / "pet.yaml").write_text(wrong)
    (lexicon / "nl" / "move.yaml").write_text("event: move\nlangauge: nl\nphrases: |\n  verhuizen\n")
    with pytest.raises(LexiconError) as caught:
        load_reader(lexicon, AMSTERDAM)
    told = str(caught.value)
    for place in ("pet.yaml:1", "pet.yaml:5", "pet.yaml:6", "pet.yaml:7", "pet.yaml:9", "move.yaml:2"):
        assert place in told


def test_broken_yaml_is_told_with_its_line(lexicon: Path) -> None:
    (lexicon / "words.yaml").write_text("words:\n  ik: [oops\n")
    with pytest.raises(LexiconError, match=r"words\.yaml:\d+: "):
        load_reader(lexicon, AMSTERDAM)


def test_checking_a_pack_names_mistakes_in_its_lexicon(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(LEXICON.parent, folder)
    with (folder / "lexicon" / "nl" / "pet.yaml").open("a", encoding="utf-8") as file:
        file.write("  we hebben een hond -> maybe\n")
    with pytest.raises(PackError, match=r"pet\.yaml:\d+: write an example as"):
        compile_pack(load_pack(str(folder)), Config())


@pytest.mark.parametrize("letters", ["[]", "[^a]", "[a-z]", "[sz", "[é]"])
def test_letters_that_are_none_are_told(lexicon: Path, letters: str) -> None:
    (lexicon / "nl").mkdir()
    wrong = f"event: pet\nlanguage: nl\nphrases: |\n  hond\n  honde{letters}n\n"
    (lexicon / "nl" / "pet.yaml").write_text(wrong, "utf-8")
    with pytest.raises(LexiconError, match=r"pet\.yaml:5: write the letters"):
        load_reader(lexicon, AMSTERDAM)


def test_a_phrase_may_be_written_in_capitals(lexicon: Path, at: int) -> None:
    (lexicon / "nl").mkdir()
    (lexicon / "nl" / "pet.yaml").write_text("event: pet\nlanguage: nl\nphrases: |\n  Labradoodle[RS] uit NL\n")
    [mention] = load_reader(lexicon, AMSTERDAM).read("twee labradoodles uit nl", "chat", at)
    assert mention.event == "pet"


def test_what_can_stand_in_no_file_is_told(lexicon: Path) -> None:
    (lexicon / "words.yaml").write_text("words:\n  ik: i\x01k\n", "utf-8")
    with pytest.raises(LexiconError, match=r"words\.yaml:1: "):
        load_reader(lexicon, AMSTERDAM)
