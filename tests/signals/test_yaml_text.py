"""What people write in YAML means the same wherever it is read, and every mistake has its line."""

from typing import Any

import pytest

from signals.yaml_text import NotYaml, YamlText


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("21:00", "21:00"),
        ("no", "no"),
        ("on", "on"),
        ("2026-01-10", "2026-01-10"),
        ("1_000", "1_000"),
        ("", None),
        ("~", None),
        ("True", True),
        ("'true'", "true"),
        ("007", 7),
        ("-3", -3),
        ("0o17", 15),
        ("0x1F", 31),
        ("3.50", 3.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("!!str 12", "12"),
        ("http://a.nl/b?c=d#e", "http://a.nl/b?c=d#e"),
    ],
)
def test_a_word_means_what_yaml_1_2_says(written: str, meant: Any) -> None:
    assert YamlText(f"- {written}").content == [meant]


def test_one_mapping_takes_over_what_others_say_unless_it_says_so_itself() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {z: 3, <<: [*a, *b]}\nd: {'<<': 4}"
    assert YamlText(text).content == {
        "a": {"x": 1, "y": 1},
        "b": {"y": 2, "z": 2},
        "c": {"x": 1, "y": 1, "z": 3},
        "d": {"<<": 4},
    }


def test_what_is_referred_to_is_each_place_s_own() -> None:
    content = YamlText("a: &a [1]\nb: *a").content
    content["a"].append(2)
    assert content["b"] == [1]


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 1),
        (("triggers",), 3),
        (("triggers", 0), 4),
        (("triggers", 1, "when"), 7),
        (("triggers", 1, "else"), 6),
        (("triggers", 5), 3),
        (("triggers", 1, "name"), 1),
        (("7",), 8),
        (("nowhere", "at all"), 1),
    ],
)
def test_everything_has_its_line(location: tuple[str | int, ...], line: int) -> None:
    text = "usual: &usual {name: x}\n\ntriggers:\n  - one\n\n  - <<: *usual\n    when: 2\n7: b\n"
    assert YamlText(text).line(location) == line


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\n b: 2", 2, "mapping values are not allowed in this context"),
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' is given twice"),
        ("a: b\n---\nc: d", 2, "but found another document"),
        ("a: *b", 1, "found undefined alias"),
        ("a: 1\n? [b]\n: c", 2, "a key has to be a word"),
        ("a: 1\n<<: 2", 2, "<< takes over mappings"),
        ("a: 1\nb: !mine 2", 2, "!mine is not known here; leave it out"),
        ("a: !!int seven", 1, "'seven' is no int"),
        ("[" * 5_000, 1, "exceeded maximum nesting depth"),
        ("[" * 900 + "]" * 900, 1, "is nested too deeply"),
        ("a: &a [*a]", 1, "is nested too deeply"),
        ("a: &a\n  <<: *a", 1, "is nested too deeply"),
    ],
)
def test_a_mistake_has_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(NotYaml) as found:
        YamlText(text)
    assert (found.value.line, str(found.value)) == (line, problem)


def test_what_refers_to_itself_over_and_over_does_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{place}: &a{place} [{', '.join([f'*a{place - 1}'] * 10)}]" for place in range(1, 12)]
    with pytest.raises(NotYaml, match="says more than 500,000 things"):
        YamlText("\n".join(lines))
