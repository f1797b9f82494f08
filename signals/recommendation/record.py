"""The records of the contract: recommendations and decisions as the outside reads them."""

from typing import Any

from signals.calendar.instant import format_instant
from signals.customer.underway import Evidence
from signals.decision.arbitration import runner_up
from signals.decision.verdict import Case
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.pattern import Saying
from signals.recommendation.counterfactual import counterfactuals
from signals.recommendation.naming import decision_id, recommendation_id

Record = dict[str, Any]


DECISION_FIELDS = (
    *("id", "customer", "trigger", "episode", "class", "play", "created", "decided"),
    *("status", "reason", "detail", "recommendation", "pack"),
)
"""Of every decision; one that refuses may carry its explanation beside them."""


def recommendation_record(case: Case, status: str, reason: str, waited: bool = False) -> Record:
    """A recommendation as first published, or after it ``waited`` for hours or a slot; keys as in the contract."""
    candidate, environment = case.candidate, case.environment
    window = case.window.left_at(case.now) if waited else case.window
    return {
        "id": recommendation_id(case.customer.key, candidate.name, candidate.episode),
        "customer": case.customer.key,
        "trigger": candidate.name,
        "episode": candidate.episode,
        "class": candidate.trigger.class_,
        "play": candidate.trigger.play_name,
        "status": status,
        "reason": reason,
        "created": format_instant(candidate.fired),
        "not_before": format_instant(window.opens),
        "best_before": format_instant(window.best),
        "expires": format_instant(window.closes),
        "channel": case.channels[0],
        "desk": case.desk,
        "owner": case.customer.profile.get("owner") or None,
        **explanation(case),
        "holdout": {"member": reason == "HOLDOUT", "epoch": environment.config.holdout.epoch},
        "pack": pack_record(environment),
        "revision": 1,
    }


def explanation(case: Case) -> Record:
    """Why a case was decided as it was: the same for what was released, held, kept as a ghost or refused."""
    candidate, environment = case.candidate, case.environment
    return {
        "probability": round(case.probability, 4),
        "value": case.value.record(),
        "urgency": candidate.trigger.play.urgency,
        "priority": case.priority,
        **what_is_told(candidate.trigger, candidate.evidence, candidate.words, environment),
        "gates": _gates(case),
        "counterfactual": counterfactuals(case),
        "runner_up": runner_up(case),
    }


def what_is_told(
    trigger: CompiledTrigger, evidence: list[Evidence], named: dict[str, str], environment: Environment
) -> Record:
    """Why, what to say, and the evidence, with the words that the sentences may name filled in."""
    play, words = trigger.play, _words(named, environment)
    return {
        "why": _told(play.why, words),
        "say": _told(play.say, words),
        "evidence": [_evidence(piece, trigger, words) for piece in evidence],
    }


def decision_record(case: Case, status: str, reason: str, recommendation: str | None) -> Record:
    """The decision on a candidate; keys as in the contract."""
    candidate = case.candidate
    return {
        "id": decision_id(case.customer.key, candidate, case.customer.erased),
        "customer": case.customer.key,
        "trigger": candidate.name,
        "episode": candidate.episode,
        "class": candidate.trigger.class_,
        "play": candidate.trigger.play_name,
        "created": format_instant(candidate.fired),
        "decided": format_instant(case.now),
        "status": status,
        "reason": reason,
        "detail": case.verdict.detail() if case.verdict is not None else "",
        "recommendation": recommendation,
        "pack": pack_record(case.environment),
    }


def pack_record(environment: Environment) -> dict[str, str]:
    """Which pack decided."""
    name, version, digest = environment.fingerprint
    return {"name": name, "version": version, "digest": digest}


def _gates(case: Case) -> list[Record]:
    """What each gate said; of one that was asked again the last word, in its own place."""
    last = {
        name: {"gate": name, "verdict": said.verdict, "detail": said.detail()}
        for (name, _), said in zip(case.asked, case.said, strict=False)
    }
    return list(last.values())


def evidence_records(evidence: list[Evidence], trigger: CompiledTrigger) -> list[Record]:
    """Pieces of evidence for a belief as records tell them; what they saw names nothing else."""
    nothing = _Words()
    return [_evidence(piece, trigger, (nothing, nothing)) for piece in evidence]


def _evidence(piece: Evidence, trigger: CompiledTrigger, words: "_BothWords") -> Record:
    sayings = trigger.sayings
    saying = sayings[min(piece.kind, len(sayings) - 1)].en
    return {
        "event": piece.event,
        "time": format_instant(piece.time),
        "source": piece.source,
        "saw": saying.format_map(words[0]) if "{" in saying else saying,
        "weight": piece.weight,
    }


class _Words(dict[str, str]):
    """Words for a sentence; an unknown one leaves nothing behind."""

    def __missing__(self, key: str) -> str:
        return ""


_BothWords = tuple[_Words, _Words]


def _words(named: dict[str, str], environment: Environment) -> _BothWords:
    """Words in English and Dutch; products by what each language calls them."""
    english, dutch = _Words(named), _Words(named)
    for name in ("product", "about"):
        label = environment.header.labels.get(named.get(name, ""))
        if label is not None:
            english[name], dutch[name] = label.en, label.nl
    return english, dutch


def _told(saying: Saying, words: _BothWords) -> dict[str, str]:
    """A sentence in both languages, its words filled in."""
    english, dutch = saying.en, saying.nl
    if "{" not in english and "{" not in dutch:
        return {"en": english, "nl": dutch}
    return {"en": english.format_map(words[0]), "nl": dutch.format_map(words[1])}
