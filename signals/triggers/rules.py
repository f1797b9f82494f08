"""The index from what happens to who wants to know: every pattern of a pack, by what it looks for."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from signals.events.shapes import LONGEST_NAME
from signals.pack.bundle import Rule, bundle
from signals.pack.expression import Function, compile_expression, needed_value, translated
from signals.pack.page import TELLING_TYPES, looked_at, telling_fields, words_of
from signals.pack.pattern import Pattern
from signals.pack.places import unsaid
from signals.scene import Scene

Action = Callable[[Scene, str], None]
"""What a trigger does with a match: receives the scene and the key it is about ("" where the pattern has none)."""

Check = Callable[[Scene], None]

_MOST_REMEMBERED, _LONGEST_REMEMBERED = 50_000, 1_000
"""Pages whose telling words are remembered, and how long their texts may be: a robot's addresses are all others, and
long."""


class Rules:
    """All patterns of a pack. ``run`` gives one event to those that look for it, in the order of the pack."""

    def __init__(self, functions: dict[str, Function], labels: Collection[str] = ()) -> None:
        """``labels`` are those that texts can be read to say."""
        self._functions = functions
        self._labels = labels
        self._by_type: dict[str, _Choice] = {}
        self._by_mention: dict[str, list[Check]] = {}
        self._telling: list[tuple[str, Check]] = []
        self._told: dict[tuple[Any, ...], tuple[Check, ...]] = {}

    def add(self, pattern: Pattern, action: Action, withdrawing: str | None = None) -> None:
        """Have ``action`` called for every event the pattern matches; raises ``ValueError`` when none can.

        One that does nothing but end the need behind a trigger, the one it is ``withdrawing``, needn't be called where
        nothing is live or refused because of that.
        """
        if pattern.telling:
            check = self._compiled(pattern, action)
            self._telling += [(_telling_word(word), check) for word in pattern.telling]
        elif pattern.mention:
            reading = _reading(pattern, self._compiled(pattern, action))
            for problem in unsaid(pattern, self._labels):
                raise ValueError(problem)
            for label in pattern.mention:
                self._by_mention.setdefault(label, []).append(reading)
        else:
            rule = self._rule(pattern, action, withdrawing)
            for event_type in pattern.on:
                self._by_type.setdefault(event_type, _Choice(self._functions)).add(rule, pattern.condition)

    def bundle(self) -> None:
        """Compile what was added, before the first event."""
        for choice in self._by_type.values():
            choice.bundle()

    def expression(self, text: str, *names: str) -> Callable[[Scene], Any]:
        """Compile an expression with the functions of packs and more ``names``; raises ``ExpressionError``."""
        return compile_expression(text, self._functions, *names)

    @property
    def labels(self) -> frozenset[str]:
        """The mention labels any pattern looks for."""
        return frozenset(self._by_mention)

    def run(self, scene: Scene) -> None:
        """Give the scene's event to every pattern that looks for it."""
        event = scene.event
        assert event is not None
        choice = self._by_type.get(event.type)
        if choice is not None:
            choice.of(event.data)(scene)
        if self._telling and event.type in TELLING_TYPES:
            for check in self._told_by(scene):
                check(scene)

    def run_mention(self, scene: Scene) -> None:
        """Give the scene's mention to every pattern that looks for its label."""
        assert scene.mention is not None
        for check in self._by_mention.get(scene.mention.event, ()):
            check(scene)

    def _told_by(self, scene: Scene) -> tuple[Check, ...]:
        seen = telling_fields(scene.data)
        try:
            found = self._told.get(seen)
        except TypeError:  # a list where a text belongs: nothing that comes often enough to be remembered
            return self._telling_of(scene)
        if found is None:
            found = self._telling_of(scene)
            if len(self._told) >= _MOST_REMEMBERED:
                self._told.clear()
            if len(str(seen)) <= _LONGEST_REMEMBERED:
                self._told[seen] = found
        return found

    def _telling_of(self, scene: Scene) -> tuple[Check, ...]:
        words = "|".join(map(words_of, looked_at(scene.data)))
        return tuple(dict.fromkeys(check for word, check in self._telling if word in words))

    def _rule(self, pattern: Pattern, action: Action, withdrawing: str | None) -> Rule:
        if pattern.each:
            check = self._compiled(pattern, action)
            return Rule(None, None, lambda scene, key: check(scene), withdrawing)
        condition = translated(pattern.condition, self._functions) if pattern.condition else None
        key = translated(pattern.key, self._functions) if pattern.key else None
        return Rule(condition, key, action, withdrawing)

    def _compiled(self, pattern: Pattern, action: Action) -> Check:
        condition = self.expression(pattern.condition) if pattern.condition else None
        key_of = self.expression(pattern.key) if pattern.key else None
        types = frozenset(pattern.on) if pattern.on and (pattern.telling or pattern.mention) else None

        def check(scene: Scene) -> None:
            if condition is None or condition(scene):
                action(scene, "")

        def check_with_key(scene: Scene) -> None:
            if condition is None or condition(scene):
                key = key_of(scene) if key_of is not None else None
                if key is not None:
                    action(scene, str(key)[:LONGEST_NAME])

        def check_with_type(scene: Scene) -> None:
            if types is not None and scene.event is not None and scene.event.type in types:
                plain(scene)

        plain = check if key_of is None else check_with_key
        whole = plain if types is None else check_with_type
        return self._for_each(pattern, whole) if pattern.each else whole

    def _for_each(self, pattern: Pattern, check: Check) -> Check:
        items_of = self.expression(str(pattern.each))

        def check_each(scene: Scene) -> None:
            items = items_of(scene)
            for scene.item in items if isinstance(items, list) else ():
                check(scene)
            scene.item = None

        return check_each


class _Choice:
    """The rules of one event type, told apart by the field whose value most of their conditions ask for first.

    A policy's event concerns a few of the dozens of rules on policies: those that ask for another change are passed
    over without being asked. The rules for each value are bundled.
    """

    def __init__(self, functions: dict[str, Function]) -> None:
        self._functions = functions
        self._rules: list[tuple[Rule, str, frozenset[str]]] = []
        self._field = ""
        self._values: frozenset[str] = frozenset()
        self._bundled: dict[str, Check] = {}

    def add(self, rule: Rule, condition: str | None) -> None:
        """Add a rule with its condition."""
        field, values = (needed_value(condition) if condition else None) or ("", frozenset())
        self._rules.append((rule, field, values))
        asked = Counter(field for _, field, _ in self._rules if field)
        self._field = max(asked, key=lambda field: asked[field], default="")
        self._values = frozenset(value for _, field, wanted in self._rules if field == self._field for value in wanted)

    def bundle(self) -> None:
        """Compile the rules for each value, and for all others."""
        for value in sorted({"", *self._values}):
            asking = [one for one, field, values in self._rules if not field or field != self._field or value in values]
            self._bundled[value] = bundle(asking, self._functions)

    def of(self, data: dict[str, Any]) -> Check:
        """The rules worth asking about this event, in the order of the pack."""
        if not self._values:
            return self._bundled[""]
        value = data.get(self._field)
        return self._bundled[value if isinstance(value, str) and value in self._values else ""]


def _telling_word(word: str) -> str:
    """A word as ``words_of`` writes it; a space at its beginning or end stands for that of a word."""
    start, end = " " if word[0] == " " else "", " " if word[-1] == " " else ""
    return f"{start}{words_of(word).strip()}{end}"


def _reading(pattern: Pattern, check: Check) -> Check:
    reading = pattern.reading

    def check_reading(scene: Scene) -> None:
        mention = scene.mention
        assert mention is not None
        own = mention.subject != "other"
        if mention.actionable if reading == "actionable" else own and reading in ("any", mention.polarity):
            check(scene)

    return check_reading
