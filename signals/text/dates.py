"""The dates a text states, resolved against the moment it was written; a small Dutch and English grammar."""

import re
from collections.abc import Callable, Collection
from datetime import date, timedelta
from functools import lru_cache, reduce
from operator import or_

import msgspec

from signals.text.automaton import Words

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb febr",
            "maart march mrt mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "maandag monday mon maandagochtend maandagmiddag",
            "dinsdag tuesday tue tues dinsdagochtend dinsdagmiddag",
            "woensdag wednesday wed woensdagochtend woensdagmiddag",
            "donderdag thursday thu thurs donderdagochtend donderdagmiddag",
            "vrijdag friday fri vrijdagochtend vrijdagmiddag",
            "zaterdag saturday sat zaterdagochtend zaterdagmiddag",
            "zondag sunday zondagochtend zondagmiddag",
        )
    )
    for name in names.split()
}
_SHORT_WEEKDAYS = {"ma": 0, "di": 1, "wo": 2, "do": 3, "vr": 4, "vrij": 4, "za": 5}
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "een één 'n a an one",
            "twee two paar couple enkele",
            "drie three few",
            "vier four",
            "vijf five",
            "zes six",
            "zeven seven",
            "acht eight",
            "negen nine",
            "tien ten",
            "elf eleven",
            "twaalf twelve",
        ),
        start=1,
    )
    for word in words.split()
}
_SEASONS = {"lente": 4, "voorjaar": 4, "spring": 4, "zomer": 7, "summer": 7, "zomervakantie": 7, "herfst": 10}
_SEASONS |= {"najaar": 10, "autumn": 10, "fall": 10, "winter": 1, "kerst": 12, "christmas": 12, "pasen": 4, "easter": 4}
_UNITS = {"dag": 1, "day": 1, "nacht": 1, "night": 1, "week": 7, "wek": 7, "wk": 7, "maand": 30, "mnd": 30, "month": 30}
_UNITS |= {"jaar": 365, "year": 365, "jr": 365, "sleep": 1, "uur": 0, "hour": 0, "min": 0}

_N = r"(?P<n>\d{1,3}|" + "|".join(_NUMBERS) + r")(?: of (?:\d+|\w+))?"
_UNIT = (
    r"(?P<unit>werkdag|dag|day|nacht|night|sleep|week|weken|wk|maand|mnd|month|jaar|jr|year|uur|hour|min)"
    r"(?:en|je|jes|tjes|s|ren)?"
)
_BUSINESS = r"(?P<business>(?:werk|working |business )?)"
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_LAST = "vorige|vorig|afgelopen|laatste|last|past|previous"
_NEXT = "volgende|volgend|komende|komend|aanstaande|aankomende|eerstvolgende|next|coming|upcoming"
_THIS = "deze|dit|this"


class Stated(msgspec.Struct, frozen=True):
    """A date as a text states it. ``before`` is the last such date on or before the text, where no year was given."""

    start: int
    end: int
    day: date
    before: date
    exact: bool  # names a day, not a month or a season


_PARTS = {"hal": 15, "mid": 15, "med": 15, "ein": 25, "end": 25, "lat": 25}

Reading = tuple[date, date, bool]


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, 28)) if day > 28 and not _exists(year, month, day) else date(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _yearly(today: date, month: int, day: int, exact: bool) -> Reading:
    this = _on(today.year, month, day)
    if not exact and month == today.month and this < today:
        following = _end_of_month(today)
    else:
        following = this if this >= today else _on(today.year + 1, month, day)
    previous = this if this <= today else _on(today.year - 1, month, day)
    return following, previous, exact


def _day_month(match: re.Match[str], today: date) -> Reading | None:
    day, month, year = int(match["day"]), int(match["m"]), match["year"]
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    if year:
        stated = _on(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return stated, stated, True
    return _yearly(today, month, day, True)


def _iso(match: re.Match[str], _: date) -> Reading | None:
    year, month, day = (int(part) for part in match.group(0).split("-"))
    return (date(year, month, day),) * 2 + (True,) if _exists(year, month, day) else None


def _month_name(match: re.Match[str], today: date) -> Reading | None:
    groups = match.groupdict()
    month, day = _MONTHS[match["month"]], groups.get("day")
    part = groups.get("part") or ""
    at = int(day) if day else _PARTS.get(part[:3], 1)
    if not 1 <= at <= 31:
        return None
    if match["year"]:
        stated = _on(int(match["year"]), month, at)
        return stated, stated, bool(day)
    return _yearly(today, month, at, bool(day))


def _weekday(match: re.Match[str], today: date) -> Reading:
    wanted = _WEEKDAYS.get(match["weekday"], _SHORT_WEEKDAYS.get(match["weekday"], 0))
    ahead = (wanted - today.weekday()) % 7 or 7
    following = today + timedelta(days=ahead)
    previous = following - timedelta(days=7)
    return (previous if match["last"] else following), previous, True


def _near_day(match: re.Match[str], today: date) -> Reading:
    word = match.group(0)
    days = next(days for stem, days in _NEAR if word.startswith(stem))
    return today + timedelta(days=days), today + timedelta(days=days), True


_NEAR = (
    ("overmorgen", 2),
    ("eergister", -2),
    ("gister", -1),
    ("yesterday", -1),
    ("morgen", 1),
    ("tomorrow", 1),
    ("tmrw", 1),
    ("", 0),
)


def _period(match: re.Match[str], today: date) -> Reading:
    unit = match["what"]
    length = {"week": 7, "weekend": 7, "maand": 30, "month": 30}.get(unit, 365)
    if unit in _SEASONS:
        following, previous, _ = _yearly(today, _SEASONS[unit], 1, False)
        return (previous if match["last"] else following), previous, False
    sign = -1 if match["last"] else 1 if match["next"] else 0
    stated = today + timedelta(days=sign * length)
    return stated, stated, False


def _season(match: re.Match[str], today: date) -> Reading:
    return _yearly(today, _SEASONS[match["season"]], 1, False)


def _ahead(match: re.Match[str], today: date) -> Reading:
    stated = _count(match, today, 1)
    return stated, stated, True


def _ago(match: re.Match[str], today: date) -> Reading:
    stated = _count(match, today, -1)
    return stated, stated, True


def _count(match: re.Match[str], today: date, sign: int) -> date:
    number, unit = _number(match["n"]), match["unit"]
    if match["business"] or unit == "werkdag":
        return _working_days(today, number, sign)
    days = next(days for stem, days in _UNITS.items() if unit.startswith(stem))
    return today + timedelta(days=sign * number * days)


def _working_days(day: date, number: int, sign: int) -> date:
    while number:
        day += timedelta(days=sign)
        number -= day.weekday() < 5
    return day


def _year(match: re.Match[str], _: date) -> Reading:
    stated = date(int(match["year"]), 7, 1)
    return stated, stated, False


def _bare_year(match: re.Match[str], today: date) -> Reading | None:
    digits = match["year"]
    year = int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) > today.year % 100 else 2000)
    stated = date(year, 7, 1)
    return None if year >= today.year else (stated, stated, False)


def _ordinal(match: re.Match[str], today: date) -> Reading | None:
    day = int(match["day"])
    if not 1 <= day <= 28:
        return None
    month = today.replace(day=1)
    if day < today.day:
        month = (month + timedelta(days=31)).replace(day=1)
    return month.replace(day=day), month.replace(day=day), True


def _end_of_period(match: re.Match[str], today: date) -> Reading:
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    stated = friday if "week" in match.group(0) else _end_of_month(today)
    return stated, stated, True


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


# Longer readings first: a shorter one inside a longer one is dropped.
_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Reading | None]], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), read)
    for pattern, read in (
        (r"\d{4}-\d{2}-\d{2}", _iso),
        (r"(?P<day>\d{1,2})[-/](?P<m>\d{1,2})(?:[-/](?P<year>\d{4}|\d{2}))?(?![-/]\d)", _day_month),
        (rf"(?P<day>\d{{1,2}})(?:e|ste|de|st|nd|rd|th)? (?:of )?{_MONTH}\.?(?:,? (?P<year>\d{{4}}))?", _month_name),
        (rf"{_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<year>\d{{4}}))?", _month_name),
        (
            rf"(?:(?:in|per|vanaf|voor|tot|sinds|van|op|om|from|by|since|until|for|before|of|rond|around|this|next|"
            rf"volgende|deze|komende|uitgerekend|uitgeteld|due|uiterlijk|naar|mid|early|late) )"
            rf"(?:(?P<part>begin|start|half|medio|mid|eind|einde|end|early|late)[ -](?:van |of )?)?{_MONTH}"
            rf"(?: (?P<year>\d{{4}}))?",
            _month_name,
        ),
        (rf"(?P<part>begin|half|medio|mid|eind|einde|early|late)[ -]{_MONTH}(?: (?P<year>\d{{4}}))?", _month_name),
        (
            r"(?P<month>januari|january|februari|february|maart|april|mei|juni|june|juli|july|augustus|august|september|"
            r"oktober|october|november|december)(?: (?P<year>\d{4}))?",
            _month_name,
        ),
        (rf"(?:(?P<last>{_LAST}) |(?:{_NEXT}|{_THIS}) )?(?P<weekday>{'|'.join(_WEEKDAYS)})", _weekday),
        (
            r"(?:voor|uiterlijk|terugbellen|terugbel|tbv|bellen|op|gebeld|belt|mailen)(?P<last>)[: ]{1,2}"
            r"(?P<weekday>ma|di|wo|do|vr|vrij|za)",
            _weekday,
        ),
        (
            r"overmorgen|eergisteren|gister(?:en)?(?:avond|middag|ochtend)?|yesterday|tomorrow|tmrw|vandaag|vanmiddag|"
            r"vanavond|vanochtend|vanmorgen|today|tonight|this (?:morning|afternoon|evening)|dit weekend|zojuist|"
            r"(?<!goede )(?<!goeie )morgen(?:ochtend|middag|avond|vroeg)?",
            _near_day,
        ),
        (
            rf"(?:(?P<last>{_LAST})|(?P<next>{_NEXT})|(?:{_THIS})) "
            rf"(?P<what>week|weekend|maand|month|jaar|year|{'|'.join(_SEASONS)})",
            _period,
        ),
        (rf"(?:in de|in the|met|met de|at|over|voor de|before|in) (?P<season>{'|'.join(_SEASONS)})", _season),
        (rf"(?:over|binnen|in|within|nog|within the next|in about) {_N} {_BUSINESS}{_UNIT}", _ahead),
        (rf"{_N} {_BUSINESS}{_UNIT} (?:geleden|terug|ago|back)", _ago),
        (r"(?:in|sinds|sedert|since|from|anno|uit het jaar|back in|in het jaar|al in) (?P<year>(?:19|20)\d{2})", _year),
        (
            r"(?<![-/.,$#])(?<!\ba )(?<!\been )(?<!peugeot )(?P<year>19[3-9]\d|20[0-3]\d)"
            r"(?![-/.,:]\d)(?! ?(?:euro|eur|km|kwh|wp|kg|m2|%))",
            _bare_year,
        ),
        (r"(?<= ')(?P<year>\d\d)", _bare_year),
        (r"(?:per|op|vanaf|voor|by|on|from) (?:de |the )?(?P<day>\d{1,2})(?:e|ste|de|st|nd|rd|th)", _ordinal),
        (r"(?:eind|einde|end of)(?: van)?(?: de| deze| the| this)? (?:week|maand|month)", _end_of_period),
    )
)
_ENDINGS = ("", "en", "je", "jes", "tjes", "s", "ren")
_UNIT_WORDS = "werkdag dag day nacht night sleep week weken wk maand mnd month jaar jr year uur hour min"
_NEAR_WORDS = """
overmorgen eergisteren yesterday tomorrow tmrw vandaag vanmiddag vanavond vanochtend vanmorgen today tonight morning
afternoon evening weekend zojuist morgenvroeg
"""
_WAITED: dict[Callable[[re.Match[str], date], Reading | None], Collection[str]] = {
    _month_name: _MONTHS.keys(),
    _weekday: _WEEKDAYS.keys() | _SHORT_WEEKDAYS.keys(),
    _near_day: {near + part for near in ("gister", "gisteren", "morgen") for part in ("", "avond", "middag", "ochtend")}
    | set(_NEAR_WORDS.split()),
    _period: {"week", "weekend", "maand", "month", "jaar", "year", *_SEASONS},
    _season: _SEASONS.keys(),
    _ahead: {
        business + unit + ending for business in ("", "werk") for unit in _UNIT_WORDS.split() for ending in _ENDINGS
    },
    _ago: {"geleden", "terug", "ago", "back"},
    _end_of_period: {"eind", "einde", "end"},
}
"""Words of which a text must have at least one for a reading to apply; the numeric ones for numbers."""
_NUMERIC = {
    _iso: r"\d{4}",
    _day_month: r"\d\d?",
    _year: r"(19|20)\d\d",
    _bare_year: r"(19|20)?\d\d",
    _ordinal: r"\d\d?[a-z]+",
}


@lru_cache(1 << 12)
def _readings(word: bytes) -> int:
    """The readings that may apply to a text with this word: a bit for each, in the order of the grammar."""
    plain, bits = word.decode("ascii"), 0
    for place, (_, read) in enumerate(_GRAMMAR):
        applies = re.fullmatch(_NUMERIC[read], plain) is not None if read in _NUMERIC else plain in _WAITED[read]
        bits |= applies << place
    return bits


def stated_dates(words: Words, today: date) -> list[Stated]:
    """The dates stated in a text, in the order they appear, as seen from the local day it was written."""
    folded, found = words.folded, list[Stated]()
    waiting = reduce(or_, map(_readings, words.words), 0)
    while waiting:
        first = waiting & -waiting
        waiting ^= first
        pattern, read = _GRAMMAR[first.bit_length() - 1]
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(start < other.end and other.start < end for other in found):
                continue
            reading = read(match, today)
            if reading is not None:
                found.append(Stated(start, end, *reading))
    return sorted(found, key=lambda stated: stated.start)
