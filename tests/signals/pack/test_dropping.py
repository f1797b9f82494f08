"""A pack leaves out what it doesn't want of the pack it extends; so do those that extend it."""

from pathlib import Path

import pytest

from signals.config import Config
from signals.pack.compile import compile_pack
from signals.pack.document import PackError
from signals.pack.load import load_pack
from signals.pack.testing import run_pack_tests

TRIGGER = """
{name}:
  about: {name}
  class: care
  count: {{of: [{{on: contact.received}}], saw: {{en: called, nl: belde}}}}
  play:
    channels: [phone]
    window: {{closes: P7D}}
    why: {{en: They called., nl: Ze belden.}}
    say: {{en: Listen., nl: Luister.}}
  tests:
    - name: both of them
      given: [{{at: 2026-03-02T10:00, contact.received: {{channel: phone}}}}]
      expect: [care.one, care.two]
"""
BOTH = TRIGGER.format(name="care.one") + TRIGGER.format(name="care.two")


def written(folder: Path, name: str, header: str, triggers: str = "") -> Path:
    pack = folder / name
    (pack / "triggers").mkdir(parents=True)
    (pack / "pack.yaml").write_text(f"name: {name}\nversion: 1.0.0\nabout: x\n{header}", "utf-8")
    (pack / "triggers" / "own.yaml").write_text(triggers, "utf-8")
    return pack


def triggers_of(pack: Path) -> set[str]:
    return set(compile_pack(load_pack(str(pack)), Config()).triggers)


def test_what_is_dropped_is_gone_and_the_tests_of_the_others_hold(tmp_path: Path) -> None:
    written(tmp_path, "below", "", BOTH)
    mine = written(tmp_path, "mine", "extends: below\ndrop: care.two\n")
    assert triggers_of(mine) == {"care.one"}
    results = list(run_pack_tests(load_pack(str(mine)), Config()))
    assert [(result.trigger, result.problem) for result in results] == [("care.one", "")]


def test_what_a_pack_below_dropped_stays_away_until_it_is_declared_anew(tmp_path: Path) -> None:
    written(tmp_path, "below", "", BOTH)
    written(tmp_path, "middle", "extends: below\ndrop: [care.two]\n")
    third = written(tmp_path, "third", "extends: middle\n")
    fourth = written(tmp_path, "fourth", "extends: third\n", TRIGGER.format(name="care.two"))
    fifth = written(tmp_path, "fifth", "extends: fourth\n")
    assert [triggers_of(pack) for pack in (third, fourth, fifth)] == [{"care.one"}, *[{"care.one", "care.two"}] * 2]


def test_what_two_packs_below_declare_is_dropped_of_both(tmp_path: Path) -> None:
    written(tmp_path, "below", "", TRIGGER.format(name="care.two"))
    written(tmp_path, "middle", "extends: below\n", BOTH)
    third = written(tmp_path, "third", "extends: middle\ndrop: [care.two]\n")
    assert triggers_of(third) == triggers_of(written(tmp_path, "fourth", "extends: third\n")) == {"care.one"}


def test_a_trigger_of_every_season_is_dropped_for_one_or_for_all(tmp_path: Path) -> None:
    header = "extends: insurance-nl\ncalendars: [health_nl, motor_de]\ndrop: [{}]\n"
    one = triggers_of(written(tmp_path, "one", header.format("season.motor_de.opening")))
    both = triggers_of(written(tmp_path, "both", header.format('"season.<calendar>.opening"')))
    assert one - both == {"season.health_nl.opening"}
    assert not any(name.endswith(".opening") for name in both)


def test_a_trigger_of_every_season_is_dropped_where_there_is_no_season_yet(tmp_path: Path) -> None:
    header = 'extends: insurance-nl\ncalendars: []\ndrop: ["season.<calendar>.opening"]\n'
    written(tmp_path, "mine", header)
    above = written(tmp_path, "above", "extends: mine\ncalendars: [motor_de]\n")
    assert {name for name in triggers_of(above) if name.startswith("season.motor_de.o")} == set()


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            "extends: below\ndrop: [care.one, care.too]\n",
            "pack.yaml:5: drop.1: .*no trigger 'care.too'; is it care.two?",
        ),
        ("drop: [care.one]\n", "pack.yaml:4: drop.0: what this pack extends has no trigger 'care.one'"),
    ],
)
def test_what_is_not_there_to_be_dropped_is_told(tmp_path: Path, header: str, says: str) -> None:
    written(tmp_path, "below", "", BOTH)
    with pytest.raises(PackError, match=says.replace("?", r"\?")):
        load_pack(str(written(tmp_path, "mine", header)))


def test_what_still_asks_for_a_dropped_trigger_is_told(tmp_path: Path) -> None:
    asking = TRIGGER.format(name="care.two").replace("saw:", "who: fired('care.one'), saw:")
    written(tmp_path, "below", "", TRIGGER.format(name="care.one") + asking)
    with pytest.raises(PackError, match=r"there is no trigger .care\.one.; known are care\.two"):
        triggers_of(written(tmp_path, "mine", "extends: below\ndrop: [care.one]\n"))
