"""YAML documents checked against a model, with every error named by file, line and field.

YAML 1.2 (ruamel): ``21:00`` and ``no`` stay text, and a key given twice is an error.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Checked = TypeVar("Checked", bound=BaseModel)

_MAPPING = "write keys and their values here, as in name: value"
_IN_PLACE_OF = {
    "missing": "is missing; it has to be given",
    "extra_forbidden": "there is no such key; correct its spelling or take it out",
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "list_type": "write a list here, as in [one, another]",
    "tuple_type": "write a list here, as in [one, another]",
}
"""What to say for pydantic's own words, by the type of error."""


class PackError(ValueError):
    """A pack, lexicon or configuration that can't be used; ``problems`` has one line for each thing to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Document:
    """One parsed YAML file that remembers where everything stood."""

    def __init__(self, path: Path) -> None:
        """Read and parse the file; raises ``PackError`` when it can't be."""
        self.path = path
        try:
            self.content: Any = YAML(typ="rt").load(path.read_text("utf-8"))
        except OSError as error:
            raise PackError([f"{path}: can't be read: {error.strerror}"]) from None
        except UnicodeDecodeError as error:
            raise PackError([f"{path}: is not UTF-8 text: {error}"]) from None
        except YAMLError as error:
            raise PackError([_syntax_problem(path, error)]) from None

    def line(self, location: Iterable[str | int]) -> int:
        """The line (from 1) of the innermost known part of a location such as ("triggers", 0, "when")."""
        node, line = self.content, 1
        for step in location:
            try:
                line = self._line_of(node, step)
                node = node[step]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return line

    def check(self, model: type[Checked], content: Any = None, under: tuple[str | int, ...] = ()) -> Checked:
        """Validate the document (or its part ``under`` a location) as ``model``; raises ``PackError``."""
        try:
            return model.model_validate(plain(self.content if content is None else content))
        except ValidationError as error:
            raise PackError([self.problem((*under, *found["loc"]), told(found)) for found in error.errors()]) from None

    def problem(self, location: tuple[str | int, ...], message: str) -> str:
        """One error line: file, line, field, what is wrong."""
        field, message = ".".join(str(step) for step in location), message.removeprefix("Value error, ")
        return f"{self.path}:{self.line(location)}: {field}: {message}" if field else f"{self.path}:1: {message}"

    @staticmethod
    def _line_of(node: Any, step: str | int) -> int:
        position = node.lc.key(step) if isinstance(step, str) else node.lc.item(step)
        return int(position[0]) + 1


def told(found: ErrorDetails) -> str:
    """What is wrong and what to do, of what pydantic found."""
    return _IN_PLACE_OF.get(found["type"], found["msg"])


def plain(node: Any) -> Any:
    """The parsed content as ordinary dicts, lists and scalars."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for scalar in (int, float, str):
        if isinstance(node, scalar):
            return scalar(node)
    return str(node)


def _syntax_problem(path: Path, error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    return f"{path}:{line}: is not valid YAML: {getattr(error, 'problem', None) or error}"
