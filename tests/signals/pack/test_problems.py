"""What can't be used is said at once and in full: file, line, field, what to do."""

import re
from pathlib import Path

import pytest

from signals.config import Config, load_config
from signals.pack.compile import compile_pack, open_pack
from signals.pack.document import PackError
from signals.pack.load import load_pack

HEADER = "name: shop\nversion: 1.0.0\nabout: a pack for this test\n"
TRIGGER = """
purchase.again:
  about: something
  class: sales
  count:
    of: [{on: order.placed, if: "data.amount > 5"}]
    saw: {en: bought, nl: kocht}
  play:
    channels: [email]
    window: {closes: P7D}
    why: {en: They bought., nl: Ze kochten.}
    say: {en: Thank them., nl: Bedank ze.}
"""
PROBLEM = re.compile(r".+\.yaml:\d+: .+")


def written(folder: Path, header: str = HEADER, **triggers: str) -> Path:
    (folder / "triggers").mkdir()
    (folder / "pack.yaml").write_text(header, "utf-8")
    for name, text in triggers.items():
        (folder / "triggers" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(PackError) as raised:
        compile_pack(load_pack(str(folder)), Config())
    return raised.value.problems


def test_every_condition_of_no_use_is_told_in_its_own_place(tmp_path: Path) -> None:
    patterns = """of:
      - {on: order.placed, if: "data.amount = 5"}
      - {on: order.placed, if: "data.amount > 5", key: "open(data.amount)"}
    who: "holds("
"""
    wrong = TRIGGER.replace("""of: [{on: order.placed, if: "data.amount > 5"}]\n""", patterns)
    problems = "\n".join(problems_of(written(tmp_path, bad=wrong)))
    for line, field in ((7, "count.of.0.if"), (8, "count.of.1.key"), (9, "count.who")):
        assert re.search(rf"bad\.yaml:{line}: purchase\.again\.{field}: ", problems), problems
    assert "compare with ==" in problems


ASKING = """
purchase.asking:
  about: something
  class: sales
  absence:
    starts:
      - {on: policy.changed, if: "data.premum > 60 and data.change == 'startd'", key: data.polisy}
      - {on: order.placed, each: data.items, if: "item.skuu != 'S1'"}
    ends:
      - {on: [payment.changed, claim.changed], if: "data.status in ('paid', 'payed', 'rejected')"}
      - {mention: move, if: "mention.polarity == 'no' or data.channel == 'fax'"}
      - {telling: quote, if: "data.step == 'done' or data.amount > 1 or event.type == 'web.veiwed'"}
      - {on: contact.received, if: "data.sentiment < -2 or data.resolved == 'yes' or 3 < data.topic"}
    due: moment(data.renewal)
    still: data.premium > 60
    saw: {en: bought, nl: kocht}
  play:
    channels: [email]
    window: {closes: P7D}
    withdrawn_by: [{on: form.changed, if: "data.step == 'sent'"}]
    why: {en: They bought., nl: Ze kochten.}
    say: {en: Thank them., nl: Bedank ze.}
  variant: prodct
"""


def test_fields_and_values_that_no_event_has_are_all_told_with_what_is_allowed(tmp_path: Path) -> None:
    problems = problems_of(written(tmp_path, HEADER + "extends: insurance-nl\n", bad=ASKING, good=TRIGGER))
    wanted = [
        (7, "absence.starts.0.if", "policy.changed has no field 'premum'; known are .*premium"),
        (7, "absence.starts.0.if", "data.change is never 'startd': it is one of quoted, started"),
        (7, "absence.starts.0.key", "no field 'polisy'"),
        (8, "absence.starts.1.if", "no field 'skuu'; known are price, quantity, sku"),
        (10, "absence.ends.0.if", "data.status is never 'payed': it is one of due, .*paid"),
        (11, "absence.ends.1.if", "mention.polarity is never 'no': it is one of affirmed"),
        (11, "absence.ends.1.if", "data.channel is never 'fax': it is one of phone, email"),
        (12, "absence.ends.2.if", "data.step is never 'done'"),
        (12, "absence.ends.2.if", "no field 'amount'"),
        (12, "absence.ends.2.if", "event.type is never 'web.veiwed': it is one of web.viewed"),
        (13, "absence.ends.3.if", "data.sentiment is never -2: it is a number from -1 to 1"),
        (13, "absence.ends.3.if", "data.resolved is never 'yes': it is True or False"),
        (13, "absence.ends.3.if", "data.topic is never 3: it is a text"),
        (14, "absence.due", "policy.changed or order.placed has no field 'renewal'"),
        (15, "absence.still", "remembered of the start has no field 'premium'; known are policy, product"),
        (20, "play.withdrawn_by.0.if", "data.step is never 'sent'"),
        (23, "variant", "no field 'prodct'"),
    ]
    assert len(problems) == len(wanted), problems
    for line, field, says in wanted:
        pattern = rf"bad\.yaml:{line}: purchase\.asking\.{field}: .*{says}"
        assert any(re.search(pattern, problem) for problem in problems), (pattern, problems)


@pytest.mark.parametrize(
    "pattern",
    [
        "on: order.placed, if: \"data.voucher == 'spring'\"",
        "on: order.placed, each: data.items, if: \"item.category == 'coffee' and item.quantity > 0\"",
        "mention: move, if: \"event.type == 'claim.changed' and data.claim != 'S1'\"",
    ],
)
def test_fields_that_our_senders_add_may_be_asked_for(tmp_path: Path, pattern: str) -> None:
    added = "fields: {order.placed: [voucher, items.category], claim.changed: text}\n"
    asking = TRIGGER.replace('on: order.placed, if: "data.amount > 5"', pattern)
    folder = written(tmp_path, HEADER + "extends: insurance-nl\n", good=asking)
    assert len(problems_of(folder)) > 0
    (folder / "pack.yaml").write_text(HEADER + "extends: insurance-nl\n" + added, "utf-8")
    assert "purchase.again" in compile_pack(load_pack(str(folder)), Config()).triggers


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("data.amount in (1, (2, 3))", "data.amount is never (2, 3): it is a number"),
        ("item.categry == 'coffee'", "no field 'categry'; .* as list.field"),
        ("item.price == 1 and data.items == 3", "data.items is never 3: it is a list"),
    ],
)
def test_values_in_lists_and_of_lists_are_looked_at(tmp_path: Path, condition: str, says: str) -> None:
    asking = TRIGGER.replace('if: "data.amount > 5"', f'each: data.items, if: "{condition}"')
    (problem,) = problems_of(written(tmp_path, bad=asking))
    assert re.search(says.replace("(", r"\(").replace(")", r"\)"), problem), problem


def test_what_is_bounded_on_one_side_is_told_with_its_bound(tmp_path: Path) -> None:
    asking = TRIGGER.replace('on: order.placed, if: "data.amount > 5"', 'on: web.viewed, if: "data.seconds == -1"')
    (problem,) = problems_of(written(tmp_path, bad=asking))
    assert "data.seconds is never -1: it is a number from 0 to" in problem


@pytest.mark.parametrize(
    ("kind", "variant", "says"),
    [
        (
            "absence: {starts: [{on: policy.changed}], within: P1D, saw: SAW}",
            "change",
            "what is remembered of the start",
        ),
        ("calendar: {season: health_nl, moment: opens, who: holds(), saw: SAW}", "competitor", "the season"),
    ],
)
def test_a_variant_that_is_not_known_when_it_fires_is_refused(
    tmp_path: Path, kind: str, variant: str, says: str
) -> None:
    count = TRIGGER[TRIGGER.index("  count:") : TRIGGER.index("  play:")]
    asking = TRIGGER.replace(count, f"  variant: {variant}\n  {kind.replace('SAW', '{en: x, nl: x}')}\n")
    (problem,) = problems_of(written(tmp_path, HEADER + "extends: insurance-nl\n", bad=asking))
    assert re.search(rf"bad\.yaml:5: purchase\.again\.variant: {says} has no field '{variant}'", problem), problem
    assert "your own" not in problem


def test_fields_are_told_beside_what_else_is_wrong(tmp_path: Path) -> None:
    asking = TRIGGER.replace("data.amount", "data.amuont")
    problems = "\n".join(problems_of(written(tmp_path, bad=TRIGGER.replace("P7D", "soon"), asking=asking)))
    assert "bad.yaml:10" in problems
    assert "asking.yaml:6: purchase.again.count.of.0.if: order.placed has no field 'amuont'" in problems


def test_calendars_and_texts_are_told_beside_what_else_is_wrong(tmp_path: Path) -> None:
    folder = written(tmp_path, HEADER + "extends: insurance-nl\n", bad=TRIGGER.replace("closes: P7D", "closes: soon"))
    (folder / "calendars").mkdir()
    (folder / "calendars" / "own.yaml").write_text("name: own\n", "utf-8")
    (folder / "lexicon" / "nl").mkdir(parents=True)
    (folder / "lexicon" / "nl" / "move.yaml").write_text("event: moove\nlanguage: nl\n", "utf-8")
    problems = "\n".join(problems_of(folder))
    for place in ("bad.yaml:10: purchase.again.play", "own.yaml:1: product", "move.yaml:1: event 'moove'"):
        assert place in problems


def test_a_pack_without_faults_is_read(tmp_path: Path) -> None:
    pack = compile_pack(load_pack(str(written(tmp_path, good=TRIGGER))), Config())
    assert list(pack.triggers) == ["purchase.again"]


def test_all_faults_of_all_files_are_told_at_once_with_file_line_and_field(tmp_path: Path) -> None:
    typo = TRIGGER.replace("urgency", "x").replace("channels: [email]", "chanels: [email]")
    kind = TRIGGER.replace("class: sales", "class: selling").replace("closes: P7D", "closes: a week")
    problems = problems_of(written(tmp_path, good=TRIGGER, typo=typo, kind=kind))
    assert all(PROBLEM.fullmatch(problem.splitlines()[0]) for problem in problems)
    text = "\n".join(problems)
    for file, line, field in (("typo", 9, "chanels"), ("kind", 4, "class"), ("kind", 10, "closes")):
        assert re.search(rf"{file}\.yaml:{line}: purchase\.again\..*{field}", text), text


def test_a_trigger_that_two_files_declare_is_told_in_the_second(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, here=TRIGGER, there=TRIGGER))
    assert re.search(r"there\.yaml:\d+: purchase\.again: stands in here\.yaml already", problem)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("order.placed", "order.plased", r"bad\.yaml:6: .*\.on\.0: there is no event type 'order.plased'"),
        ("{closes: P7D}", "{best: P9D, closes: P1W}", r"bad\.yaml:10: .*\.play\.window: a window opens, is best and"),
        ("[email]", "[fax]", r"bad\.yaml:9: .*\.channels\.0: there is no channel 'fax'; known are phone"),
        (
            "en: Thank them.",
            'en: "Thank {whom}."',
            r"bad\.yaml:12: .*\.say\.en: nothing is filled in for \{whom\}; known are about",
        ),
        (
            'on: order.placed, if: "data.amount > 5"',
            "mention: moove",
            r"bad\.yaml:6: purchase.again.count.of.0.mention: .* no label 'moove'",
        ),
    ],
)
def test_a_name_that_nothing_has_is_no_silent_nothing(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    (problem,) = problems_of(written(tmp_path, bad=TRIGGER.replace(right, wrong)))
    assert re.search(says, problem), problem


def test_faults_of_the_header_and_of_triggers_are_told_together(tmp_path: Path) -> None:
    header = HEADER + "timezone: Mars\nextends: nowhere\n"
    wrong = TRIGGER.replace("class: sales", "class: selling")
    problems = problems_of(written(tmp_path, header, bad=wrong, broken="a: [1\n"))
    told = (
        "pack.yaml:4: timezone: unknown time zone 'Mars'",
        "bad.yaml:4: purchase.again.class",
        "broken.yaml:2: is not",
    )
    assert all(any(one in problem for problem in problems) for one in told), problems


@pytest.mark.parametrize(("told", "field"), [("1.0.0", "version"), ("shop", "name")])
@pytest.mark.parametrize("nothing", ['""', '"  "'])
def test_what_every_decision_names_is_not_left_empty(tmp_path: Path, told: str, field: str, nothing: str) -> None:
    (problem,) = problems_of(written(tmp_path, HEADER.replace(told, nothing), buying=TRIGGER))
    assert f": {field}: " in problem


@pytest.mark.parametrize(("extends", "says"), [("nowhere", "there is no pack 'nowhere'"), ("b", "can't extend itself")])
def test_what_can_not_be_extended_is_told_with_the_line(tmp_path: Path, extends: str, says: str) -> None:
    for name, other in (("a", extends), ("b", "a")):
        (tmp_path / name).mkdir()
        written(tmp_path / name, f"{HEADER}extends: {other}\n")
    (problem,) = problems_of(tmp_path / "a")
    assert re.search(rf"pack\.yaml:4: extends: .*{says}", problem), problem


def test_a_calendar_names_the_line_of_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    known = Path("signals/packs/calendars/health_ch.yaml").read_text("utf-8")
    wrong = known.replace("to: 10-31", "to: 10-32").replace("kind: received", "kind: recieved")
    (tmp_path / "calendars" / "ch.yaml").write_text(wrong, "utf-8")
    problems = "\n".join(problems_of(written(tmp_path, good=TRIGGER)))
    for line, field in ((13, r"phases\.0\.to"), (18, r"deadline\.kind")):
        assert re.search(rf"ch\.yaml:{line}: {field}: ", problems), problems


def test_a_calendar_names_the_line_of_each_phase_that_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    known = Path("signals/packs/calendars/health_ch.yaml").read_text("utf-8")
    wrong = (
        known.replace("to: 10-31", "to: 11-02").replace("to: 11-15", "to: 11-16").replace("[compare, peak]", "[pek]")
    )
    (tmp_path / "calendars" / "ch.yaml").write_text(wrong, "utf-8")
    problems = "\n".join(problems_of(written(tmp_path, good=TRIGGER)))
    for line, field, says in (
        (13, r"phases\.0\.to", "phase 'teaser' runs into the next"),
        (14, r"phases\.1\.to", "phase 'compare' runs into the next"),
        (16, r"switching\.0", "switching names phase 'pek'"),
    ):
        assert re.search(rf"ch\.yaml:{line}: {field}: {says}", problems), problems


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('quiet_hours: {phone: {from: "25:00", to: "07:00"}}', "quiet_hours.phone.from: '25:00' is no time of day"),
        ('quiet_hours: {fax: {from: "21:00", to: "07:00"}}', "quiet_hours.fax.[key]: there is no channel 'fax'"),
        ("weights: {referral: -1}", "weights.referral"),
        ("weights: {referral: .inf}", "weights.referral: Input should be a finite number"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_with_its_line(tmp_path: Path, setting: str, says: str) -> None:
    (problem,) = refused(tmp_path, f"pack: insurance-nl\n{setting}\n")
    assert f"signals.yaml:2: {says}" in problem


def test_a_kill_switch_for_what_nothing_is_called_stops_nothing_and_is_refused() -> None:
    config = Config(kill=["life_event.mvoe", "renewal.car", "renewal", "phone", "advisers", "all", "fax"])
    with pytest.raises(PackError) as raised:
        open_pack(config)
    assert [re.findall("'(.*)'", problem) for problem in raised.value.problems] == [["life_event.mvoe"], ["fax"]]


def test_what_a_configuration_names_and_the_pack_does_not_have_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "signals.yaml"
    path.write_text(
        "kill:\n  - phone\n  - fax\nholdout:\n  per_trigger: {renewal.car: 0.1, life_event.mvoe: 0.1}\n", "utf-8"
    )
    with pytest.raises(PackError) as raised:
        open_pack(load_config(path))
    assert raised.value.problems == [
        f"{path}:3: kill.1: no trigger, channel or desk is called 'fax'",
        f"{path}:5: holdout.per_trigger.life_event.mvoe: no trigger is called 'life_event.mvoe'",
    ]


def test_desks_and_skills_that_name_nothing_are_told_all_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "signals.yaml"
    path.write_text(
        "kill: [fax]\ndesks:\n  advisers: {skills: [life_event, life_event.mvoe, hypotheek, renewal.boat]}\n"
        "  adviserz: {capacity_per_hour: 3}\n  families:\n    skills:\n      - season.health_nl\n      - morgage\n",
        "utf-8",
    )
    with pytest.raises(PackError) as raised:
        open_pack(load_config(path))
    nothing = "no trigger, beginning of a trigger's name or product is called"
    assert raised.value.problems == [
        f"{path}:1: kill.0: no trigger, channel or desk is called 'fax'",
        f"{path}:3: desks.advisers.skills.1: {nothing} 'life_event.mvoe'; is it life_event.move?",
        f"{path}:4: desks.adviserz: no play of the pack has the desk 'adviserz', and without skills no other work "
        "comes to it; is it advisers?",
        f"{path}:8: desks.families.skills.1: {nothing} 'morgage'; is it mortgage?",
    ]


def test_a_pack_without_products_takes_any_word_as_the_skill_for_one(tmp_path: Path) -> None:
    files = load_pack(str(written(tmp_path, good=TRIGGER)))
    compile_pack(files, Config.model_validate({"desks": {"boats": {"skills": ["yacht"]}}}))
    with pytest.raises(PackError, match=r"is called 'purchase\.agian'"):
        compile_pack(files, Config.model_validate({"desks": {"boats": {"skills": ["purchase.agian"]}}}))


def test_a_count_of_none_would_fire_at_nothing(tmp_path: Path) -> None:
    nothing = TRIGGER.replace("    saw:", "    at_least: 0\n    within: P1D\n    saw:", 1)
    (problem,) = problems_of(written(tmp_path, count=nothing))
    assert "count.at_least: Input should be greater than or equal to 1" in problem


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("data.amount >", "not an expression"),
        ("amount > 5", "unknown name 'amount'"),
        ("look(data.amount)", "known functions"),
        ("lower()", "lower takes another number of values"),
        ("premium(data.amount, 'car')", "premium takes another number of values"),
        ("switching('helth_nl')", "there is no calendar 'helth_nl'"),
        ("fired('purchase.agian')", "there is no trigger 'purchase.agian'; known are purchase.again"),
    ],
)
def test_a_condition_that_cannot_be_used_names_its_trigger(tmp_path: Path, condition: str, says: str) -> None:
    (problem,) = problems_of(written(tmp_path, bad=TRIGGER.replace("data.amount > 5", condition)))
    assert says in problem
    assert "purchase.again" in problem


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, broken="a: [1\nb: 2\n"))
    assert re.search(r"broken\.yaml:\d+: is not valid YAML", problem)


def test_a_key_given_twice_is_an_error(tmp_path: Path) -> None:
    assert "a" in problems_of(written(tmp_path, twice=TRIGGER + TRIGGER))[0]


def test_an_unknown_pack_names_those_there_are() -> None:
    with pytest.raises(PackError, match="insurance-nl"):
        load_pack("nothing-here")


def refused(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "signals.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(PackError) as raised:
        load_config(path)
    return raised.value.problems


def test_all_faults_of_a_configuration_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    problems = refused(
        tmp_path,
        "pack: insurance-nl\ntimezone: Europe/Atlantis\nlatenes: P1D\nholdout:\n  share: 1.5\n  slat: x\n"
        "caps:\n  - {class: sales, per: a day, max: 1}\n",
    )
    lines = {problem.split(":")[1] for problem in problems}
    assert lines == {"2", "3", "5", "6", "8"}
    assert all(str(tmp_path / "signals.yaml") in problem for problem in problems)
    assert any("latenes" in problem for problem in problems)


def test_every_key_is_optional_and_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "signals.yaml"
    path.write_text("# nothing yet\n", "utf-8")
    assert load_config(path).model_dump() == load_config(None).model_dump() == Config().model_dump()


def test_the_whole_configuration_of_the_contract_is_read(tmp_path: Path) -> None:
    path = tmp_path / "signals.yaml"
    path.write_text(
        """pack: insurance-nl
timezone: Europe/Amsterdam
lateness: P1D
dedup_window: P7D
holdout: {share: 0.1, salt: "x", epoch: 1}
caps: [{class: sales, per: P1D, max: 1}, {class: sales, per: P14D, max: 2}]
quiet_hours: {phone: {from: "21:00", to: "09:00"}}
desks: {advisers: {capacity_per_hour: 6, skills: [mortgage]}}
kill: []
weights: {lifetime: 1, referral: 1, network: 1, knowledge: 1}
""",
        "utf-8",
    )
    config = load_config(path)
    assert config.holdout.share == 0.1
    assert config.desks["advisers"].capacity_per_hour == 6


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="can't be read"):
        load_config(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("class: sales", "clas: sales", 4, "purchase.again.clas: there is no such key; is it class?"),
        ("window: {closes", "window: {shuts", 10, "window.shuts: there is no such key; known are opens, best, closes"),
        ("about: something", "about: 1.0", 3, "about: write a text here; what looks like a number"),
        ("purchase.again:", "purchase again:", 2, "write a trigger's name as in life_event.move, without spaces"),
        ("purchase.again:", "purchase|again:", 2, "without spaces, | or an @ before it"),
        ("purchase.again:", '"@calendar":', 2, "without spaces, | or an @ before it"),
        ("en: They bought.", 'en: "They {bought."', 11, "why.en: a brace stands alone"),
        ("nl: Bedank ze.", 'nl: "{product} }"', 12, "say.nl: a brace stands alone"),
        ("en: bought,", 'en: "} bought {",', 7, "saw.en: a brace stands alone"),
        ("say:", "show: {en: 'For {product}', nl: Voor}\n    say:", 12, "show: it is shown word for word"),
    ],
)
def test_what_is_misspelt_is_told_with_what_it_may_be(
    tmp_path: Path, right: str, wrong: str, line: int, says: str
) -> None:
    problems = problems_of(written(tmp_path, bad=TRIGGER.replace(right, wrong)))
    assert any(f"bad.yaml:{line}: " in problem and says in problem for problem in problems), problems


def test_a_field_where_a_moment_is_wanted_is_told(tmp_path: Path) -> None:
    waiting = "absence:\n    starts: [{on: policy.changed, key: data.policy}]\n    due: data.end_date"
    wrong = TRIGGER.replace("""count:\n    of: [{on: order.placed, if: "data.amount > 5"}]""", waiting)
    assert any(
        "again.absence.due: data.end_date is a text or" in one for one in problems_of(written(tmp_path, bad=wrong))
    )


def test_a_pack_that_reads_no_texts_says_how_it_may(tmp_path: Path) -> None:
    wrong = TRIGGER.replace("""{on: order.placed, if: "data.amount > 5"}""", "{mention: move}")
    assert any("as in lexicon: insurance-nl" in one for one in problems_of(written(tmp_path, bad=wrong)))
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "labels.yaml").write_text("labels: {move: {family: life_event, context: full}}\n", "utf-8")
    with pytest.raises(PackError, match=r"has words\.yaml, names\.yaml, too; to add to another pack's words"):
        compile_pack(load_pack(str(tmp_path)), Config())


@pytest.mark.parametrize("worth", ["margin: .nan", "referral: .inf", "expected_years: -1"])
def test_a_worth_that_no_customer_can_have_is_told(tmp_path: Path, worth: str) -> None:
    (problem,) = problems_of(written(tmp_path, f"{HEADER}values: {{{worth}}}\n", good=TRIGGER))
    assert f"pack.yaml:4: values.{worth.partition(':')[0]}: Input should be" in problem


def test_a_file_that_would_not_be_read_is_told(tmp_path: Path) -> None:
    folder = written(tmp_path, good=TRIGGER)
    (folder / "triggers" / "more.yml").write_text(TRIGGER.replace("again", "more"), "utf-8")
    assert problems_of(folder) == [f"{folder}/triggers/more.yml:1: is not read; call it more.yaml"]


def test_a_calendar_of_ones_own_waits_for_triggers_that_there_are(tmp_path: Path) -> None:
    folder = written(tmp_path, shop=TRIGGER)
    (folder / "calendars").mkdir()
    (folder / "calendars" / "sale.yaml").write_text(
        """\
name: sale
market: NL
product: shoes
zone: Europe/Amsterdam
valid_from: 2026-01-01
source: [ours]
phases: [{name: sale, from: 01-02, to: 01-31}]
switching: [sale]
deadline: {kind: sent, at: 01-31, weekend: none}
moments: {opening: 01-02T00:00}
exceptions:
  - {name: moved, starts: event, lasts: P30D, opened_by: life_event.mov, source: ours}
""",
        "utf-8",
    )
    (problem,) = problems_of(folder)
    assert "sale.yaml:12: exceptions.0.opened_by: there is no trigger 'life_event.mov'" in problem
