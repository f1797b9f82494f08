"""The condition language: what it may say, what nothing in it can reach, and how it deals with what is missing."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.pack.expression import MAXIMUM_LENGTH, ExpressionError, compile_expression
from signals.pack.functions import FUNCTIONS as OF_PACKS

FUNCTIONS = {"twice": lambda scene, number: number * 2, "first": lambda scene, *values: next(iter(values), None)}
DATA = {"step": "saved", "amount": 50, "nothing": None, "items": [1, 2], "inner": {"deep": 7}, "flag": True}


def said(text: str, **data: Any) -> Any:
    event = SimpleNamespace(id="e1", source="/test", type="web.viewed", time=5, subject="customer:1", arrival=6)
    customer = SimpleNamespace(key="customer:1")
    scene = SimpleNamespace(data={**DATA, **data}, event=event, customer=customer, mention=None)
    return compile_expression(text, FUNCTIONS)(scene)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("data.step == 'saved' and data.amount > 40", True),
        ("data.step in ('started', 'saved')", True),
        ("data.step not in ['started']", True),
        ("1 < data.amount <= 50", True),
        ("not data.flag or data.amount - 10 >= 41", False),
        ("data.amount * 2 + 1", 101),
        ("-data.amount", -50),
        ("'much' if data.amount > 10 else 'little'", "much"),
        ("data.inner.deep", 7),
        ("twice(data.amount)", 100),
        ("event.type == 'web.viewed'", True),
    ],
)
def test_what_a_condition_may_say(text: str, value: Any) -> None:
    assert said(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("data.missing > 5", False),
        ("data.missing < 5", False),
        ("data.missing == 5", False),
        ("data.missing is None", True),
        ("data.missing is not None", False),
        ("data.missing + 1", None),
        ("data.missing + 1 > 0", False),
        ("data.missing in ('a',)", False),
        ("'a' in data.missing", False),
        ("data.missing.deeper", None),
        ("data.step > 5", False),
        ("data.step + 1", None),
        ("data.amount / 0", None),
        ("data.items > data.step", False),
    ],
)
def test_what_is_missing_or_does_not_fit_is_false_or_nothing_and_never_raises(text: str, value: Any) -> None:
    assert said(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "open('/etc/passwd')",
        "data.__class__.__mro__.mro()",
        "event.__class__",
        "event.data",
        "customer.live",
        "mention.__dict__",
        "twice.__globals__",
        "twice(number=2)",
        "twice(*data.items)",
        "data.step.upper()",
        "[x for x in data.items]",
        "{x: 1 for x in data.items}",
        "(lambda: 1)()",
        "lambda scene: 1",
        "data['step']",
        "data.items[0]",
        "f'{data.step}'",
        "data.amount ** 99999",
        "data.amount % 2",
        "data.amount << 9",
        "(amount := 5)",
        "await data.step",
        "scene",
        "scene.environment",
        "call_twice(1)",
        "eval('1')",
        "b'bytes'",
        "1j",
        "...",
        "{1, 2}",
        "{'a': 1}",
        "data.step; 1",
        "import os",
        "",
        "data.",
        "1 +",
        "~1",
        "+data.amount",
        "*data.items",
    ],
)
def test_everything_else_is_refused_when_the_pack_is_read(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text, FUNCTIONS)


def test_a_private_name_is_only_ever_a_field_of_the_data() -> None:
    assert said("data.__class__") is None
    assert said("data.inner.__class__") is None
    assert said("().__class__") is None


def test_long_and_deep_texts_are_refused() -> None:
    for text in ("data.a" + " " * MAXIMUM_LENGTH, "(" * 400 + "1" + ")" * 400, "-" * 900 + "1"):
        with pytest.raises(ExpressionError):
            compile_expression(text, FUNCTIONS)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_refused_as_one(text: str) -> None:
    try:
        compile_expression(text, FUNCTIONS)
    except ExpressionError:
        return


_VALUES = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2))


@given(_VALUES, _VALUES, st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "in", "not in", "+", "-", "*", "/"]))
def test_no_values_make_a_condition_raise(left: Any, right: Any, operator: str) -> None:
    said(f"data.left {operator} data.right", left=left, right=right)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("says(data.topic, 'Störung')", "DSL-Störung"),
        ("says(data.topic, 'e-bike')", "new e_bike"),
        ("says(data.topic, 'eBike')", "new e-bike"),
        ("says(data.topic, 'E Bike ')", "e-bike"),
        ("mentions_any(data.topic, 'nothing', 'VERHUIZ')", "Verhuizing"),
    ],
)
def test_a_word_is_found_however_the_condition_writes_it(text: str, topic: str) -> None:
    scene = SimpleNamespace(data={"topic": topic})
    assert compile_expression(text, OF_PACKS)(scene) is True


@pytest.mark.parametrize("word", ["bike ", "e-bikes"])
def test_a_space_at_its_end_stands_for_that_of_a_word(word: str) -> None:
    scene = SimpleNamespace(data={"topic": "new e-bikes"})
    assert compile_expression(f"says(data.topic, {word!r})", OF_PACKS)(scene) is (word == "e-bikes")


@pytest.mark.parametrize("text", ["says(data.topic, '')", "says(data.topic, '-')", "mentions_any(data.topic, '')"])
def test_a_word_without_letters_would_be_in_every_text(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"takes a quoted (word|text) for words"):
        compile_expression(text, OF_PACKS)
