"""The last change of all: who was told of a recommendation whose customer was erased keeps nothing of them either."""

from streams.sinks.delivery import Record

_BLANK = ("customer", "trigger", "episode", "class", "play", "channel", "desk")
_EMPTY = (
    *("owner", "created", "not_before", "best_before", "expires", "probability", "urgency", "priority"),
    *("value", "runner_up", "holdout", "pack"),
)


def erased_record(id: str, revision: int) -> Record:
    """A withdrawal with the fields of the contract and nothing in them; receivers upsert it by id, like any change."""
    blank: Record = {"id": id, "erased": True, "status": "withdrawn", "reason": "RELEASED", "revision": revision}
    blank |= dict.fromkeys(_BLANK, "") | dict.fromkeys(_EMPTY)
    blank |= {"why": {"en": "", "nl": ""}, "say": {"en": "", "nl": ""}}
    return blank | {"evidence": [], "gates": [], "counterfactual": []}
