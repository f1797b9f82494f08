"""The rules of one kind of event as one function: what many conditions ask alike is asked once.

Each rule becomes a statement, in the order of the pack. A field of the event that several of them read, or a product's
name, is worked out at the beginning: events don't change while rules look at them, customers do.
"""

import ast
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from signals.events.shapes import LONGEST_NAME
from signals.pack.expression import OPERATIONS, Function

_OF_THE_EVENT = frozenset({"call_first", "call_lower", "call_product"})
"""Functions that read nothing but what they are given, and are cheap enough to be asked in vain."""


class Rule(NamedTuple):
    """What is done when a condition holds, and what it is about; None: always, about nothing in particular.

    Condition and key as ``translated``."""

    condition: ast.expr | None
    key: ast.expr | None
    action: Callable[[Any, str], None]
    withdrawing: str | None = None
    """The trigger whose need ends; worth asking only where something is live or refused because of it."""


def bundle(rules: Sequence[Rule], functions: Mapping[str, Function]) -> Callable[[Any], None]:
    """Compile rules to one function of the scene."""
    statements = [_statement(number, rule) for number, rule in enumerate(rules)]
    asked: Counter[str] = Counter()
    for statement in statements:
        asked.update(ast.unparse(node) for node in ast.walk(statement) if _is_of_the_event(node))
    sharing = _Sharing(asked)
    body = [sharing.visit(statement) for statement in statements]
    module = ast.parse("def run(scene):\n    get = scene.data.get")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    if any(rule.withdrawing for rule in rules):
        function.body += ast.parse("spoken = scene.spoken_of()").body
    function.body += [*sharing.answers, *body]
    environment: dict[str, Any] = {"__builtins__": {}, "text": str, **OPERATIONS}
    environment |= {f"call_{name}": call for name, call in functions.items()}
    environment |= {f"action_{number}": rule.action for number, rule in enumerate(rules)}
    exec(compile(ast.fix_missing_locations(module), "<rules>", "exec"), environment)  # noqa: S102  whitelisted nodes
    run: Callable[[Any], None] = environment["run"]
    return run


def _statement(number: int, rule: Rule) -> ast.stmt:
    if rule.key is None:
        done = ast.parse(f"action_{number}(scene, '')").body
    else:
        done = ast.parse(f"key = None\nif key is not None: action_{number}(scene, text(key)[:{LONGEST_NAME}])").body
        assert isinstance(done[0], ast.Assign)
        done[0].value = deepcopy(rule.key)
    test = ast.Constant(True) if rule.condition is None else deepcopy(rule.condition)
    if rule.withdrawing is not None:
        test = ast.BoolOp(ast.And(), [ast.parse(f"{rule.withdrawing!r} in spoken", mode="eval").body, test])
    return ast.If(test, done, [])


def _is_of_the_event(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    match node.func:
        case ast.Attribute(ast.Attribute(ast.Name("scene"), "data"), "get"):
            return True
        case ast.Name(name) if name in _OF_THE_EVENT:
            return all(isinstance(given, ast.Constant) or _is_of_the_event(given) for given in node.args[1:])
    return False


class _Sharing(ast.NodeTransformer):
    """Replaces what is asked several times by its answer."""

    def __init__(self, asked: Mapping[str, int]) -> None:
        self._asked = asked
        self._names: dict[str, str] = {}
        self.answers: list[ast.stmt] = []

    def visit_Call(self, node: ast.Call) -> ast.AST:
        of_the_event, question = _is_of_the_event(node), ast.unparse(node)
        self.generic_visit(node)
        if of_the_event and isinstance(node.func, ast.Attribute):
            node.func = ast.Name("get", ast.Load())
        if not of_the_event or self._asked[question] == 1:
            return node
        if question not in self._names:
            self._names[question] = name = f"answer_{len(self._names)}"
            self.answers.append(ast.Assign([ast.Name(name, ast.Store())], node))
        return ast.Name(self._names[question], ast.Load())
