"""Every inline test of every pack that is shipped."""

from pathlib import Path

import pytest

from signals.config import Config
from signals.pack.load import BUILT_IN, PackFiles, load_pack
from signals.pack.model import PackTest, Trigger
from signals.pack.testing import run_pack_tests

PACKS = sorted(path.parent.name for path in BUILT_IN.glob("*/pack.yaml"))


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_own_tests_pass(name: str) -> None:
    results = list(run_pack_tests(load_pack(name), Config(pack=name)))
    assert results
    assert [result for result in results if result.problem] == []


@pytest.mark.parametrize("name", PACKS)
def test_every_trigger_tells_why_it_is_there_and_has_a_test_that_fires_and_one_that_does_not(name: str) -> None:
    for trigger, definition in load_pack(name).triggers.items():
        assert len(definition.about.split()) >= 10, trigger
        fires = [_is_expected(trigger, definition, test) for test in definition.tests]
        assert set(fires) == {True, False}, f"{trigger} needs a test that fires and one that must not"


def test_every_trigger_of_the_insurers_pack_names_its_source() -> None:
    unsourced = [
        name for name, trigger in load_pack("insurance-nl").triggers.items() if "Source: " not in trigger.about
    ]
    assert unsourced == []


def _is_expected(trigger: str, definition: Trigger, test: PackTest) -> bool:
    names = [entry if isinstance(entry, str) else str(entry["trigger"]) for entry in test.expect]
    return any(name == trigger or (bool(definition.variant) and name.startswith(f"{trigger}.")) for name in names)


def _extending(folder: Path, header: str = "", trigger: str = "") -> PackFiles:
    (folder / "triggers").mkdir()
    own = f"name: mine\nversion: 0.1.0\nabout: Ours.\nextends: insurance-nl\n{header}"
    (folder / "pack.yaml").write_text(own, "utf-8")
    (folder / "triggers" / "own.yaml").write_text(trigger, "utf-8")
    return load_pack(str(folder))


_CALENDARS = "calendars: [health_nl, health_ch, medicare_us, motor_de]\n"
_OWN = """
relationship.any_call:
  about: Any contact.
  class: care
  count: {of: [{on: contact.received}], saw: {en: called, nl: belde}}
  play:
    channels: [phone]
    window: {closes: P7D}
    why: {en: They called., nl: Ze belden.}
    say: {en: Listen., nl: Luister.}
  tests:
    - {name: wrong, given: [{at: 2026-03-02T10:00, contact.received: {channel: phone}}], expect: []}
"""


@pytest.mark.parametrize(("header", "trigger"), [(_CALENDARS, ""), ("", _OWN), (_CALENDARS, _OWN)])
def test_what_a_pack_extends_keeps_its_own_tests_whatever_is_added(tmp_path: Path, header: str, trigger: str) -> None:
    results = list(run_pack_tests(_extending(tmp_path, header, trigger), Config()))
    wrong = [(result.trigger, result.name) for result in results if result.problem]
    assert wrong == ([("relationship.any_call", "wrong")] if trigger else [])


def test_a_trigger_that_a_pack_changes_is_held_to_the_tests_it_brings(tmp_path: Path) -> None:
    """What is written anew under a known name is this pack's own: the tests of all others hold it to what they say."""
    detractor = (
        _OWN.replace("relationship.any_call", "relationship.detractor")
        .replace("  tests:\n", "")
        .replace(
            "    - {name: wrong, given: [{at: 2026-03-02T10:00, contact.received: {channel: phone}}], expect: []}\n", ""
        )
    )
    results = list(run_pack_tests(_extending(tmp_path, "", detractor), Config()))
    assert any("fired: relationship.detractor" in result.problem for result in results)


_BY_SEASON = """
season.<calendar>.open:
  about: The season opens.
  class: care
  calendar: {season: <calendar>, moment: opening, who: "holds('<product>')", saw: {en: opened, nl: geopend}}
  play:
    channels: [email]
    window: {closes: P7D}
    why: {en: It opens., nl: Het opent.}
    say: {en: Help., nl: Help.}
  tests:
    - season: motor_de
      name: opens
      given: [{at: 2026-03-02T10:00, policy.changed: {policy: A1, product: motor, change: started}}]
      until: 2026-11-02T10:00
      expect: [season.motor_de.open]
"""


def test_a_test_marked_with_a_calendar_runs_where_a_pack_above_brings_that_calendar(tmp_path: Path) -> None:
    for name, header in (("base", "calendars: []"), ("top", "extends: base\ncalendars: [motor_de, medicare_us]")):
        (tmp_path / name / "triggers").mkdir(parents=True)
        header = f"name: {name}\nversion: 1.0.0\nabout: Theirs.\n{header}\n"
        (tmp_path / name / "pack.yaml").write_text(header, "utf-8")
    (tmp_path / "base" / "triggers" / "season.yaml").write_text(_BY_SEASON, "utf-8")
    (result,) = run_pack_tests(load_pack(str(tmp_path / "top")), Config())
    assert (result.trigger, result.problem) == ("season.motor_de.open", "")


def test_all_that_a_test_says_wrongly_is_told_at_its_line(tmp_path: Path) -> None:
    files = _extending(
        tmp_path,
        trigger=_OWN.split("  tests:")[0]
        + """
  tests:
    - name: good
      given: [{at: 2026-03-02T10:00, contact.received: {channel: phone}}]
      expect: [relationship.any_call]
    - name: bad
      given:
        - {at: 2026-13-02T10:00, contact.received: {channel: phone}}
        - {at: 2026-03-02T10:00, contact.recieved: {channel: phone}}
      until: yesterday
      expect: []
    - name: empty
      given: []
      expect: []
""",
    )
    bad, empty = [result for result in run_pack_tests(files, Config()) if result.problem]
    lines = (tmp_path / "triggers" / "own.yaml").read_text("utf-8").splitlines()
    assert [lines[int(one.place.rsplit(":", 1)[1]) - 1].strip() for one in (bad, empty)] == [
        "- name: bad",
        "- name: empty",
    ]
    told = (
        "event 1 (contact.received): at: '2026-13-02T10:00'",
        "event 2 (contact.recieved): type",
        "until: 'yesterday'",
    )
    assert all(one in bad.problem for one in told)
    assert "given" in empty.problem


def test_time_goes_on_from_what_is_given(tmp_path: Path) -> None:
    told = (
        _OWN.split("  tests:")[0]
        + """
  tests:
    - name: a year too early
      given: [{at: 2026-03-02T10:00, contact.received: {channel: phone}}]
      until: 2025-03-02T11:00
      expect: [relationship.any_call]
"""
    )
    (result,) = [one for one in run_pack_tests(_extending(tmp_path, trigger=told), Config()) if one.problem]
    assert "until: 2025-03-02T11:00 is before something that is given" in result.problem
