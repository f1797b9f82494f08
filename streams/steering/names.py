"""What can be steered: the triggers, channels, desks and caps of a pack and its configuration."""

from collections.abc import Sequence

import msgspec

from signals.decision.controls import ALL, Kind
from signals.pack.compile import Pack


class Names(msgspec.Struct, frozen=True):
    """The names that exist; ``caps`` tells what each cap is without a control."""

    triggers: Sequence[str]
    channels: Sequence[str]
    desks: Sequence[str]
    caps: dict[str, int]

    def know(self, kind: Kind, name: str) -> bool:
        """Whether a control of this kind may have this name; a trigger per product counts with its product too."""
        if kind == "cap":
            return name in self.caps
        if kind == "capacity":
            return name in self.desks
        if name in self.triggers or any(name.startswith(f"{trigger}.") for trigger in self.triggers):
            return True
        if kind == "holdout":
            return name == ALL
        return kind == "stop" and (name == ALL or name in self.channels or name in self.desks)


def names_of(pack: Pack) -> Names:
    """The names of a pack."""
    environment = pack.environment
    plays = [trigger.play for trigger in pack.triggers.values()]
    return Names(
        triggers=sorted(pack.triggers),
        channels=sorted({channel for play in plays for channel in play.channels}),
        desks=sorted({play.desk for play in plays} | set(environment.config.desks)),
        caps={f"{cap.class_}/{cap.per}": cap.max for cap in environment.caps},
    )
