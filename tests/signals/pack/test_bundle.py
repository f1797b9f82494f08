"""Rules bundled into one function do what each would do by itself, and ask the same thing once."""

from typing import Any

import pytest

from signals.pack.bundle import Rule, bundle
from signals.pack.expression import ExpressionError, compile_expression

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


def product(scene: Scene, name: Any) -> Any:
    scene.asked.append(name)
    return {"zorg": "health"}.get(name, name)


@pytest.mark.parametrize("change", ["started", "renewed", "ended", None])
@pytest.mark.parametrize("name", ["zorg", "car", "other", None])
@pytest.mark.parametrize("premium", [None, 70, 50, "much"])
def test_rules_bundled_do_what_each_does_alone(change: str | None, name: str | None, premium: Any) -> None:
    functions = {"product": product}
    done: list[tuple[int, str]] = []
    rules = [
        Rule(condition, key, lambda scene, about, number=number: done.append((number, about)))
        for number, (condition, key) in enumerate((c, k) for c in (*CONDITIONS, None) for k in (None, "data.premium"))
    ]
    scene = Scene({"change": change, "product": name, "premium": premium})
    bundle(rules, functions)(scene)
    expected = [
        (number, "" if rule.key is None else str(premium))
        for number, rule in enumerate(rules)
        if (rule.condition is None or compile_expression(rule.condition, functions)(Scene(scene.data)))
        and (rule.key is None or premium is not None)
    ]
    assert done == expected


def test_what_many_conditions_ask_of_the_event_is_asked_once() -> None:
    scene = Scene({"change": "started", "product": "zorg", "start_date": "2026-01-01"})
    done: list[str] = []
    bundle([Rule(one, None, lambda scene, key: done.append(key)) for one in CONDITIONS], {"product": product})(scene)
    assert scene.asked == ["zorg"]
    assert len(done) == len(CONDITIONS)


def test_only_what_conditions_may_say_is_bundled() -> None:
    with pytest.raises(ExpressionError, match="known functions"):
        bundle([Rule("open('/etc/passwd')", None, lambda scene, key: None)], {"product": product})
