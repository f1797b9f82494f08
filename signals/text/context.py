"""The context of a mention: whether, whose and when, told by the words around it."""

import re
from datetime import date, timedelta

from signals.text.automaton import Span
from signals.text.dates import Stated
from signals.text.lexicon import Label, Phrase, Polarity, Subject, Tense, plain_words
from signals.text.scene import Scene, inside, overlap
from signals.text.written import begins_line

_STALE = timedelta(days=92)
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
_IF = re.compile(  # a sentence that begins with a condition: what follows it hangs on that
    r"\W*(?:(?:if|unless|als|indien|tenzij|zodra|wanneer) "
    r"(?:i|we|u|ik|je|jullie|you|the|this|it|my|your|de|het|er|dit|dat|mijn)\b"
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
        if overlap(cue, span):
            if phrase.negations.isdisjoint(plain_words(scene.folded[slice(*cue)])):
                return True
        elif inside(cue, clause) and scene.words_between(cue, span) <= (forward if cue[0] < span[0] else back):
            return True
    return False


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
    if scene.folded[end : end + 1] in (".", "!") or not _ASKING.match(scene.folded, start):
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
    timely = label.family == "life_event" or label.dated
    if not timely:  # what is felt about us is felt now, unless it is an old story
        return phrase.time or ("past" if _long_ago(scene, span) else label.time), None
    stated = stated_date(scene, span)
    tense = _told_tense(scene, span)
    day = None if stated is None else stated.day
    if stated is not None and tense in ("past", "now") and stated.before >= today - _STALE:
        day = stated.before
    if phrase.time is not None or label.speaker == "company":
        return phrase.time or "future", day
    if tense == "past" or (day is not None and day < today - _STALE):
        return "past", day
    if stated is not None and tense == "now" == label.time and stated.day != stated.before:
        return "now", day  # it has happened; without a year the date can be the last or the next one
    if day is not None:
        return ("future" if day > today else "now"), day
    return tense or label.time, None


def _told_tense(scene: Scene, span: Span) -> Tense | None:
    if _long_ago(scene, span):
        return "past"
    clause = scene.clause(span)
    near: list[tuple[int, Tense]] = []
    for tense in ("now", "future"):
        for cue in scene.of(tense):
            if inside(cue, clause) or overlap(cue, span):
                near.append((scene.words_between(cue, span), tense))
    return min(near)[1] if near else None


def _long_ago(scene: Scene, span: Span) -> bool:
    sentence = scene.sentence(span)
    return any(inside(cue, sentence) for cue in scene.of("past"))
