"""A small classifier for feelings that no list of phrases can hold; trained per deployment, off until then.

Logistic regression per event on hashed words, word pairs and letter groups: one file of weights, plain Python. An event
takes part only if, on texts held back in turn, a threshold gives the wished precision; otherwise it is left out.
"""

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from signals.text.fold import fold

OPEN = ("complaint", "thanks_praise", "price_complaint", "claim_praise", "claim_blame")
"""Events whose wording has no end; all others stay with the rules."""

_BUCKETS = 1 << 16
_FOLDS, _EPOCHS, _RATE, _DECAY = 5, 12, 0.5, 1e-4
_PRECISION = 0.9
_FEWEST_TOLD, _FEWEST_RIGHT = 20, 5
_WORD = re.compile(r"\w+|[!?]")

Labelled = tuple[str, frozenset[str]]


class Weights(msgspec.Struct, frozen=True):
    """One event: the probability is the logistic of ``bias`` plus the weights of the buckets of a text."""

    bias: float
    threshold: float
    buckets: dict[int, float]

    def probability(self, features: Sequence[int]) -> float:
        weights = self.buckets
        total = self.bias + sum(weights.get(bucket, 0.0) for bucket in features) / math.sqrt(len(features) or 1)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


class Model(msgspec.Struct, frozen=True):
    """Weights per event, as stored in the file."""

    version: int
    events: dict[str, Weights]

    def told(self, folded: str) -> dict[str, float]:
        """The events that reach their threshold in a folded text, with their probability."""
        features = _features(folded)
        likely = {event: weights.probability(features) for event, weights in self.events.items()}
        return {event: chance for event, chance in likely.items() if chance >= self.events[event].threshold}


class Lesson(msgspec.Struct, frozen=True):
    """What training made of one event: how often it was told, and what held-back texts say; no threshold: left out."""

    told: int
    precision: float
    recall: float
    threshold: float | None


def read_model(path: Path) -> Model:
    """Load a file of weights; raises ``ValueError`` when it isn't one."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Model)
    except msgspec.MsgspecError as error:
        raise ValueError(
            f"{path} is no file of weights; make one with: signals learn mentions FILE ({error})"
        ) from None


def write_model(model: Model, path: Path) -> None:
    """Write the weights to one file."""
    path.write_bytes(msgspec.msgpack.encode(model))


def train(texts: Sequence[Labelled]) -> tuple[Model, Mapping[str, Lesson]]:
    """Learn the open-ended events from texts with the events they tell; deterministic for the same texts."""
    featured = [_features(fold(text)) for text, _ in texts]
    events: dict[str, Weights] = {}
    lessons: dict[str, Lesson] = {}
    for event in OPEN:
        told = [event in events_told for _, events_told in texts]
        if sum(told) < _FEWEST_TOLD:
            lessons[event] = Lesson(sum(told), 0.0, 0.0, None)
            continue
        lessons[event] = lesson = _examine(featured, told)
        if lesson.threshold is not None:
            bias, buckets = _fit(featured, told)
            events[event] = Weights(bias, lesson.threshold, buckets)
    return Model(1, events), lessons


def _examine(featured: Sequence[Sequence[int]], told: Sequence[bool]) -> Lesson:
    """Judge every text by weights learned without it, and take the lowest threshold that is precise enough."""
    judged: list[tuple[float, bool]] = []
    for fold_number in range(_FOLDS):
        kept = [number for number in range(len(told)) if number % _FOLDS != fold_number]
        bias, buckets = _fit([featured[number] for number in kept], [told[number] for number in kept])
        weights = Weights(bias, 0.0, buckets)
        judged += [(weights.probability(featured[n]), told[n]) for n in range(fold_number, len(told), _FOLDS)]
    judged.sort(reverse=True)
    best = Lesson(sum(told), 0.0, 0.0, None)
    right = 0
    for taken, (chance, was_told) in enumerate(judged, start=1):
        right += was_told
        tied = taken < len(judged) and judged[taken][0] == chance
        if not tied and right >= _FEWEST_RIGHT and right / taken >= _PRECISION:
            best = Lesson(sum(told), right / taken, right / sum(told), chance)
    return best


def _fit(featured: Sequence[Sequence[int]], told: Sequence[bool]) -> tuple[float, dict[int, float]]:
    """Stochastic gradient descent in a fixed order, so that the same texts give the same weights."""
    bias = 0.0
    weights: dict[int, float] = {}
    for epoch in range(_EPOCHS):
        rate = _RATE / (1 + epoch)
        for features, was_told in zip(featured, told, strict=True):
            norm = math.sqrt(len(features) or 1)
            total = bias + sum(weights.get(bucket, 0.0) for bucket in features) / norm
            slope = was_told - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
            bias += rate * slope
            for bucket in features:
                weight = weights.get(bucket, 0.0)
                weights[bucket] = weight + rate * (slope / norm - _DECAY * weight)
    return bias, {bucket: round(weight, 4) for bucket, weight in weights.items() if abs(weight) > 1e-3}


def _features(folded: str) -> list[int]:
    words = _WORD.findall(folded)
    grams = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
    for word in words:
        framed = f"<{word}>"
        grams.update(framed[at : at + size] for size in (3, 4) for at in range(len(framed) - size + 1))
    return sorted({zlib.crc32(gram.encode()) % _BUCKETS for gram in grams})
