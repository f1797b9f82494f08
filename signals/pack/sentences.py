"""Whether what a trigger's sentences name between braces can be filled in when it fires."""

import re
from collections.abc import Collection, Iterator

from signals.faults import Place
from signals.pack.model import Trigger
from signals.pack.pattern import Pattern, Saying

_GAP = re.compile(r"\{(.*?)\}")
_ALWAYS = frozenset({"count", "events", "date"})
_OF_THE_EVENT = frozenset({"competitor", "form", "status", "field", "product"})


def left_empty(trigger: Trigger, fields: Collection[str]) -> Iterator[tuple[Place, str]]:
    """Every word that would always be empty, where events that fire the trigger have these ``fields``."""
    rule = getattr(trigger, trigger.kind)
    looked_for = _looked_for(trigger)
    filled = _ALWAYS | _OF_THE_EVENT.intersection(fields)
    if trigger.market is not None or any(one.key for one in looked_for):
        filled |= {"about"}
    if any(one.mention for one in looked_for):
        filled |= {"competitor"}
    sayings: list[tuple[Place, Saying]] = [(("play", name), getattr(trigger.play, name)) for name in ("why", "say")]
    if trigger.belief is not None:
        sayings += [
            (("belief", "evidence", number, "saw"), one.saw) for number, one in enumerate(trigger.belief.evidence)
        ]
    else:
        sayings.append(((trigger.kind, "saw"), rule.saw))
    for place, saying in sayings:
        for language, sentence in (("en", saying.en), ("nl", saying.nl)):
            for word in dict.fromkeys(_GAP.findall(sentence)):
                if word not in filled:
                    missing = f"known are {', '.join(sorted(filled))}"
                    if word == "about" and looked_for:
                        missing = "a pattern's key says what it is about"
                    yield (*place, language), f"{{{word}}} would always be empty here; {missing}"


def _looked_for(trigger: Trigger) -> list[Pattern]:
    """What fires the trigger; nothing in particular where a season or the market does."""
    if trigger.belief is not None:
        return list(trigger.belief.evidence)
    if trigger.count is not None:
        return trigger.count.of
    if trigger.absence is not None:
        return trigger.absence.starts
    if trigger.sequence is not None:
        return trigger.sequence.steps
    return trigger.guard.sets if trigger.guard is not None else []
