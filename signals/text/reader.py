"""The reader: a compiled lexicon that turns a text into mentions."""

import re
from collections.abc import Container
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from signals.calendar.instant import Instant, from_datetime, to_datetime
from signals.folders import digest_of
from signals.text import context
from signals.text.automaton import Automaton, Span, Words
from signals.text.dates import undotted
from signals.text.fold import fold, seen
from signals.text.learned import Model, read_model
from signals.text.lexicon import Lexicon, Phrase, read_lexicon
from signals.text.mention import Mention
from signals.text.scene import Cues, Prose, Scene, overlap
from signals.text.written import unsigned

_COMPANY = frozenset({"agent"})
_BOTH = frozenset({"note", None})
_UNHEARD = frozenset({"agent", None})  # the model knows only messages to us and about our customers
_PROSE_IN: dict[str | None, Prose] = {None: "unknown", "social": "post"}
_PROSE = re.compile(r"\W*[A-Z0-9À-Þ].*[.\"”’')]\s*\Z", re.DOTALL)  # how news is written, unlike most messages
_MOST_READ = 10_000  # characters of a text; what a customer wants to tell stands before old mails and small print
_FEW_EVENTS = 2  # in a text that tells more, each is drowned by the others in what the model hears as a whole
_MOST_MATCHES = 20  # of one event, enough for any message and a bound for the time that the oddest text can take
_SCORE, _WEAK = 0.9, 0.6
_POSSIBLE, _POSSIBLE_IF_WEAK = 0.005, 0.08  # how likely the model must hold what a phrase tells, or a weak one
_LIKELY = 0.5  # how likely it must hold what a clause tells, where the whole text tells more and drowns that
_VAGUE, _FIRM = 0.3, 0.7  # texts that hardly tell a fact, and those that tell one though no phrase does
_RANK = {"negated": 0, "affirmed": 1, "hypothetical": 2}
_SUBJECT_RANK = {"self": 0, "household": 1, "other": 2}
_END_OF_BUSINESS = clock(17)


class _Match(msgspec.Struct, frozen=True):
    phrase: Phrase
    span: Span


class Reader:
    """A compiled lexicon. Immutable; one reader may serve many threads."""

    def __init__(self, lexicon: Lexicon, zone: ZoneInfo, *, learned: Model | None = None) -> None:
        self.lexicon = lexicon
        self._learned = learned
        self._zone = zone
        self._phrases = Automaton([phrase.expression for phrase in lexicon.phrases])
        self._cues = Cues(lexicon.cues)
        self._events = frozenset(lexicon.labels)
        self._said_by_us = frozenset(event for event, label in lexicon.labels.items() if label.speaker == "company")
        self._said_to_us = self._events - self._said_by_us

    def read(self, text: str, channel: str | None, at: Instant) -> list[Mention]:
        """The mentions of a text written at ``at``, in the order they stand there.

        ``channel`` is where it was written; ``agent`` means that we wrote it, ``note`` that a colleague wrote about the
        customer. Never raises: a text that says nothing yields an empty list. Reads the first 10,000 characters.
        """
        text, places = seen(unsigned(text[:_MOST_READ]))
        words = Words(undotted(fold(text)))
        matched = self._matches(words, channel)
        prose = _PROSE_IN[channel] if matched and channel in _PROSE_IN and _PROSE.match(text) else None
        scene = Scene(words, self._cues, self._day(at), prose=prose) if matched else None
        told = self._told(scene, matched) if scene is not None else []
        if self._learned is not None and channel not in _UNHEARD:
            told = self._second_opinion(self._learned, told, matched, scene, words, channel, at)
        if not told:
            return told
        if places is not None:
            told = [_located(mention, places) for mention in told]
        return sorted(told, key=lambda mention: (mention.span, mention.event))

    def _second_opinion(
        self,
        model: Model,
        told: list[Mention],
        matched: dict[str, list[_Match]],
        scene: Scene | None,
        words: Words,
        channel: str | None,
        at: Instant,
    ) -> list[Mention]:
        """What phrases tell without what the model doubts, and what it is sure of though no phrase tells it.

        What must silence us and is doubtful is told nevertheless, as hypothetical: to miss it costs more than a false
        alarm.
        """
        heard = model.hear(words)
        sure = model.sure(heard, words, beside=bool(matched))
        examined = 0 < len({mention.event for mention in told}) <= _FEW_EVENTS
        if not sure and not examined:
            return told
        firm = model.firm(heard, words)
        answers = [
            (
                mention,
                not examined
                or self._credible(model, mention, matched[mention.event], firm, heard, words)
                or (scene is not None and _holds_apart(model, mention, told, scene)),
            )
            for mention in told
        ]
        for event in self._unmatched(sure, matched, words, channel):
            mention = self._heard(event, model.probability(event, heard, words), words, at)
            answers.append((mention, firm >= _FIRM))
        return [
            mention if credible else msgspec.structs.replace(mention, polarity="hypothetical")
            for mention, credible in answers
            if credible or self.lexicon.labels[mention.event].suppress
        ]

    def _credible(
        self, model: Model, mention: Mention, matches: list[_Match], firm: float, heard: int, words: Words
    ) -> bool:
        """Does the model let a mention stand? It knows little of our own words, nothing beside a phrase marked sure."""
        label = self.lexicon.labels[mention.event]
        if not mention.actionable or label.speaker == "company" or any(match.phrase.sure for match in matches):
            return True
        vague = firm < _VAGUE and not label.suppress
        weak = vague or all(match.phrase.weak for match in matches)
        return model.holds_possible(mention.event, _POSSIBLE_IF_WEAK if weak else _POSSIBLE, heard, words)

    def _unmatched(self, sure: list[str], matched: Container[str], words: Words, channel: str | None) -> list[str]:
        """What the model is sure of and no phrase has matched: where one has, masks and context have the last word."""
        sayable, labels = self._sayable(channel), self.lexicon.labels
        return [
            event
            for event in sure
            if event not in matched
            and event in sayable
            and not any(other in matched for other in labels[event].yields)
            and not self._masked(event, words)
        ]

    def _heard(self, event: str, chance: float, words: Words, at: Instant) -> Mention:
        whole, label, today = (0, len(words.folded)), self.lexicon.labels[event], self._day(at)
        scene = Scene(words, self._cues, today, prose=None)
        whose, tense = context.subject_of_all(scene, label), context.time_of_all(scene, label, today)
        return Mention(event, whose, "affirmed", tense, chance, whole)

    def _masked(self, event: str, words: Words) -> bool:
        phrases = ((number, self.lexicon.phrases[number]) for number in self._phrases.candidates(words))
        return any(p.mask and p.event == event and self._phrases.matches(number, words) for number, p in phrases)

    def _sayable(self, channel: str | None) -> frozenset[str]:
        if channel in _BOTH:
            return self._events
        return self._said_by_us if channel in _COMPANY else self._said_to_us

    def _told(self, scene: Scene, matched: dict[str, list[_Match]]) -> list[Mention]:
        chosen = [match for matches in matched.values() for match in _longest(matches[:_MOST_MATCHES])]
        scene.spoken_for = [match.span for match in chosen if match.phrase.negations]
        read = [self._mention(scene, match, scene.today) for match in chosen]
        kept = [mention for mention in read if not self._outdone(mention, read, scene)]
        return _settle(kept)

    def _matches(self, words: Words, channel: str | None) -> dict[str, list[_Match]]:
        """Where phrases match, by event; none of an event whose matches are all masked."""
        sayable = self._sayable(channel)
        found: dict[str, list[_Match]] = {}
        masks: list[int] = []
        for number in self._phrases.candidates(words):
            phrase = self.lexicon.phrases[number]
            if phrase.mask:
                masks.append(number)
            elif phrase.event in sayable:
                for span in self._phrases.matches(number, words):
                    found.setdefault(phrase.event, []).append(_Match(phrase, span))
        for number in masks:
            event = self.lexicon.phrases[number].event
            for mask in self._phrases.matches(number, words) if found.get(event) else ():
                found[event] = [match for match in found[event] if not overlap(match.span, mask)]
        return found

    def _outdone(self, mention: Mention, others: list[Mention], scene: Scene) -> bool:
        """Does another event that the label yields to explain the same clause, or of a weak phrase the sentence?"""
        yields = self.lexicon.labels[mention.event].yields
        if not yields:
            return False
        reach = scene.sentence(mention.span) if mention.score == _WEAK else scene.clause(mention.span)
        return any(other.event in yields and overlap(other.span, reach) for other in others)

    def _mention(self, scene: Scene, match: _Match, today: date) -> Mention:
        phrase, span = match.phrase, match.span
        label = self.lexicon.labels[phrase.event]
        tense, day = context.time(scene, span, phrase, label, today)
        whether = context.polarity(scene, span, phrase, label)
        if whether == "hypothetical" and tense == "now":
            tense = "future"  # what may happen has not happened
        return Mention(
            event=phrase.event,
            subject=context.subject(scene, span, phrase, label),
            polarity=whether,
            time=tense,
            score=_WEAK if phrase.weak else _SCORE,
            span=span,
            date=None if day is None else self._instant(day, label.speaker == "company"),
            name=phrase.name,
        )

    def _day(self, at: Instant) -> date:
        return to_datetime(at, self._zone).date()

    def _instant(self, day: date, promise: bool) -> Instant:
        return from_datetime(datetime.combine(day, _END_OF_BUSINESS if promise else clock(0), self._zone))


def _holds_apart(model: Model, mention: Mention, told: list[Mention], scene: Scene) -> bool:
    """Is a mention likely once the model hears its clause alone? Another event beside it may have drowned it."""
    clause = scene.clause(mention.span)
    others = [other for other in told if other.event != mention.event]
    if mention.score == _WEAK or not others or any(overlap(other.span, clause) for other in others):
        return False
    words = Words(scene.folded[slice(*clause)])
    heard = model.hear(words)
    return model.holds_possible(mention.event, _LIKELY, heard, words) and model.firm(heard, words) >= _VAGUE


def _located(mention: Mention, places: list[int]) -> Mention:
    """A mention with its span in the text as it came, signs that are not seen included."""
    start, end = mention.span
    return msgspec.structs.replace(mention, span=(places[start], places[end]))


def _longest(matches: list[_Match]) -> list[_Match]:
    """Of matches that overlap the longest stays; among equals the one whose meaning the lexicon fixes."""
    kept: list[_Match] = []
    for match in sorted(matches, key=_weight):
        if not any(overlap(match.span, other.span) for other in kept):
            kept.append(match)
    return kept


def _weight(match: _Match) -> tuple[bool, int, int]:
    phrase = match.phrase
    fixed = (phrase.polarity, phrase.time, phrase.subject).count(None) < 3
    return (not fixed, match.span[0] - match.span[1], match.span[0])


def _settle(mentions: list[Mention]) -> list[Mention]:
    """One mention per event and name: ours before others', denials before statements before questions."""
    best: dict[tuple[str, str | None], Mention] = {}
    for mention in mentions:
        key = (mention.event, mention.name)
        if key not in best or _order(mention) < _order(best[key]):
            best[key] = mention
    return list(best.values())


def _order(mention: Mention) -> tuple[int, int, float, Span]:
    ours = _SUBJECT_RANK[mention.subject] == 2
    return (int(ours), _RANK[mention.polarity], -mention.score, mention.span)


def load_reader(folder: Path, zone: ZoneInfo, *added: Path, weights: Path | None = None) -> Reader:
    """Compile the lexicon in ``folder`` and what folders ``added`` say beside it, for texts written in ``zone``.

    With trained ``weights``, or else those that the last of the folders with any comes with. Without own weights, what
    was compiled lately from the same words is given again: it takes a hundred megabytes, and packs that differ in their
    triggers can share it.

    Raises ``LexiconError`` (a ``ValueError``) that lists every mistake as ``file:line: what to do``.
    """
    folders = (folder, *added)
    if weights is not None:
        return Reader(read_lexicon(*folders), zone, learned=read_model(weights))
    known = digest_of(folders), zone.key
    reader = _recent.get(known)
    if reader is None:
        learned = [path for path in (one / "learned.json" for one in folders) if path.exists()]
        reader = Reader(read_lexicon(*folders), zone, learned=read_model(learned[-1]) if learned else None)
        if len(_recent) >= _MOST_RECENT:
            _recent.pop(next(iter(_recent)), None)
        _recent[known] = reader
    return reader


_recent: dict[tuple[str, str | None], Reader] = {}
_MOST_RECENT = 2
"""Readers kept for who loads the same again: that of the pack at work, and that of its successor."""
