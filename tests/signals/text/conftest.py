"""The reader that ships, loaded once."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import signals
from signals.calendar.instant import Instant, parse_instant
from signals.text import Reader, load_reader

LEXICON = Path(signals.__file__).parent / "packs" / "insurance-nl" / "lexicon"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="session")
def reader() -> Reader:
    return load_reader(LEXICON, AMSTERDAM)


@pytest.fixture(scope="session")
def at() -> Instant:
    """A Sunday noon in November."""
    return parse_instant("2026-11-22T12:00:00+01:00")
