"""What a pack says and what would never be of use is told before it is used, in its own place."""

import re
from pathlib import Path

import pytest

from signals.config import Config
from signals.pack.compile import compile_pack
from signals.pack.document import PackError
from signals.pack.load import load_pack

HEADER = "name: x\nversion: 1.0.0\nabout: a pack for this test\n"
ASKED = "of: [{on: contact.received, key: data.topic}]"
TRIGGER = """
service.asked:
  about: something
  class: service
  count:
    of: [{on: contact.received, key: data.topic}]
    saw: {en: x, nl: x}
  play:
    channels: [email]
    window: {closes: P7D}
    why: {en: x, nl: x}
    say: {en: x, nl: x}
"""
SEASON = """
name: SEASON
market: DE
product: car
zone: Europe/Berlin
valid_from: 2026-01-01
source: [Our own]
phases: [{name: early, from: 03-01, to: 03-31}]
switching: [early]
deadline: {kind: received, at: 03-31}
moments: {opening: 03-01}
"""


def written(folder: Path, header: str = "", trigger: str = TRIGGER, **others: str) -> Path:
    others |= {"pack.yaml": HEADER + header, "triggers/own.yaml": trigger}
    for name, text in others.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(PackError) as raised:
        compile_pack(load_pack(str(folder)), Config())
    return raised.value.problems


def only_problem(folder: Path, *places: str) -> str:
    """What is wrong with a pack, one line for each of these places and no other."""
    problems = problems_of(folder)
    assert len(problems) == len(places), problems
    for place, problem in zip(places, problems, strict=True):
        assert place in problem, problems
    return "\n".join(problems)


@pytest.mark.parametrize("word", ["competitor", "status", "form", "field", "product"])
def test_a_sentence_names_nothing_that_is_never_filled_in(tmp_path: Path, word: str) -> None:
    folder = written(tmp_path, trigger=TRIGGER.replace("why: {en: x", f'why: {{en: "x {{{word}}}"'))
    problem = only_problem(folder, f"own.yaml:11: service.asked.play.why.en: {{{word}}}")
    assert "known are about, count, date, events" in problem


def test_a_sentence_says_what_it_is_about_only_where_a_pattern_has_a_key(tmp_path: Path) -> None:
    saying = TRIGGER.replace("saw: {en: x", 'saw: {en: "x {about}"')
    assert compile_pack(load_pack(str(written(tmp_path, trigger=saying))), Config()).triggers
    problem = only_problem(written(tmp_path, trigger=saying.replace(", key: data.topic", "")), "count.saw.en: {about}")
    assert "a pattern's key says what it is about" in problem


def test_a_season_fills_in_its_product_and_nothing_it_is_about(tmp_path: Path) -> None:
    asked = TRIGGER[TRIGGER.index("  count:") : TRIGGER.index("    saw:")]
    trigger = TRIGGER.replace("service.asked", "season.<calendar>.asked").replace(
        asked, "  calendar:\n    season: <calendar>\n    moment: opening\n    who: holds('<product>')\n"
    )
    told = trigger.replace("why: {en: x", 'why: {en: "{product} {about}"')
    folder = written(tmp_path, trigger=told, **{"calendars/spring.yaml": SEASON.replace("SEASON", "spring")})
    assert "known are count, date, events, product" in only_problem(
        folder, "season.<calendar>.asked.play.why.en: {about}"
    )


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("holds('stroom')", "the pack calls this product 'power', not 'stroom'"),
        ("holds('Power')", "the pack calls this product 'power', not 'Power'"),
        ("product(data.product) == 'stroom'", "calls this product 'power'"),
        ("product(data.product) in ('gas', 'stroom contract')", "calls this product 'power'"),
        ("changed_since('service.asked', 'stroom')", "calls this product 'power'"),
    ],
)
def test_a_product_is_asked_for_by_the_name_that_contracts_have(tmp_path: Path, condition: str, says: str) -> None:
    header = "products: {power: [stroom], gas: [aardgas]}\nproduct_endings: [contract]\n"
    asking = TRIGGER.replace(ASKED, f'of: [{{on: policy.changed, if: "{condition}"}}]')
    assert says in only_problem(written(tmp_path, header, asking), "own.yaml:6: service.asked.count.of.0.if")
    right = asking.replace("stroom contract", "power").replace("stroom", "power").replace("Power", "power")
    assert compile_pack(load_pack(str(written(tmp_path, header, right))), Config()).triggers


def test_products_that_the_pack_does_not_list_keep_the_names_of_their_sources(tmp_path: Path) -> None:
    asking = TRIGGER.replace(ASKED, "of: [{on: policy.changed, if: \"holds('boat') and premium('Auto') > 3\"}]")
    assert compile_pack(load_pack(str(written(tmp_path, "products: {car: [auto]}\n", asking))), Config()).triggers


def test_a_name_of_two_products_is_told_with_the_other(tmp_path: Path) -> None:
    header = "products:\n  car: [auto, motor]\n  motorcycle: [Motor, bike]\n  bike: [fiets]\n"
    told = only_problem(written(tmp_path, header), "pack.yaml:6: products.motorcycle.0", "products.motorcycle.1")
    assert "'Motor' is a name of car already" in told
    assert "'bike' is a name of bike already" in told


def test_what_a_product_is_called_is_told_of_the_products_own_name(tmp_path: Path) -> None:
    header = "products: {power: [stroom]}\nlabels: {stroom: {en: power, nl: stroom}}\n"
    assert "calls this product power" in only_problem(written(tmp_path, header), "pack.yaml:5: labels.stroom")


def test_two_calendars_of_one_name_are_told(tmp_path: Path) -> None:
    same = {f"calendars/{name}.yaml": SEASON.replace("SEASON", "spring") for name in ("a", "b")}
    assert "spring stands in a.yaml already" in only_problem(written(tmp_path, **same), "b.yaml:2: name")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("trigger/more.yaml", "trigger: is not read; is it triggers/?"),
        ("Calendars/more.yml", "Calendars: is not read; is it calendars/?"),
        ("lexikon/nl/move.yaml", "lexikon: is not read; is it lexicon/?"),
        ("triggers/more/more.yaml", "more.yaml:1: is not read; move it to triggers/"),
        ("triggers/more.YAML", "more.YAML:1: is not read; call it more.yaml"),
        ("lexicon/nl/move.yml", "move.yml:1: is not read; call it move.yaml"),
        ("lexicon/nl/more/move.yaml", "move.yaml:1: is not read; move it to lexicon/LANGUAGE/"),
        ("tracking.yml", "tracking.yml:1: is not read; call it tracking.yaml"),
        ("triggers.yaml", "triggers.yaml:1: is not read; put it in triggers/"),
    ],
)
def test_a_file_that_nothing_reads_is_told(tmp_path: Path, file: str, says: str) -> None:
    header = "lexicon: insurance-nl\n" if file.startswith("lexicon/") else ""
    assert says in only_problem(written(tmp_path, header, **{file: "a: 1\n"}), says)


def test_what_else_stands_in_the_folder_is_nobodys_business(tmp_path: Path) -> None:
    others = {"README.md": "x", "config.yaml": "a: 1", "events/day.yaml": "a: 1", "triggers/notes.txt": "x"}
    assert load_pack(str(written(tmp_path, **others))).triggers


@pytest.mark.parametrize("name", ["season.<kalender>.asked", "service.<calender>"])
def test_a_gap_in_a_name_that_nothing_fills_is_told(tmp_path: Path, name: str) -> None:
    only_problem(written(tmp_path, trigger=TRIGGER.replace("service.asked", name)), f"own.yaml:2: {name}: write")


def test_a_gap_is_not_filled_where_the_name_has_none(tmp_path: Path) -> None:
    asking = TRIGGER.replace("    saw", "    who: holds('<product>')\n    saw")
    assert "a trigger's name has <calendar>" in only_problem(
        written(tmp_path, trigger=asking), "own.yaml:7: service.asked.count.who"
    )


def test_a_misspelt_calendar_in_a_test_is_told(tmp_path: Path) -> None:
    tested = TRIGGER + "  tests:\n    - {name: n, season: sprnig, given: [], until: 2026-03-01, expect: []}\n"
    folder = written(tmp_path, trigger=tested, **{"calendars/spring.yaml": SEASON.replace("SEASON", "spring")})
    assert "there is no calendar 'sprnig'; is it spring?" in only_problem(
        folder, "own.yaml:14: service.asked.tests.0.season"
    )


@pytest.mark.parametrize(
    ("due", "says"),
    [
        ("data.end_date + 30", "nothing can be calculated with data.end_date: it is a text"),
        ("moment(data.end_date) - 30", "by 30 milliseconds"),
    ],
)
def test_days_are_not_taken_off_a_date_by_calculating(tmp_path: Path, due: str, says: str) -> None:
    absence = f"  absence:\n    starts: [{{on: policy.changed, key: data.policy}}]\n    due: {due}\n"
    trigger = TRIGGER.replace(f"  count:\n    {ASKED}\n", absence)
    assert says in only_problem(written(tmp_path, trigger=trigger), "own.yaml:7: service.asked.absence.due")


def test_a_window_that_closes_before_the_day_says_when_it_opens(tmp_path: Path) -> None:
    trigger = TRIGGER.replace("{closes: P7D}", "{closes: -P7D}")
    only_problem(written(tmp_path, trigger=trigger), "own.yaml:10: service.asked.play.window: ")
    opened = trigger.replace("{closes: -P7D}", "{opens: -P30D, closes: -P7D}")
    assert load_pack(str(written(tmp_path, trigger=opened))).triggers


def test_a_guard_is_not_kept_up_by_two(tmp_path: Path) -> None:
    guard = "  no_sales: P1Y\n  guard:\n    sets: [{on: contact.received}]\n    lasts: P30D\n"
    trigger = TRIGGER.replace(f"  count:\n    {ASKED}\n", guard)
    only_problem(written(tmp_path, trigger=trigger), "own.yaml:5: service.asked.no_sales: a guard keeps sales away")


def test_a_trigger_that_can_not_be_read_is_there_all_the_same(tmp_path: Path) -> None:
    broken = TRIGGER.replace("service.asked", "service.other").replace("P7D", "soon")
    asking = TRIGGER.replace("    saw", "    who: fired('service.other')\n    saw")
    season = SEASON.replace("SEASON", "spring") + (
        "exceptions: [{name: other, lasts: P1M, opened_by: service.other, source: Our own}]\n"
    )
    only_problem(
        written(tmp_path, trigger=asking, **{"triggers/more.yaml": broken, "calendars/spring.yaml": season}),
        "more.yaml:10: service.other.play.window.closes",
    )


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("closes: P7D", "closes: 7", "window.closes: 7 is not a duration; write for example P30D"),
        ("why: {en: x, nl: x}", "why: x", "play.why: write keys and their values here.*known are en, nl"),
        ("    saw", "    at_least: 2\n    within: 14\n    saw", "count.within: 14 is not a duration"),
    ],
)
def test_a_wrong_type_is_told_with_what_to_write(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    (problem,) = problems_of(written(tmp_path, trigger=TRIGGER.replace(right, wrong)))
    assert re.search(says, problem), problem


def test_what_is_wrong_with_a_calendar_is_told_once_and_in_our_words(tmp_path: Path) -> None:
    wrong = SEASON.replace("SEASON", "spring").replace("03-01, to", "02-30, to").replace("2026-01-01", "2026")
    told = only_problem(
        written(tmp_path, **{"calendars/s.yaml": wrong}), "s.yaml:6: valid_from", "s.yaml:8: phases.0.from"
    )
    assert "write a date here, as in 2026-01-01" in told


def test_opening_hours_that_are_one_text_are_told_how_they_are_written(tmp_path: Path) -> None:
    folder = written(tmp_path, 'policy: {hours: {phone: "9-17"}}\n')
    assert 'as in {mon-fri: "09:00-21:00"}' in only_problem(folder, "pack.yaml:4: policy.hours.phone: ")
