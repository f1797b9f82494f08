"""YAML documents checked against a model, with every error named by file, line and field."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from signals.yaml_text import NotYaml, YamlText

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
            self._text = YamlText(path.read_text("utf-8"))
        except OSError as error:
            raise PackError([f"{path}: can't be read: {error.strerror}"]) from None
        except UnicodeDecodeError as error:
            raise PackError([f"{path}: is not UTF-8 text: {error}"]) from None
        except NotYaml as error:
            raise PackError([f"{path}:{error.line}: is not valid YAML: {error}"]) from None

    @property
    def content(self) -> Any:
        """What it says, as plain dicts, lists and scalars."""
        return self._text.content

    def line(self, location: Iterable[str | int]) -> int:
        """The line (from 1) of the innermost known part of a location such as ("triggers", 0, "when")."""
        return self._text.line(location)

    def check(self, model: type[Checked], content: Any = None, under: tuple[str | int, ...] = ()) -> Checked:
        """Validate the document (or its part ``under`` a location) as ``model``; raises ``PackError``."""
        try:
            return model.model_validate(self.content if content is None else content)
        except ValidationError as error:
            raise PackError([self.problem((*under, *found["loc"]), told(found)) for found in error.errors()]) from None

    def problem(self, location: tuple[str | int, ...], message: str) -> str:
        """One error line: file, line, field, what is wrong."""
        field, message = ".".join(str(step) for step in location), message.removeprefix("Value error, ")
        return f"{self.path}:{self.line(location)}: {field}: {message}" if field else f"{self.path}:1: {message}"


def told(found: ErrorDetails) -> str:
    """What is wrong and what to do, of what pydantic found."""
    return _IN_PLACE_OF.get(found["type"], found["msg"])
