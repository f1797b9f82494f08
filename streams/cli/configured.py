"""The configuration a command works with: its file, and the pack where that is named beside it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signals.config import Config


def configured(path: Path | None, pack: str | None) -> "Config":
    """What the file says, or its defaults, with the ``pack`` where one is named; raises ``PackError``."""
    from signals.config import load_config

    config = load_config(path)
    return config.model_copy(update={"pack": pack}) if pack is not None else config
