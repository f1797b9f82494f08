"""What the pages say, in English and Dutch; and numbers, times and money as each language writes them."""

from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from signals.calendar.instant import DAY, HOUR, MINUTE, Instant, parse_instant, to_datetime

Language = Literal["en", "nl"]
LANGUAGES: tuple[Language, Language] = ("en", "nl")

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
}
_AGES = {
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes"), "just now"),
    "nl": (("dag", "dagen"), ("uur", "uur"), ("minuut", "minuten"), "zojuist"),
}


@cache
def _all() -> dict[str, tuple[str, str]]:
    raw = (files(__package__) / "words.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, tuple[str, str]])


class Words:
    """One language, and the zone in which times are shown."""

    def __init__(self, language: Language, zone: tzinfo) -> None:
        self.language = language
        self.other: Language = "nl" if language == "en" else "en"
        self._place = LANGUAGES.index(language)
        self._zone = zone

    def __call__(self, key: str) -> str:
        """The text of a key; raises ``KeyError`` for one that does not exist."""
        return _all()[key][self._place]

    def knows(self, key: str) -> bool:
        """Whether there is a text of this key."""
        return key in _all()

    def named(self, kind: str, code: str) -> str:
        """The name of a code of the contract (a trigger, a channel …); codes nobody named are shown readably."""
        texts = _all().get(f"{kind}.{code}")
        return texts[self._place] if texts else code.replace("_", " ").replace(".", " · ")

    def trigger(self, trigger: str) -> str:
        """The name of a trigger; calendars and products are named after the general one."""
        family, _, rest = trigger.partition(".")
        if family in ("expire", "release", "calendar"):
            return self.named("timer", family)
        if family == "season" and "." in rest:
            calendar, _, what = rest.partition(".")
            return f"{self.named('trigger', f'season.{what}')} ({self.named('calendar', calendar)})"
        if family == "renewal" and rest:
            return f"{self('trigger.renewal')}: {self.named('product', rest)}"
        return self.named("trigger", trigger)

    def of(self, texts: dict[str, str] | None) -> str:
        """The text of a record that holds one in each language."""
        return (texts or {}).get(self.language) or (texts or {}).get(self.other) or ""

    def number(self, value: float, digits: int = 0) -> str:
        """A number with thousands set apart: 12,345.6 in English, 12.345,6 in Dutch."""
        text = f"{value:,.{digits}f}"
        return text if self.language == "en" else text.translate(str.maketrans(",.", ".,"))

    def percent(self, part: float, whole: float) -> str:
        """A share, never rounded to none when there is some, nor to all when some is lacking."""
        if not whole:
            return "–"
        share = 100 * part / whole
        if 0 < share < 0.1:
            return "<" + self.number(0.1, 1) + " %"
        if 99.9 < share < 100:
            return ">" + self.number(99.9, 1) + " %"
        return self.number(share, 0 if share >= 10 or share == 0 else 1) + " %"

    def points(self, share: float) -> str:
        """A difference of shares in percentage points, with its sign: +1.3."""
        text = self.number(abs(100 * share), 1)
        return f"−{text}" if share < 0 else f"+{text}"

    def hours(self, hours: float) -> str:
        """A span: in hours up to two days, then in days."""
        value, names = (hours, _AGES[self.language][1]) if hours < 48 else (hours / 24, _AGES[self.language][0])
        return f"{self.number(value)} {names[round(value) != 1]}"

    def day(self, time: str | Instant) -> str:
        """A day: Fri 20 Nov 2026."""
        moment = self._local(time)
        return f"{_DAYS[self.language][moment.weekday()]} {self.date(time)} {moment.year}"

    def date(self, time: str | Instant) -> str:
        """A day of this year: 20 Nov."""
        moment = self._local(time)
        return f"{moment.day} {_MONTHS[self.language][moment.month - 1]}"

    def moment(self, time: str | Instant | None) -> str:
        """A moment: Fri 20 Nov 2026, 11:00."""
        return "–" if time is None else f"{self.day(time)}, {self._local(time):%H:%M}"

    def age(self, time: str | Instant, now: Instant) -> str:
        """How long between then and now: 3 days."""
        apart = abs(now - (parse_instant(time) if isinstance(time, str) else time))
        for span, names in zip((DAY, HOUR, MINUTE), _AGES[self.language][:3], strict=True):
            if apart >= span:
                count = apart // span
                return f"{count} {names[0] if count == 1 else names[1]}"
        return str(_AGES[self.language][3])

    def ahead(self, time: str, now: Instant) -> bool:
        """Whether a day is today or later."""
        return self._local(time).date() >= to_datetime(now, self._zone).date()

    def _local(self, time: str | Instant) -> datetime:
        if isinstance(time, str) and len(time) == len("2026-11-20"):
            return datetime.fromisoformat(time).replace(tzinfo=self._zone)
        return to_datetime(parse_instant(time) if isinstance(time, str) else time, self._zone)
