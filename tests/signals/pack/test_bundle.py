"""Rules bundled into one function do what each would do by itself, and ask the same thing once."""

import ast
from typing import Any

import pytest

from signals.pack.bundle import Rule, bundle
from signals.pack.expression import ExpressionError, compile_expression, translated
from signals.pack.pattern import Pattern
from signals.triggers.rules import Rules

CONDITIONS = (
    "data.change == 'started' and product(data.product) == 'health'",
    "data.change in ('started', 'renewed') and product(data.product) in ('health', 'car')",
    "not data.premium or data.premium > 60",
    "data.start_date and product(data.product) != 'car'",
)


class Scene:
    """What an event says."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.asked: list[Any] = []


def tree(text: str | None) -> ast.expr | None:
    return None if text is None else translated(text, {"product": product})


def product(scene: Scene, name: Any) -> Any:
    scene.asked.append(name)
    return {"zorg": "health"}.get(name, name)


@pytest.mark.parametrize("change", ["started", "renewed", "ended", None])
@pytest.mark.parametrize("name", ["zorg", "car", "other", None])
@pytest.mark.parametrize("premium", [None, 70, 50, "much"])
def test_rules_bundled_do_what_each_does_alone(change: str | None, name: str | None, premium: Any) -> None:
    functions = {"product": product}
    done: list[tuple[int, str]] = []
    said = [(condition, key) for condition in (*CONDITIONS, None) for key in (None, "data.premium")]
    rules = [
        Rule(tree(condition), tree(key), lambda scene, about, number=number: done.append((number, about)))
        for number, (condition, key) in enumerate(said)
    ]
    scene = Scene({"change": change, "product": name, "premium": premium})
    bundle(rules, functions)(scene)
    expected = [
        (number, "" if key is None else str(premium))
        for number, (condition, key) in enumerate(said)
        if (condition is None or compile_expression(condition, functions)(Scene(scene.data)))
        and (key is None or premium is not None)
    ]
    assert done == expected


def test_what_many_conditions_ask_of_the_event_is_asked_once() -> None:
    scene = Scene({"change": "started", "product": "zorg", "start_date": "2026-01-01"})
    done: list[str] = []
    rules = [Rule(tree(one), None, lambda scene, key: done.append(key)) for one in CONDITIONS]
    bundle(rules, {"product": product})(scene)
    assert scene.asked == ["zorg"]
    assert len(done) == len(CONDITIONS)


def test_what_conditions_may_not_say_is_refused_before_anything_happens() -> None:
    rules = Rules({"product": product})
    for said in ({"if": "open('/etc/passwd')"}, {"key": "open('/etc/passwd')"}):
        with pytest.raises(ExpressionError, match="known functions"):
            rules.add(Pattern.model_validate({"on": "web.viewed", **said}), lambda scene, key: None)
