"""The tracking file of a pack: what track calls and consent categories of web and app clients mean to us."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from signals.pack.document import Document, PackError
from signals.pack.load import load_pack
from streams.sources.cells import Source, Strict
from streams.sources.constants import wrong_constants
from streams.sources.mapping import EventType, check_required


class Tracked(Strict):
    """The event a track call becomes; ``data`` is taken out of the call's properties."""

    type: EventType
    data: dict[str, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        check_required(self.type, self.data)
        return self


class Category(Strict):
    """The purpose and channels a consent category speaks of."""

    purpose: Literal["profiling", "marketing", "service", "social_listening", "research"]
    channels: list[str] = Field(min_length=1)


class Tracking(Strict):
    """A tracking file; ``ignore`` are names that are known and of no use to us."""

    events: dict[str, Tracked] = Field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    consent: dict[str, Category] = Field(default_factory=dict)


def pack_tracking(name: str) -> Tracking:
    """The tracking file of a pack, or of the nearest it extends; raises ``PackError``."""
    found = (tracking_in(folder) for folder in reversed(load_pack(name).folders))
    return next((one for one in found if one is not None), Tracking())


def tracking_in(folder: Path) -> Tracking | None:
    """The tracking file of one pack's folder, where it has one; raises ``PackError``."""
    file = folder / "tracking.yaml"
    return load_tracking(file) if file.is_file() else None


def load_tracking(path: Path) -> Tracking:
    """Read a tracking file; raises ``PackError`` with one ``file:line: field: problem`` for each thing to mend."""
    document = Document(path)
    tracking = document.check(Tracking)
    problems = [
        document.problem(("events", name, "data", *place), message)
        for name, tracked in tracking.events.items()
        for place, message in wrong_constants(tracked.type, tracked.data)
    ]
    if problems:
        raise PackError(problems)
    return tracking
