"""The context of a mention: whether, whose and when, told by the words around it."""

import re
from datetime import date, timedelta

from signals.text.automaton import Span
from signals.text.dates import Stated
from signals.text.lexicon import Label, Phrase, Polarity, Subject, Tense, plain_words
from signals.text.scene import Scene, inside, overlap
from signals.text.written import begins_line

_STALE = timedelta(days=92)
_LATELY = timedelta(days=31)
_REACH = {"full": (6, 5), "light": (2, 1)}  # words a negation reaches forward and back
_WHOLE_SENTENCE = 6  # words
_PERSONS = ("partner", "child", "kin", "other")
_LINKING = ("van", "of", "voor", "bij", "is", "for")  # "de verhuizing van mijn buurman"
_ASKING = re.compile(
    r"\W*(?:en |and |maar |but |dus |so )?"
    r"(?:wat|hoe|hoeveel|welke|waarom|is|zijn|kan(?! .{0,14}niet wachten)|kun|kunnen|zou|wordt|worden|heeft|hebben|"
    r"loont|scheelt|helpt|maakt|verandert|valt|vallen|telt|geldt|dekt|dekken|vergoedt|vergoeden|doet|doen|"
    r"what|how|which|why|are|can|could|would|do|does|will|should)\b"
)
_TELLING = re.compile(  # begins like a question and is none: who it is about was left out ("zijn uit elkaar")
    r"\W*(?:(?:is|zijn|heeft|hebben|wordt|worden) "
    r"(?:met|uit|in|op|onder|aan|al|nu|net|pas|inmiddels|druk|weer|nieuwe?)\b"
    r"|(?:kan|kunnen) [^?.!,;]{0,60}\b(?:niet|nie)\b)"
)
_CONDITIONS = (
    *("als ", "indien ", "stel", "gesteld ", "mocht", "tenzij ", "if ", "unless ", "suppos"),
    *("wenn ", "falls ", "si "),
)
_SINCE = re.compile(r"\b(?:sinds|sedert|since|seit|depuis) (?:(?:de|the|begin|eind|half|medio|early|late) )?")
_IF = re.compile(  # a sentence that begins with a condition: what follows it hangs on that
    r"\W*(?:(?:if|unless|als|indien|tenzij|zodra|wanneer) "
    r"(?:i|we|u|ik|je|jullie|you|the|this|it|my|your|de|het|er|dit|dat|mijn)\b"
    r"|(?:wenn|falls|sofern) (?:ich|wir|sie|ihr|die|der|das|es|mein|unser)"
    r"|si (?:je|nous|on|vous|le|la|les|ma|mon|ca|cela)\b"
    r"|stel(?: dat)? |gesteld dat |suppose |supposing |should you |moest (?:ik|we) "
    r"|mocht(?:en)? |\w+ (?:ik|we|u|jullie|de|het|dit|dat|er|mijn) [^.!?]*, dan )"
)


def polarity(scene: Scene, span: Span, phrase: Phrase, label: Label) -> Polarity:
    """Negated, hypothetical or affirmed. Negations that mean nothing ("niet te geloven") are cues of their own."""
    if phrase.polarity is not None:
        return phrase.polarity
    if label.speaker != "company":
        for quote in scene.quoted:
            if inside(span, quote):
                return _answered(scene, span, quote)
    if label.context == "none":
        return "affirmed"
    if any(cue[0] >= span[1] for cue in scene.of("retraction")):
        return "negated"
    if _negated(scene, span, phrase, label):
        return "negated"
    if _hypothetical(scene, span, label) or (label.context == "full" and _only_asked(scene, span)):
        return "hypothetical"
    return "affirmed"


def _answered(scene: Scene, span: Span, quote: Span) -> Polarity:
    """What becomes of other people's words about the writer: a question may be answered with yes or no."""
    answer = scene.answer(quote)
    if any(inside(cue, answer) for cue in scene.of("denial")):
        return "negated"
    if scene.folded[scene.sentence(span)[1] :][:1] != "?":
        return "hypothetical"
    said = [scene.sentence(cue) for cue in scene.of("assent") if inside(cue, answer)]
    return "affirmed" if any(not _denies(scene, sentence) for sentence in said) else "hypothetical"


def _denies(scene: Scene, sentence: Span) -> bool:
    return any(inside(cue, sentence) for cue in scene.of("negation"))


def _negated(scene: Scene, span: Span, phrase: Phrase, label: Label) -> bool:
    clause = scene.clause(span)
    forward, back = _REACH[label.context]
    for cue in scene.of("negation"):
        if any(overlap(cue, harmless) for harmless in scene.of("not_negation")):
            continue
        if any(inside(cue, contrast) and contrast[1] < span[1] for contrast in scene.of("contrast")):
            continue  # "not this but that": what comes after is not denied
        if _on_condition(scene, cue):
            continue  # "if we don't get it": nothing is denied yet
        if label.state and any(inside(cue, other) and not overlap(other, span) for other in scene.spoken_for):
            continue  # "after his death I can't pay": it belongs to what else is told, and takes no state back
        if overlap(cue, span):
            if phrase.negations.isdisjoint(plain_words(scene.folded[slice(*cue)])):
                return True
        elif inside(cue, clause) and scene.words_between(cue, span) <= (forward if cue[0] < span[0] else back):
            return True
    return False


def _on_condition(scene: Scene, cue: Span) -> bool:
    """Whether a negation stands in a condition, before which nothing else is said in its clause."""
    clause = scene.clause(cue)
    said = scene.folded[slice(*clause)]
    start = clause[0] + len(said) - len(said.lstrip(" ,;:.!?()\n"))
    if not scene.folded.startswith(_CONDITIONS, start):
        return False
    conditions = [one for one in scene.of("hypothetical") if one[0] <= start < one[1] <= cue[0]]
    return any(not any(overlap(one, harmless) for harmless in scene.of("not_hypothetical")) for one in conditions)


def _hypothetical(scene: Scene, span: Span, label: Label) -> bool:
    clause, sentence = scene.clause(span), scene.sentence(span)
    reach = sentence if label.context == "full" else clause
    for cue in scene.of("hypothetical"):
        if any(overlap(cue, harmless) for harmless in scene.of("not_hypothetical")):
            continue
        before = cue[0] < span[1] and inside(cue, reach)
        if before or inside(cue, clause):
            return True
    return label.context == "light" and clause[0] > sentence[0] and bool(_IF.match(scene.folded, sentence[0], span[0]))


def _only_asked(scene: Scene, span: Span) -> bool:
    """A clause that asks about a thing ("is een koophuis duurder?") before it has named anybody whose it is."""
    start, end = scene.clause(span)[0], scene.sentence(span)[1]
    sign = scene.folded[end : end + 1]
    if sign in (".", "!") or not _ASKING.match(scene.folded, start):
        return False
    if sign != "?" and _TELLING.match(scene.folded, start):
        return False
    told = (start, span[1])
    return not any(inside(cue, told) for kind in ("me", *_PERSONS, "now") for cue in scene.of(kind))


def subject(scene: Scene, span: Span, phrase: Phrase, label: Label) -> Subject:
    """Whose event: the nearest person who can be its subject, unless the writer comes in between."""
    if phrase.subject is not None:
        return phrase.subject
    sentence = scene.sentence(span)
    if _reported(scene, sentence, phrase) or (label.ours and _about_others(scene, span)):
        return "other"
    if label.own:
        return "self"
    reach = sentence if label.context == "full" else scene.clause(span)
    kinds = [kind for kind in _PERSONS if kind != "child" or label.child != "self"]  # a birth is not the child's own
    persons = [
        (person[1], -person[0], kind)
        for kind in kinds
        for person in scene.of(kind)
        if inside(person, reach) and _can_be_subject(scene, person, span, kind)
    ]
    if not persons:
        return "self"
    end, _, kind = max(persons)  # the nearest, and of those the one told in most words
    if any(end <= me[0] < span[1] and inside(me, sentence) for me in scene.of("me")):
        return "self"
    owners: dict[str, Subject] = {"partner": label.partner, "child": label.child, "kin": label.kin, "other": "other"}
    return owners[kind]


def subject_of_all(scene: Scene, label: Label) -> Subject:
    """Whose event a whole text tells: of the writer, or of one of the household whom it names first."""
    if label.own or label.family == "relationship":
        return "self"
    owners = {"partner": label.partner, "child": label.child, "kin": label.kin}
    named = [(person[0], -person[1], owner) for kind, owner in owners.items() for person in scene.of(kind)]
    start, _, owner = min(named, default=(0, 0, "self"))
    first = all(me[0] >= start for me in scene.of("me"))
    beside = any(start - 1 <= one[1] and one[0] < start for one in scene.of("beside"))
    return "household" if owner == "household" and first and not beside else "self"


def _can_be_subject(scene: Scene, person: Span, span: Span, kind: str) -> bool:
    if person[0] >= span[1]:
        between = scene.folded[span[1] : person[0]].strip()
        return (between or scene.folded[slice(*span)].split()[-1]) in _LINKING
    if kind == "other" and _speaks(scene, person):
        return False
    if kind == "kin" and span[0] < person[0] and person[1] == span[1] and " " not in scene.folded[slice(*person)]:
        return False  # what somebody becomes ("een gescheiden moeder", "becoming a dad")
    return not any(beside[1] >= person[0] - 1 and beside[0] < person[0] for beside in scene.of("beside"))


def _speaks(scene: Scene, person: Span) -> bool:
    """Whether a person is named as who says a line ("medewerker: wordt uw zoon achttien?")."""
    named = scene.folded[person[0] : person[1] + 1]
    return named.endswith(":") and " " not in named and begins_line(scene.folded, person)


def _reported(scene: Scene, sentence: Span, phrase: Phrase) -> bool:
    """A sentence about the world: a whole one, in prose where nobody speaks for themselves or to us."""
    if scene.prose is None or phrase.sure or scene.of("me") or scene.of("addressed"):
        return False
    if scene.prose == "post" and scene.of("elliptic"):
        return False
    whole = scene.folded if scene.prose == "unknown" else scene.folded[slice(*sentence)]
    return len(whole.split()) >= _WHOLE_SENTENCE


def _about_others(scene: Scene, span: Span) -> bool:
    """Felt about another company or office ("een klacht bij mijn energieleverancier") and not about us."""
    clause, sentence = scene.clause(span), scene.sentence(span)
    if not any(inside(cue, clause) for cue in scene.of("third")):
        return False
    return not any(inside(cue, sentence) for cue in scene.of("ours"))


def stated_date(scene: Scene, span: Span) -> Stated | None:
    """The date the sentence states for the event: in its own clause if there is one, else the nearest."""
    sentence, clause = scene.sentence(span), scene.clause(span)
    near = [stated for stated in scene.dates if inside((stated.start, stated.end), sentence)]
    own = [stated for stated in near if inside((stated.start, stated.end), clause)]
    return min(own or near, key=lambda stated: scene.words_between((stated.start, stated.end), span), default=None)


def time(scene: Scene, span: Span, phrase: Phrase, label: Label, today: date) -> tuple[Tense, date | None]:
    """Past, now or future, and the day if one is stated. Stated dates go before words, words before habit."""
    tense, stated, day = _dated(scene, span, phrase, label, today)
    whole = stated is not None and not stated.exact and day == today  # "this year" says when it was told, not the day
    return tense, None if whole else day


def _dated(
    scene: Scene, span: Span, phrase: Phrase, label: Label, today: date
) -> tuple[Tense, Stated | None, date | None]:
    timely = label.family == "life_event" or label.dated
    if not timely:  # what is felt about us is felt now, unless it is an old story
        return phrase.time or ("past" if _long_ago(scene, span) else label.time), None, None
    stated = stated_date(scene, span)
    passed = stated is not None and _just_passed(scene, stated, label, today)
    tense = _told_tense(scene, span, (stated.start, stated.end) if stated is not None and passed else None)
    if tense == "future" and (label.state or (stated is None and label.family == "relationship")):
        tense = None  # the word is about something else, or of what is wanted now ("I'm going to cancel")
    day = None if stated is None else stated.day
    if stated is not None and stated.before >= today - _STALE:
        if tense is None and (label.state or passed):
            tense = "now"
        if tense in ("past", "now"):
            day = stated.before
    if phrase.time is not None or label.speaker == "company":
        return phrase.time or "future", stated, day
    if tense == "past" or (day is not None and day < today - _STALE):
        return "past", stated, day
    if stated is not None and tense == "now" == label.time and stated.day != stated.before:
        return "now", stated, day  # it has happened; without a year the date can be the last or the next one
    if day is not None:
        return ("future" if day > today and not label.state else "now"), stated, day
    return tense or label.time, None, None


def time_of_all(scene: Scene, label: Label, today: date) -> Tense:
    """When something happens that the whole text tells and no words of it in particular."""
    timely = (label.family == "life_event" or label.dated) and not label.state
    if not timely or label.time == "future":
        return label.time
    if any(stated.day > today and not _just_passed(scene, stated, label, today) for stated in scene.dates):
        return "now" if scene.of("now") else "future"
    return "future" if scene.of("future") and not scene.of("now") else label.time


def _just_passed(scene: Scene, stated: Stated, label: Label, today: date) -> bool:
    """A day that was a few weeks ago and comes again in many months; or one that is called past."""
    since = any(match.end() >= stated.start for match in _SINCE.finditer(scene.folded, 0, stated.end))
    if since or scene.folded.startswith((" jl", " j.l", " jongstleden"), stated.end):
        return True
    lately = _STALE if label.time == "now" else _LATELY  # what is mostly told ahead may be told a year ahead
    return stated.exact and stated.day > today + 2 * _STALE and today - lately <= stated.before <= today


def _told_tense(scene: Scene, span: Span, passed: Span | None) -> Tense | None:
    """What the words around a mention say; those of a day that has passed ("per 1 november") promise nothing."""
    if _long_ago(scene, span):
        return "past"
    clause = scene.clause(span)
    near: list[tuple[int, Tense]] = []
    for tense in ("now", "future"):
        for cue in scene.of(tense):
            if passed is not None and tense == "future" and overlap(cue, passed):
                continue
            if inside(cue, clause) or overlap(cue, span):
                near.append((scene.words_between(cue, span), tense))
    return min(near)[1] if near else None


def _long_ago(scene: Scene, span: Span) -> bool:
    sentence = scene.sentence(span)
    return any(inside(cue, sentence) for cue in scene.of("past"))
