"""YAML that can be read, and says what nobody can do: told when the pack is read, not when an event comes in."""

import re
from pathlib import Path

import pytest

from signals.config import Config, load_config
from signals.engine import Engine
from signals.events.decode import decode_object
from signals.events.event import Event
from signals.pack.compile import compile_pack, open_pack
from signals.pack.document import PackError
from signals.pack.load import load_pack
from tests.signals.scenarios.driver import moment

HEADER = "name: shop\nversion: 1.0.0\nabout: a pack for this test\n"
TRIGGER = """purchase.again:
  about: something
  class: sales
  KIND
  play:
    channels: [email]
    window: {closes: P7D}
    why: {en: They bought., nl: Ze kochten.}
    say: {en: Thank them., nl: Bedank ze.}
"""
SAW = "saw: {en: x, nl: x}"


def folder_with(folder: Path, kind: str, more: str = "") -> Path:
    (folder / "triggers").mkdir(exist_ok=True)
    extending = "extends: insurance-nl\n" if "health_nl" in kind or "mention:" in kind else ""
    (folder / "pack.yaml").write_text(HEADER + extending, "utf-8")
    (folder / "triggers" / "odd.yaml").write_text(TRIGGER.replace("KIND", kind.replace("SAW", SAW)) + more, "utf-8")
    return folder


def problem_of(folder: Path) -> str:
    with pytest.raises(PackError) as raised:
        compile_pack(load_pack(str(folder)), Config())
    (problem,) = raised.value.problems
    return problem


MORE_THAN_NOTHING, CENTURY = "more than nothing", "longer than a century"
WRITTEN = "takes a .*, written out"


@pytest.mark.parametrize(
    ("kind", "field", "says"),
    [
        ("belief: {half_life: P0D, evidence: [{on: order.placed, weight: 0.5, SAW}]}", "half_life", MORE_THAN_NOTHING),
        ("belief: {half_life: P1M, evidence: [{on: order.placed, weight: 0.5, SAW}]}", "half_life", "no fixed length"),
        ("belief: {evidence: [{on: order.placed, per_day: 0, weight: 0.5, SAW}]}", "per_day", "equal to 1"),
        ("belief: {evidence: [{on: order.placed, before: P1D, weight: 0.5, SAW}]}", "evidence.0", "without due"),
        ("belief: {evidence: []}", "evidence", "at least 1"),
        ("absence: {starts: [{on: order.placed}], within: P1D, again: P0D, SAW}", "again", MORE_THAN_NOTHING),
        ("absence: {starts: [{on: order.placed}], within: P1D, again: -P1D, SAW}", "again", MORE_THAN_NOTHING),
        ("absence: {starts: [{on: order.placed}], within: P1D, before: P1D, SAW}", "absence", "without due"),
        ("absence: {starts: [{on: order.placed}], within: 99999 working days, SAW}", "within", CENTURY),
        ("absence: {starts: [], within: P1D, SAW}", "starts", "at least 1"),
        ("calendar: {season: health_nl, moment: opening, who: holds(), spread: P1M, SAW}", "spread", "no fixed length"),
        ("count: {of: [{on: order.placed}], at_least: 0, SAW}", "at_least", "equal to 1"),
        ("count: {of: [{telling: ''}], SAW}", "of.0", "letters and digits"),
        ("count: {of: [{telling: [boot, '!?']}], SAW}", "of.0", "letters and digits"),
        ("count: {of: [{on: contact.received, telling: boot}], SAW}", "of.0", "never at contact.received"),
        ("count: {of: [{on: web.viewed, mention: move}], SAW}", "of.0.on", "web.viewed has no text"),
        ("guard: {sets: [{on: order.placed}], lasts: P9999Y, SAW}", "lasts", CENTURY),
        ("guard: {sets: [{on: order.placed}], lasts: PT99999999999999999H, SAW}", "lasts", CENTURY),
        ("count: {of: [{on: order.placed, if: \"fired('purchase.again', data.amount)\"}], SAW}", "of.0.if", WRITTEN),
        ("count: {of: [{on: order.placed, if: fired(data.items)}], SAW}", "of.0.if", WRITTEN),
        ("count: {of: [{on: policy.changed, if: season(data.product)}], SAW}", "of.0.if", WRITTEN),
        ('count: {of: [{on: web.viewed, if: "mentions_any(data.url, 5)"}], SAW}', "of.0.if", WRITTEN),
        ("count: {of: [{on: web.viewed, if: \"season('health_nl', 'paek')\"}], SAW}", "of.0.if", "no phase 'paek'"),
        ("absence: {starts: [{on: order.placed}], due: anniversary(0), SAW}", "due", WRITTEN),
        ("absence: {starts: [{on: order.placed}], due: 'quiet_since(0, 14)', SAW}", "due", WRITTEN),
        ("absence: {starts: [{on: policy.changed}], due: data.end_date, SAW}", "due", r"write moment\(data.end_date\)"),
        (
            "sequence: {steps: [{on: policy.changed}, {on: policy.changed}], until: data.end_date, SAW}",
            "until",
            r"write moment\(data.end_date\)",
        ),
    ],
)
def test_what_nobody_can_do_is_told_in_its_own_place(tmp_path: Path, kind: str, field: str, says: str) -> None:
    problem = problem_of(folder_with(tmp_path, kind))
    assert re.search(rf"odd\.yaml:4: purchase\.again\..*{re.escape(field)}: .*{says}", problem), problem


@pytest.mark.parametrize(
    "kind",
    [
        "sequence: {steps: [{on: policy.changed}, {on: policy.changed}], until: first(data.end_date), SAW}",
        "absence: {starts: [{on: policy.changed}], due: event.time * 3000000, SAW}",
        "absence: {starts: [{on: policy.changed}], due: event.time * 200, before: P1D, SAW}",
        "absence: {starts: [{on: policy.changed}], due: 'working_days_after(event.time * 3000000, 3)', SAW}",
        "absence: {starts: [{on: policy.changed}], due: first(data.end_date), SAW}",
    ],
)
def test_what_is_no_moment_that_can_be_is_none(tmp_path: Path, kind: str) -> None:
    engine = Engine(compile_pack(load_pack(str(folder_with(tmp_path, kind))), Config()))
    data = {"policy": "P", "product": "boat", "change": "started", "end_date": "2027-01-01"}
    engine.process([event(number, f"2026-03-0{number}T10:00:00Z", data) for number in (1, 2, 3)])
    fired = [decision["trigger"] for decision in engine.advance(moment("2027-03-01T10:00")).decisions]
    assert "purchase.again" not in fired


def test_one_order_has_no_interval(tmp_path: Path) -> None:
    kind = (
        "absence: {starts: [{on: order.placed, each: data.items, key: item.sku}], due: 'next_order(about, 1, 9)', SAW}"
    )
    engine = Engine(compile_pack(load_pack(str(folder_with(tmp_path, kind))), Config()))
    bought = {"items": [{"sku": "S"}]}
    engine.process([event(1, "2026-03-01T10:00:00Z", bought, "order.placed")])
    assert not engine.advance(moment("2026-03-20T10:00")).decisions
    engine.process([event(2, "2026-03-21T10:00:00Z", bought, "order.placed")])
    assert len(engine.advance(moment("2026-06-01T10:00")).decisions) == 1


def event(number: int, time: str, data: dict[str, object], type_: str = "policy.changed") -> Event:
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": type_, "time": time}
    made = decode_object({**envelope, "subject": "customer:1", "data": data})
    assert isinstance(made, Event)
    return made


CALENDAR = Path("signals/packs/calendars/health_ch.yaml").read_text("utf-8")


def versions(*texts: str) -> str:
    """One file with several versions of a calendar."""
    return "".join("- " + text.replace("\n", "\n  ").rstrip() + "\n" for text in texts)


OLD = CALENDAR.replace("valid_from: 2020-01-01", "valid_from: 2010-01-01").replace("  opening: 11-01T00:00\n", "")
OF_SEASON = "calendar: {season: health_ch, moment: opening, who: holds(), SAW}"


@pytest.mark.parametrize(
    ("calendar", "says"),
    [("[]\n", r"own\.yaml:1: .*at least one version"), (versions(OLD, CALENDAR), r"odd\.yaml:1: .*'opening' in every")],
)
def test_a_calendar_without_what_is_asked_of_it_is_told(tmp_path: Path, calendar: str, says: str) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "own.yaml").write_text(calendar, "utf-8")
    folder = folder_with(tmp_path, OF_SEASON if "health_ch" in calendar else "count: {of: [{on: order.placed}], SAW}")
    assert re.search(says, problem_of(folder))


ANY = "count: {of: [{on: contact.received}], SAW}"
GIVEN = "given: [{at: 2026-03-02T10:00, contact.received: {channel: phone}}]"


def test_a_test_of_a_pack_that_does_not_say_which_trigger_it_expects_is_told(tmp_path: Path) -> None:
    test = f"  tests:\n    - {{name: odd, {GIVEN}, expect: [{{reason: RELEASED}}]}}\n"
    problem = problem_of(folder_with(tmp_path, ANY, test))
    assert re.search(r"odd\.yaml:11: purchase\.again\.tests\.0: .*names its trigger", problem)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('quiet_hours: {phone: {from: "21:00", to: "21:00"}}', "quiet_hours.phone: .*kill"),
        ('quiet_hours: {phone: "00:00-24:00"}', "quiet_hours.phone: .*kill"),
        ('quiet_hours: {phone: {open: {mon: "09:00-12:00"}, from: "21:00"}}', "quiet_hours.phone: write"),
        ('desks: {advisers: {hours: {mon-fri: ["09:00-12:00"]}}}', "desks.advisers.hours: .* is no open time"),
        ("desks: {advisers: {hours: {mon: null}}}", "desks.advisers.hours: .* is no open time"),
        ("caps: [{class: sales, per: P0D, max: 1}]", f"caps.0.per: .*{MORE_THAN_NOTHING}"),
        ("lateness: P9999999D", f"lateness: .*{CENTURY}"),
    ],
)
def test_a_setting_that_nobody_can_keep_is_told_with_its_line(tmp_path: Path, setting: str, says: str) -> None:
    path = tmp_path / "signals.yaml"
    path.write_text(f"pack: insurance-nl\n{setting}\n", "utf-8")
    with pytest.raises(PackError) as raised:
        load_config(path)
    (problem,) = raised.value.problems
    assert re.search(rf"signals\.yaml:2: {says}", problem), problem


@pytest.mark.parametrize(
    ("quiet", "local", "opens"),
    [
        ("00:00-07:00", "2026-03-02T06:59", "2026-03-02T07:00"),
        ("00:00-07:00", "2026-03-02T23:59", "2026-03-02T23:59"),
        ("22:00-24:00", "2026-03-02T21:59", "2026-03-02T21:59"),
        ("22:00-24:00", "2026-03-02T22:00", "2026-03-03T00:00"),
        ("12:00-13:00", "2026-03-02T12:30", "2026-03-02T13:00"),
    ],
)
def test_quiet_hours_may_begin_or_end_at_midnight(quiet: str, local: str, opens: str) -> None:
    environment = open_pack(Config.model_validate({"quiet_hours": {"email": quiet}})).environment
    hours = environment.hours_of("email", "")
    assert hours is not None
    assert hours.next_open(moment(local)) == moment(opens)
