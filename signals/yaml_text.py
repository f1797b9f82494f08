"""YAML as everything of ours that people write is read: what it says, and on which line.

libyaml splits the text; what a word without quotes means is by the core schema of YAML 1.2, so ``21:00``, ``no``,
``on`` and ``2026-01-10`` stay text. A key given twice is a mistake.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from yaml import CSafeLoader, MappingNode, Node, ScalarNode, SequenceNode, YAMLError, compose

_MOST = 500_000
"""Values of one text: a few lines that refer to each other over and over would fill the memory."""
_DEEPEST = 100
"""Levels of one text: no Python need be asked how many it bears, and a text may refer to itself."""
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"


class NotYaml(ValueError):
    """A text that isn't YAML: on which ``line`` (from 1), and what is wrong."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


class _Loader(CSafeLoader):
    """The core schema of YAML 1.2, section 10.3.2, and ``<<``, which takes over what another mapping says."""


_Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^({_pattern})$"), ["", *_first])


class YamlText:
    """What a text says as plain dicts, lists, texts, numbers, booleans and None, and where it says it."""

    def __init__(self, text: str) -> None:
        """Raises ``NotYaml``."""
        try:
            self._root: Node | None = compose(text, Loader=_Loader)
            self.content: Any = None if self._root is None else _Builder().value(self._root)
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise NotYaml(mark.line + 1 if mark else 1, getattr(error, "problem", None) or str(error)) from None

    def line(self, location: Iterable[str | int]) -> int:
        """The line (from 1) of the innermost known part of a location such as ("triggers", 0, "when")."""
        node, line = self._root, 1
        for step in location:
            found = _part(node, step)
            if found is None:
                break
            line, node = found
        return line


class _Builder:
    def __init__(self) -> None:
        self._built = 0

    def value(self, node: Node, depth: int = 0) -> Any:
        self._built += 1
        if depth > _DEEPEST:
            raise NotYaml(_line(node), "is nested too deeply")
        if self._built > _MOST:
            raise NotYaml(_line(node), f"says more than {_MOST:,} things, each counted wherever it is referred to")
        if isinstance(node, MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, SequenceNode):
            return [self.value(one, depth + 1) for one in node.value]
        return _scalar(node)

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        for key, value in _own_parts(node):
            if key.value in own:
                raise NotYaml(_line(key), f"the key {key.value!r} is given twice")
            own[key.value] = self.value(value, depth + 1)
        taken: dict[str, Any] = {}
        for source in _taken_over(node):
            taken = self.value(source, depth + 1) | taken
        return taken | own


def _own_parts(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise NotYaml(_line(key), "a key has to be a word")
        if key.tag != _MERGE:
            yield key, value


def _taken_over(node: MappingNode) -> Iterator[MappingNode]:
    for key, value in node.value:
        if key.tag == _MERGE:
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                if not isinstance(source, MappingNode):
                    raise NotYaml(_line(value), "<< takes over mappings")
                yield source


def _scalar(node: Node) -> Any:
    text, kind = str(node.value), node.tag.removeprefix(_TAG)
    try:
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
            case "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
            case "str" | "merge":
                return text
    except ValueError:
        raise NotYaml(_line(node), f"{text!r} is no {kind}") from None
    raise NotYaml(_line(node), f"{node.tag} is not known here; leave it out")


def _part(node: Node | None, step: str | int) -> tuple[int, Node] | None:
    """The line of a part and the part; of what is taken over, where that stands."""
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return _line(node.value[step]), node.value[step]
    if not isinstance(node, MappingNode):
        return None
    for key, value in _own_parts(node):
        if key.value == str(step):
            return _line(key), value
    return next((found for source in _taken_over(node) if (found := _part(source, step)) is not None), None)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
