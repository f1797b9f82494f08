"""YAML documents checked against a model, with every error named by file, line and field."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from signals.faults import faults_of
from signals.yaml_text import NotYaml, YamlText

Checked = TypeVar("Checked", bound=BaseModel)


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
            found = faults_of(error, model)
            raise PackError([self.problem((*under, *place), message) for place, message in found]) from None

    def _written(self, location: tuple[str | int, ...]) -> Iterator[str]:
        """A location as it stands in the file: without what only the model calls the part of a union."""
        content = self.content
        for number, step in enumerate(location, 1):
            here = (
                content if isinstance(content, dict) else dict(enumerate(content)) if isinstance(content, list) else {}
            )
            if step in here:
                content = here[step]
            elif number < len(location) and isinstance(content, dict):
                continue
            yield str(step)

    def problem(self, location: tuple[str | int, ...], message: str) -> str:
        """One error line: file, line, field, what is wrong."""
        field, message = ".".join(self._written(location)), message.removeprefix("Value error, ")
        return f"{self.path}:{self.line(location)}: {field}: {message}" if field else f"{self.path}:1: {message}"
