"""The condition language of packs: a small, safe part of Python's expressions, compiled once.

``data.step in ('started', 'saved') and premium(data.product) > 60`` reads fields of the event, compares, combines,
calculates and calls the functions a pack may use; nothing else. There are no loops, no attribute of any Python object
is reachable, and cost is bounded by the length of the text. A missing field is ``None``; a comparison with ``None``, or
of things that can't be compared, is false; arithmetic with ``None`` gives ``None``. So a condition never raises.

>>> is_saved = compile_expression("data.step == 'saved'", {})
>>> class Scene: data = {"step": "saved"}
>>> is_saved(Scene())
True
"""

import ast
import operator
from collections.abc import Callable, Mapping, Set
from inspect import Parameter, signature
from typing import Any

from signals.pack.arguments import WRITTEN

Function = Callable[..., Any]
"""A function a pack may call: receives the scene first, then the arguments written in the expression."""

MAXIMUM_LENGTH = 1_000


class ExpressionError(ValueError):
    """A condition that can't be used; says what is wrong and where."""


def compile_expression(text: str, functions: Mapping[str, Function], *names: str) -> Callable[[Any], Any]:
    """Compile a condition to a function of the scene; raises ``ExpressionError``.

    The scene offers ``data`` (the event's payload, a dict), ``event``, ``customer`` and ``mention``, and ``names``.
    """
    body = translated(text, functions, *names)
    try:
        function = ast.Lambda(
            args=ast.arguments(posonlyargs=[], args=[ast.arg("scene")], kwonlyargs=[], kw_defaults=[], defaults=[]),
            body=body,
        )
        code = compile(ast.fix_missing_locations(ast.Expression(function)), "<condition>", "eval")
    except RecursionError:
        raise _too_deep(text) from None
    environment = {"__builtins__": {}, **OPERATIONS, **{f"call_{name}": call for name, call in functions.items()}}
    compiled: Callable[[Any], Any] = eval(code, environment)  # noqa: S307  only whitelisted nodes get here
    return compiled


def translated(text: str, functions: Mapping[str, Function], *names: str) -> ast.expr:
    """The condition as safe calls on ``scene``, which need ``OPERATIONS``; raises ``ExpressionError``."""
    tree = parse(text)
    try:
        body: ast.expr = _Translator(text, functions, _ROOTS.union(names)).visit(tree.body)
    except RecursionError:
        raise _too_deep(text) from None
    return body


def _too_deep(text: str) -> ExpressionError:
    return ExpressionError(f"the condition {text[:60]!r}… is nested too deep; write it flatter")


def parse(text: str) -> ast.Expression:
    """Read the text as an expression; raises ``ExpressionError`` with the column."""
    if len(text) > MAXIMUM_LENGTH:
        raise ExpressionError(f"the condition has {len(text)} characters; at most {MAXIMUM_LENGTH} are allowed")
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, RecursionError, MemoryError) as error:
        column, what = getattr(error, "offset", None), getattr(error, "msg", error)
        raise ExpressionError(
            f"the condition {text!r} is not an expression (column {column}): {what}; compare with ==, quote texts"
        ) from None


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def safe(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        try:
            return bool(compare(left, right))
        except TypeError:
            return False

    return safe


def _arithmetic(calculate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def safe(left: Any, right: Any) -> Any:
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            return None
        try:
            return calculate(left, right)
        except (ArithmeticError, ValueError):
            return None

    return safe


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _contains(item: Any, collection: Any) -> bool:
    if item is None or collection is None:
        return False
    try:
        return item in collection
    except TypeError:
        return False


_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "at_most",
    ast.Gt: "more",
    ast.GtE: "at_least",
    ast.In: "contains",
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided",
}
OPERATIONS: dict[str, Any] = {
    "less": _comparison(operator.lt),
    "at_most": _comparison(operator.le),
    "more": _comparison(operator.gt),
    "at_least": _comparison(operator.ge),
    "contains": _contains,
    "plus": _arithmetic(operator.add),
    "minus": _arithmetic(operator.sub),
    "times": _arithmetic(operator.mul),
    "divided": _arithmetic(operator.truediv),
    "field": _field,
    "attribute": lambda thing, name: getattr(thing, name, None),
}
"""What translated conditions call, by name."""

_SCENE = "scene"
"""The first parameter of every function."""
_ROOTS = frozenset({"data", "event", "customer", "mention", "item"})


class _Translator(ast.NodeTransformer):
    """Turns the whitelisted nodes into calls of total functions; refuses every other node."""

    def __init__(self, text: str, functions: Mapping[str, Function], roots: Set[str]) -> None:
        self.text = text
        self.functions = functions
        self.roots = roots

    def generic_visit(self, node: ast.AST) -> ast.AST:
        raise ExpressionError(f"{type(node).__name__} is not allowed in the condition {self.text!r}")

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if node.value is not None and not isinstance(node.value, str | int | float | bool):
            raise ExpressionError(f"the value {node.value!r} is not allowed in the condition {self.text!r}")
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.roots:
            known = ", ".join(sorted(self.roots))
            raise ExpressionError(f"unknown name {node.id!r} in the condition {self.text!r}; known are {known}")
        return _scene_part(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "data":
            return ast.Call(
                ast.Attribute(_scene_part("data"), "get", ast.Load()), [ast.Constant(node.attr)], keywords=[]
            )
        if isinstance(node.value, ast.Name) and node.value.id in {"event", "customer", "mention"}:
            return _fact(node.value.id, node.attr, self.text)
        return _call("field", self.visit(node.value), ast.Constant(node.attr))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        return ast.BoolOp(node.op, [self.visit(value) for value in node.values])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, self.visit(node.operand))
        if isinstance(node.op, ast.USub):
            return _call("minus", ast.Constant(0), self.visit(node.operand))
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        name = _ARITHMETIC.get(type(node.op))
        return _call(name, self.visit(node.left), self.visit(node.right)) if name else self.generic_visit(node.op)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        clauses: list[ast.expr] = []
        left = node.left
        for comparator, right in zip(node.ops, node.comparators, strict=True):
            clauses.append(self._compare(comparator, self.visit(left), self.visit(right)))
            left = right
        return clauses[0] if len(clauses) == 1 else ast.BoolOp(ast.And(), clauses)

    def _compare(self, comparator: ast.cmpop, left: ast.expr, right: ast.expr) -> ast.expr:
        if isinstance(comparator, ast.Eq | ast.Is):
            return ast.Compare(left, [ast.Eq()], [right])
        if isinstance(comparator, ast.NotEq | ast.IsNot):
            return ast.Compare(left, [ast.NotEq()], [right])
        if isinstance(comparator, ast.In | ast.NotIn) and _is_constant(right):
            return ast.Compare(left, [comparator], [right])
        if isinstance(comparator, ast.NotIn):
            return ast.UnaryOp(ast.Not(), _call("contains", left, right))
        return _call(_COMPARISONS[type(comparator)], left, right)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return ast.Tuple([self.visit(element) for element in node.elts], ast.Load())

    def visit_List(self, node: ast.List) -> ast.AST:
        return ast.Tuple([self.visit(element) for element in node.elts], ast.Load())

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return ast.IfExp(self.visit(node.test), self.visit(node.body), self.visit(node.orelse))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not isinstance(node.func, ast.Name) or node.keywords or node.func.id not in self.functions:
            known = ", ".join(sorted(self.functions))
            raise ExpressionError(f"{ast.unparse(node)!r} can't be called in a condition; known functions: {known}")
        called = signature(self.functions[node.func.id])
        try:
            given = called.bind(None, *node.args).arguments
        except TypeError as error:
            raise ExpressionError(f"{node.func.id} takes another number of values: {error}") from None
        arguments = [
            self._argument(node.func.id, called.parameters[name], value)
            for name, values in given.items()
            if name != _SCENE
            for value in (values if isinstance(values, tuple) else (values,))
        ]
        return _call(f"call_{node.func.id}", _name("scene"), *arguments)

    def _argument(self, function: str, parameter: Parameter, value: ast.expr) -> ast.expr:
        """What a function takes as it is has to stand in the condition: events may hold anything."""
        written = WRITTEN.get(parameter.annotation)
        if written is None:
            argument: ast.expr = self.visit(value)
            return argument
        if not isinstance(value, ast.Constant) or not written.fits(value.value):
            told = f"{function} takes {written.words} for {parameter.name}, written out"
            raise ExpressionError(f"{told}, in the condition {self.text!r}")
        return ast.Constant(written.read(value.value))


def _is_constant(node: ast.expr) -> bool:
    """Whether this is a list of written values: looking for something in it can't fail."""
    return isinstance(node, ast.Tuple) and all(
        isinstance(element, ast.Constant) and element.value is not None for element in node.elts
    )


def needed_value(text: str) -> tuple[str, frozenset[str]] | None:
    """The field of ``data`` that must have one of these values for the condition to hold, where it says so first.

    >>> needed_value("data.step == 'saved' and premium(data.product) > 60")
    ('step', frozenset({'saved'}))
    """
    condition = parse(text).body
    while isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.And):
        condition = condition.values[0]
    match condition:
        case ast.Compare(ast.Attribute(ast.Name("data"), field), [ast.Eq()], [ast.Constant(str(value))]):
            return field, frozenset({value})
        case ast.Compare(ast.Attribute(ast.Name("data"), field), [ast.In()], [ast.Tuple(elements)]):
            values = [element.value for element in elements if isinstance(element, ast.Constant)]
            if len(values) == len(elements) and all(isinstance(value, str) for value in values):
                return field, frozenset(map(str, values))
    return None


_FACTS = {
    "event": frozenset({"id", "source", "type", "time", "subject", "arrival"}),
    "customer": frozenset({"key"}),
    "mention": frozenset({"event", "subject", "polarity", "time", "score", "date", "name"}),
}


def _fact(root: str, attribute: str, text: str) -> ast.AST:
    if attribute not in _FACTS[root]:
        known = ", ".join(sorted(_FACTS[root]))
        raise ExpressionError(f"unknown {root}.{attribute} in the condition {text!r}; known are {known}")
    return _call("attribute", _scene_part(root), ast.Constant(attribute))


def _scene_part(name: str) -> ast.expr:
    return ast.Attribute(_name("scene"), name, ast.Load())


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _call(name: str, *arguments: Any) -> ast.expr:
    return ast.Call(_name(name), list(arguments), keywords=[])
