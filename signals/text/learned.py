"""A second opinion on a whole text, learned from labelled texts: what the rules miss, and what they only imagine.

Logistic regression per event on the words of a text, their beginnings and endings, and words that follow each other:
one file of weights, plain Python. What it holds next to impossible is let go, and what it is sure of is told though no
phrase matched, if it was right often enough about that event in texts held back in turn. Beside the events it learns
whether a text that tells anything tells something firm: no question, no denial, no story of others or of long ago.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from signals.text.automaton import Words
from signals.text.fold import fold

_AFFIXES = range(4, 8)  # letters of a beginning or an ending
_FOLDS, _EPOCHS, _RATE, _DECAY, _TOLD_COUNTS = 3, 25, 1.0, 1e-4, 2.0
_LEARNED_ENOUGH = 1e-3  # of a wrong answer; a text that comes closer teaches nothing more
_SURE, _SURE_BESIDE, _THINKABLE = 0.4, 0.7, 0.1
_EXAMINED = 0.5  # how likely an answer is that shows in an examination whether an event is borne out
_PRECISION, _FEWEST_TOLD, _FEWEST_TEXTS = 0.75, 20, 2
_UNIT = 64  # of a weight in a file
_LANE = 32  # bits that an event has in a word's opinion
_MIDDLE = 1 << 13  # what stands for no opinion in a lane, so that none is below zero
_MOST_WORDS = 1 << 14  # remembered with their opinions
_MOST_SAID = _MIDDLE // (2 * len(_AFFIXES) + 2)  # by one part of a word or by one pair, of which as many are heard
_LEAST_SAID = 8  # less is left out of the file

_FIRM = "firm"  # takes part like an event that is never told


class Labelled(NamedTuple):
    """A text with the events it tells; ``firm``: is what it tells, if anything, a fact about the customer, not old?"""

    text: str
    told: frozenset[str]
    firm: bool | None = None


class Learned(msgspec.Struct, frozen=True):
    """A file of weights: per part of a word or pair of words what it says about events, by their place, in 1/64 logit.

    ``borne_out`` are the events that it may tell by itself.
    """

    version: int
    events: list[str]
    borne_out: list[str]
    biases: list[float]
    parts: dict[str, dict[int, int]]


class Model:
    """What was learned, made ready for reading. Immutable; one may serve many threads.

    What a word says about all events lies side by side in one number, so that a text costs one addition a word.
    """

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self._lanes = {event: lane * _LANE for lane, event in enumerate(learned.events)}
        self._top = sum(1 << shift + _LANE - 1 for event, shift in self._lanes.items() if event != _FIRM)
        self._tellable = sum(1 << self._lanes[event] + _LANE - 1 for event in learned.borne_out)
        self._silence = sum(_MIDDLE << shift for shift in self._lanes.values())
        self._pairs = frozenset(tuple(part.encode().split()) for part in learned.parts if " " in part)
        self._opinion = lru_cache(_MOST_WORDS)(self._opinion_of)
        self._addition = lru_cache(_MOST_WORDS)(self._addition_of)
        self._missing = lru_cache(_MOST_WORDS)(self._missing_to_reach)

    def hear(self, words: Words) -> int:
        """What all different words of a text and their pairs say together; for the questions below."""
        heard = sum(map(self._opinion, words.words))
        if not self._reached(_THINKABLE, heard, words):
            return heard  # pairs next to never lift an event from there to where it is sure
        known = sorted(self._pairs.intersection(pairwise(words.order)))
        return heard + sum(map(self._addition, known[: len(words.words)]))

    def sure(self, heard: int, words: Words, beside: bool) -> list[str]:
        """The events the model is sure of, of those it may tell; surer ``beside`` what phrases tell already.

        Most texts tell one thing, and its words sound like others too: who bought a house bought no dog.
        """
        reached = self._reached(_SURE_BESIDE if beside else _SURE, heard, words) & self._tellable
        events: list[str] = []
        while reached:
            lane, reached = (top := reached.bit_length() - 1) // _LANE, reached ^ 1 << top
            events.append(self._learned.events[lane])
        return events

    def holds_possible(self, event: str, chance: float, heard: int, words: Words) -> bool:
        """Is it at least so probable that the text tells an event? Of what was not learned the model knows nothing."""
        return event not in self._lanes or self.probability(event, heard, words) >= chance

    def firm(self, heard: int, words: Words) -> float:
        """How probable it is that the text, if it tells anything, tells a fact about the customer that is not old."""
        return self.probability(_FIRM, heard, words) if _FIRM in self._lanes else 1.0

    def probability(self, event: str, heard: int, words: Words) -> float:
        """Of an event that takes part."""
        shift, number = self._lanes[event], len(words.words)
        said = (heard >> shift & (1 << _LANE) - 1) - number * _MIDDLE
        return _logistic(self._learned.biases[shift // _LANE] + said / _UNIT / math.sqrt(number or 1))

    def _reached(self, chance: float, heard: int, words: Words) -> int:
        """The top bits of the lanes of those events that are at least so probable."""
        return heard + self._missing(chance, len(words.words)) & self._top

    def _opinion_of(self, word: bytes) -> int:
        return self._silence + sum(self._said(part) for part in _parts(word))

    def _addition_of(self, pair: tuple[bytes, bytes]) -> int:
        return self._said(_together(pair))

    def _said(self, part: str) -> int:
        return sum(weight << lane * _LANE for lane, weight in self._learned.parts.get(part, {}).items())

    def _missing_to_reach(self, chance: float, number: int) -> int:
        """What lifts the lane of an event to its top bit just when a text of so many words makes it so probable."""
        logit = math.log(chance / (1 - chance))
        enough = [math.ceil((logit - bias) * math.sqrt(number or 1) * _UNIT) for bias in self._learned.biases]
        return sum((1 << _LANE - 1) - number * _MIDDLE - one << n * _LANE for n, one in enumerate(enough))


class Lesson(msgspec.Struct, frozen=True):
    """What training made of one event: how often it was told, how sure answers about held-back texts did, its part.

    ``used``: the model has learned it, and may let it go; ``borne_out``: may also tell it though no phrase matched.
    """

    told: int
    precision: float
    recall: float
    used: bool
    borne_out: bool


def read_model(path: Path) -> Model:
    """Load a file of weights; raises ``ValueError`` when it isn't one."""
    try:
        return Model(msgspec.json.decode(path.read_bytes(), type=Learned))
    except msgspec.MsgspecError as error:
        raise ValueError(
            f"{path} is no file of weights; make one with: signals learn mentions FILE ({error})"
        ) from None


def write_learned(learned: Learned, path: Path) -> None:
    """Write the weights to one file."""
    path.write_bytes(msgspec.json.encode(learned))


def train(texts: Sequence[Labelled]) -> tuple[Learned, Mapping[str, Lesson]]:
    """Learn events from texts with the events they tell; deterministic for the same texts."""
    school = _School([one.text for one in texts])
    lessons: dict[str, Lesson] = {}
    learned = Learned(4, [], [], [], {part: {} for part in school.parts})
    for event in sorted({event for one in texts for event in one.told}):
        told = [event in one.told for one in texts]
        lessons[event] = lesson = school.examine(told)
        if lesson.used:
            _note(learned, event, school, *school.fit(told, range(len(told))))
            if lesson.borne_out:
                learned.borne_out.append(event)
    firm = Counter(one.firm for one in texts)
    if min(firm[True], firm[False]) >= _FEWEST_TOLD:
        telling = [place for place, one in enumerate(texts) if one.firm is not None]
        _note(learned, _FIRM, school, *school.fit([bool(one.firm) for one in texts], telling))
    return learned, lessons


def _note(learned: Learned, event: str, school: "_School", bias: float, weights: Sequence[float]) -> None:
    """Enter the weights of one event, of those parts that say anything."""
    for part, weight in zip(school.parts, weights, strict=True):
        if abs(said := round(weight * _UNIT)) >= _LEAST_SAID:
            learned.parts[part][len(learned.events)] = max(-_MOST_SAID, min(_MOST_SAID, said))
    learned.events.append(event)
    learned.biases.append(round(bias, 3))


class _School:
    """The texts to learn from, each with the places of its parts."""

    def __init__(self, texts: Sequence[str]) -> None:
        words = [Words(fold(text)) for text in texts]
        parts = [_heard(one) for one in words]
        met = Counter(part for one in parts for part in set(one))
        self.parts = sorted(part for part, times in met.items() if times >= _FEWEST_TEXTS)
        places = {part: place for place, part in enumerate(self.parts)}
        self._texts = [[places[part] for part in one if part in places] for one in parts]
        self._norms = [1 / math.sqrt(len(one.words) or 1) for one in words]

    def examine(self, told: Sequence[bool]) -> Lesson:
        """Judge every text by weights learned without it."""
        if sum(told) < _FEWEST_TOLD:
            return Lesson(sum(told), 0.0, 0.0, used=False, borne_out=False)
        sure = right = 0
        for turn in range(_FOLDS):
            bias, weights = self.fit(told, [place for place in range(len(told)) if place % _FOLDS != turn])
            for place in range(turn, len(told), _FOLDS):
                if self._chance(place, bias, weights) >= _EXAMINED:
                    sure, right = sure + 1, right + told[place]
        precision = right / max(1, sure)
        return Lesson(sum(told), precision, right / sum(told), used=True, borne_out=precision >= _PRECISION)

    def fit(self, told: Sequence[bool], chosen: Sequence[int]) -> tuple[float, list[float]]:
        """Stochastic gradient descent in a fixed order, so that the same texts give the same weights."""
        bias, weights = 0.0, [0.0] * len(self.parts)
        for epoch in range(_EPOCHS):
            rate = _RATE / (1 + epoch)
            for place in chosen:
                slope = told[place] - self._chance(place, bias, weights)
                if abs(slope) < _LEARNED_ENOUGH:
                    continue
                step = rate * slope * (_TOLD_COUNTS if told[place] else 1.0)
                bias += step
                step *= self._norms[place]
                for part in self._texts[place]:
                    weights[part] += step - rate * _DECAY * weights[part]
        return bias, weights

    def _chance(self, place: int, bias: float, weights: list[float]) -> float:
        return _logistic(bias + sum([weights[part] for part in self._texts[place]]) * self._norms[place])


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _heard(words: Words) -> list[str]:
    """All that is learned from in a text."""
    return [
        *(part for word in sorted(words.words) for part in _parts(word)),
        *(_together(pair) for pair in sorted(set(pairwise(words.order)))),
    ]


def _together(pair: tuple[bytes, bytes]) -> str:
    return b" ".join(pair).decode()


def _parts(word: bytes) -> list[str]:
    """A word with its beginnings and endings; ``~`` stands for the rest."""
    whole = word.decode()
    sizes = [size for size in _AFFIXES if size < len(whole)]
    return [whole, *(f"{whole[:size]}~" for size in sizes), *(f"~{whole[-size:]}" for size in sizes)]
