"""The lexicon on disk: YAML files that say how people tell of an event, checked whole and named by file and line.

A folder holds ``labels.yaml`` (the events and how they are read), ``words.yaml`` (word classes), ``names.yaml``
(competitors), ``cues/*.yaml`` (negation, persons, time) and per language a folder with one file per event. What
extends it is such a folder, too, of which every file may be left out: it adds.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError

from signals.faults import faults_of
from signals.text.phrase import Expression, parse_phrase, parse_words
from signals.yaml_text import NotYaml, YamlText

Subject = Literal["self", "household", "other"]
Polarity = Literal["affirmed", "negated", "hypothetical"]
Tense = Literal["past", "now", "future"]
SUBJECTS, POLARITIES, TENSES = get_args(Subject), get_args(Polarity), get_args(Tense)
FLAGS = ("weak", "sure")


class LexiconError(ValueError):
    """Everything that is wrong in a lexicon, one line per mistake: ``file:line: what to do``."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Label(_Model):
    """How one event is read.

    ``context`` full: negation, condition and persons anywhere in the clause count (life events); light: only right
    next to the words (relationship signals); none: never. ``time``: when it is if nothing says otherwise; ``dated``: a
    date in the sentence is the event's; ``state``: what one is in, so never of the future. ``partner``, ``child`` and
    ``kin`` (parents, brothers, grandparents) say whose the event is when the sentence is about such a person; ``own``:
    always the writer's; ``ours``: about us, not about another company or office. A label ``yields`` to those that
    explain the same clause better. ``suppress``: a wrong silence costs more than a wrong alarm. ``speaker``: only the
    company (agents and their notes), or the customer, can say it.
    """

    family: Literal["life_event", "relationship"]
    context: Literal["full", "light", "none"]
    time: Tense = "now"
    dated: bool = False
    state: bool = False
    partner: Subject = "household"
    child: Subject = "household"
    kin: Subject = "other"
    own: bool = False
    ours: bool = False
    yields: tuple[str, ...] = ()
    suppress: bool = False
    speaker: Literal["customer", "company"] = "customer"


class Labels(_Model):
    labels: dict[str, Label]


class Words(_Model):
    words: dict[str, str]


class Names(_Model):
    names: dict[str, list[str]]
    products: dict[str, str] = {}


class Told(_Model):
    """One event in one language: phrases that tell it, masks that undo them, examples that prove both."""

    event: str
    language: Literal["nl", "en", "de", "fr", "tr", "fy"]
    phrases: str = ""
    masks: str = ""
    examples: str = ""


class Cues(_Model):
    cues: dict[str, str]


M = TypeVar("M", bound=_Model)


class Phrase(msgspec.Struct, frozen=True):
    """One phrase of an event, with what the lexicon fixes about it (``None``: the context decides)."""

    event: str
    expression: Expression
    mask: bool
    subject: Subject | None = None
    polarity: Polarity | None = None
    time: Tense | None = None
    weak: bool = False  # often means something else: told only if the second opinion holds it possible
    sure: bool = False  # needs no writer and no second opinion
    negations: frozenset[str] = frozenset()  # words of negation in the phrase itself, which deny no event
    name: str | None = None


class Example(msgspec.Struct, frozen=True):
    """A text with what must be read in it: each item an event with any of its attributes; none: nothing at all."""

    place: str
    text: str
    event: str
    told: bool
    attributes: tuple[str, ...]


class Lexicon(msgspec.Struct, frozen=True):
    labels: dict[str, Label]
    phrases: list[Phrase]
    cues: list[tuple[str, Expression]]
    examples: list[Example]


class _Document:
    """One YAML file with the lines its values stand on."""

    def __init__(self, path: Path, mistakes: list[str]) -> None:
        self.path, self.mistakes = path, mistakes
        self._text: YamlText | None = None
        try:
            self._text = YamlText(path.read_text(encoding="utf-8"))
        except NotYaml as error:
            self.note(error.line - 1, str(error))
        except (OSError, UnicodeDecodeError) as error:
            self.note(0, str(error))

    def note(self, line: int, what: str) -> None:
        self.mistakes.append(f"{self.path}:{line + 1}: {what}")

    def line(self, *keys: str | int) -> int:
        """The line (from 0) on which the value under these keys begins."""
        return self._text.line(keys) - 1 if self._text is not None else 0

    def read(self, model: type[M]) -> M | None:
        if self._text is None or self._text.content is None:
            return None
        try:
            return model.model_validate(self._text.content)
        except ValidationError as error:
            for place, message in faults_of(error, model):
                self.note(self.line(*place), f"{'.'.join(map(str, place))}: {message}")
        return None

    def lines(self, text: str, *keys: str | int) -> Iterator[tuple[int, str]]:
        """The lines of a block (without blank ones and ``##`` remarks) with the line of the file each stands on."""
        first = self.line(*keys) + 1
        for offset, line in enumerate(text.split("\n")):
            content = line.strip()
            if content and not content.startswith("##"):
                yield first + offset, content


_WHOLE = ("words.yaml", "labels.yaml", "names.yaml")


class _Reading:
    """Reads the files one by one and collects what is wrong with them."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        self.words: dict[str, Expression] = {}
        self.negations: frozenset[str] = frozenset()
        self.labels: dict[str, Label] = {}
        self.phrases: list[Phrase] = []
        self.cues: list[tuple[str, Expression]] = []
        self.examples: list[Example] = []

    def read(self, folder: Path, *, whole: bool) -> None:
        """Add what a folder says; a ``whole`` lexicon has all its files."""
        if whole and (missing := [name for name in _WHOLE if not (folder / name).exists()]):
            self.mistakes.append(
                f"{folder}: a lexicon of its own has {', '.join(missing)}, too; "
                "to add to another pack's words, name that pack in pack.yaml, as in lexicon: insurance-nl"
            )
            return
        for name, take in (("words.yaml", self._words), ("labels.yaml", self._labels)):
            if (folder / name).exists():
                take(folder / name)
        for path in sorted((folder / "cues").glob("*.yaml")):
            self._cues(path)
        for path in sorted(folder.glob("[a-z][a-z]/*.yaml")):
            self._told(path)
        if (folder / "names.yaml").exists():
            self._names(folder / "names.yaml")

    def lexicon(self) -> Lexicon:
        if self.mistakes:
            raise LexiconError("\n".join(self.mistakes))
        return Lexicon(self.labels, self.phrases, self.cues, self.examples)

    def _words(self, path: Path) -> None:
        document = _Document(path, self.mistakes)
        content = document.read(Words)
        for name, source in (content.words if content else {}).items():
            try:
                self.words[name] = parse_words(" ".join(source.split()), self.words)
            except ValueError as error:
                document.note(document.line("words", name), str(error))

    def _labels(self, path: Path) -> None:
        content = _Document(path, self.mistakes).read(Labels)
        self.labels |= content.labels if content else {}

    def _cues(self, path: Path) -> None:
        document = _Document(path, self.mistakes)
        content = document.read(Cues)
        for kind, block in (content.cues if content else {}).items():
            if kind not in CUES:
                document.note(document.line("cues", kind), f"unknown cue {kind!r}; known are: {', '.join(CUES)}")
            for line, source in document.lines(block, "cues", kind):
                if kind == "negation":
                    self.negations |= plain_words(source)
                if (expression := self._expression(document, line, source, wide=True)) is not None:
                    self.cues.append((kind, expression))

    def _told(self, path: Path) -> None:
        document = _Document(path, self.mistakes)
        content = document.read(Told)
        if content is None:
            return
        if content.event not in self.labels:
            document.note(document.line("event"), f"event {content.event!r} is not in labels.yaml")
        for block, mask in (("phrases", False), ("masks", True)):
            for line, source in document.lines(getattr(content, block), block):
                self._phrase(document, line, source, content.event, mask)
        for line, source in document.lines(content.examples, "examples"):
            self._example(document, line, source, content.event)

    def _phrase(self, document: _Document, line: int, source: str, event: str, mask: bool) -> None:
        body, _, marks = source.partition("=>")
        attributes: dict[str, Any] = {}
        for mark in marks.split():
            kind = next((kind for kind, known in _MARKS.items() if mark in known), None)
            if kind is None:
                document.note(line, f"{mark!r} is no mark; known are: {', '.join(sum(_MARKS.values(), ()))}")
            elif kind == "flag":
                attributes[mark] = True
            else:
                attributes[kind] = mark
        expression = self._expression(document, line, body, wide=mask)
        if expression is not None:
            negations = self.negations & plain_words(body)
            self.phrases.append(Phrase(event, expression, mask, negations=negations, **attributes))

    def _example(self, document: _Document, line: int, source: str, event: str) -> None:
        text, arrow, told = source.rpartition("->")
        attributes = tuple(told.split())
        known = {*SUBJECTS, *POLARITIES, *TENSES, "told", "nothing"}
        if not arrow or not attributes or not known.issuperset(attributes):
            document.note(line, "write an example as: text -> nothing, or told, or for instance self affirmed now")
            return
        place = f"{document.path}:{line + 1}"
        stated = tuple(attribute for attribute in attributes if attribute not in ("told", "nothing"))
        self.examples.append(Example(place, text.strip(), event, "nothing" not in attributes, stated))

    def _names(self, path: Path) -> None:
        document = _Document(path, self.mistakes)
        content = document.read(Names)
        for name, phrases in (content.names if content else {}).items():
            for source in phrases:
                expression = self._expression(document, document.line("names", name), source)
                if expression is not None:
                    self.phrases.append(Phrase("competitor_mention", expression, False, name=name))

    def _expression(self, document: _Document, line: int, source: str, *, wide: bool = False) -> Expression | None:
        try:
            return parse_phrase(source, self.words, within="sentence" if wide else "clause")
        except ValueError as error:
            document.note(line, str(error))
            return None


CUES = (
    "negation",
    "not_negation",
    "contrast",
    "hypothetical",
    "not_hypothetical",
    "clause",
    "denial",
    "assent",
    "clerk",
    "retraction",
    "me",
    "partner",
    "child",
    "kin",
    "other",
    "beside",
    "addressed",
    "third",
    "ours",
    "elliptic",
    "past",
    "now",
    "future",
)
_MARKS: Mapping[str, tuple[str, ...]] = {"subject": SUBJECTS, "polarity": POLARITIES, "time": TENSES, "flag": FLAGS}


_PLAIN_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def plain_words(source: str) -> frozenset[str]:
    """The words of a phrase or a text, without its signs."""
    return frozenset(_PLAIN_WORD.findall(source))


def read_lexicon(folder: Path, *added: Path) -> Lexicon:
    """Read and check a lexicon folder and what is ``added`` to it by those that extend it.

    Raises ``LexiconError`` with every mistake as ``file:line: what to do``.
    """
    reading = _Reading()
    reading.read(folder, whole=True)
    for more in added:
        reading.read(more, whole=False)
    return reading.lexicon()
