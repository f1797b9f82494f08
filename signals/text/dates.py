"""The dates a text states, resolved against the moment it was written: a small grammar of four languages."""

import re
from collections.abc import Callable, Collection
from datetime import date
from functools import lru_cache, reduce
from operator import or_

import msgspec

from signals.text import date_readings as readings
from signals.text.automaton import Words
from signals.text.date_readings import Reading
from signals.text.date_words import MONTHS, NUMBERS, SEASONS, SHORT_WEEKDAYS, WEEKDAYS

_N = r"(?P<n>\d{1,3}|" + "|".join(NUMBERS) + r")(?: of (?:\d+|\w+))?"
_UNIT = (
    r"(?P<unit>werkdag|dag|day|nacht|night|sleep|week|weken|wk|maand|mnd|month|jaar|jr|year|uur|hour|min)"
    r"(?:en|je|jes|tjes|s|ren)?"
)
_FOREIGN_UNIT = r"(?P<unit>tag|woche|monat|jahr|jour|semaine|mois|an)(?:en|e|n|s)?"
_BUSINESS = r"(?P<business>(?:werk|working |business )?)"
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_LAST = "vorige|vorig|afgelopen|laatste|last|past|previous|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]"
_NEXT = "volgende|volgend|komende|komend|aanstaande|aankomende|eerstvolgende|next|coming|upcoming"
_NEXT += "|nachste[nrsm]?|naechste[nrsm]?|kommende[nrsm]"
_THIS = "deze|dit|this|diese[nrsm]?"


class Stated(msgspec.Struct, frozen=True):
    """A date as a text states it. ``before`` is the last such date on or before the text, where no year was given."""

    start: int
    end: int
    day: date
    before: date
    exact: bool  # names a day, not a month or a season


# Longer readings first: a shorter one inside a longer one is dropped.
_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Reading | None]], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), read)
    for pattern, read in (
        (r"\d{4}-\d{2}-\d{2}", readings.iso),
        (
            r"(?:am|ab|zum|per|bis|vom|den) (?P<day>\d{1,2})\.(?P<m>\d{1,2})(?:\.(?P<year>\d{4}|\d{2}))?(?!\d)",
            readings.day_month,
        ),
        (r"(?P<day>\d{1,2})[-/](?P<m>\d{1,2})(?:[-/](?P<year>\d{4}|\d{2}))?(?![-/]\d)", readings.day_month),
        (
            rf"(?P<day>\d{{1,2}})(?:e|ste|de|st|nd|rd|th|er)? {{1,2}}(?:of )?{_MONTH}\.?"
            r"(?:,? {1,2}(?P<year>\d{4}))?",
            readings.month_name,
        ),
        (rf"{_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<year>\d{{4}}))?", readings.month_name),
        (
            rf"(?:(?:in|per|vanaf|voor|tot|sinds|van|op|om|from|by|since|until|for|before|of|rond|around|this|next|"
            rf"volgende|deze|komende|uitgerekend|uitgeteld|due|uiterlijk|naar|mid|early|late|"
            rf"im|ab|seit|bis|zum|en|des|partir de) )"
            rf"(?:(?P<part>begin|start|half|medio|mid|eind|einde|end|early|late|anfang|mitte|ende|debut|fin)"
            rf"[ -](?:van |of )?)?{_MONTH}"
            rf"(?: (?P<year>\d{{4}}))?",
            readings.month_name,
        ),
        (
            rf"(?P<part>begin|half|medio|mid|eind|einde|early|late|anfang|mitte|ende|debut|fin)[ -]{_MONTH}"
            rf"(?: (?P<year>\d{{4}}))?",
            readings.month_name,
        ),
        (
            r"(?P<month>januari|january|februari|february|maart|april|mei|juni|june|juli|july|augustus|august|september|"
            r"oktober|october|november|december|januar|februar|dezember|janvier|fevrier|juillet|septembre|octobre|"
            r"novembre|decembre)(?: (?P<year>\d{4}))?",
            readings.month_name,
        ),
        (rf"(?:(?P<last>{_LAST}) |(?:{_NEXT}|{_THIS}) )?(?P<weekday>{'|'.join(WEEKDAYS)})", readings.weekday),
        (
            r"(?:voor|uiterlijk|terugbellen|terugbel|tbv|bellen|op|gebeld|belt|mailen)(?P<last>)[: ]{1,2}"
            r"(?P<weekday>ma|di|wo|do|vr|vrij|za)",
            readings.weekday,
        ),
        (
            r"overmorgen|eergisteren|gister(?:en)?(?:avond|middag|ochtend)?|yesterday|tomorrow|tmrw|vandaag|vanmiddag|"
            r"vanavond|vanochtend|vanmorgen|today|tonight|this (?:morning|afternoon|evening)|dit weekend|zojuist|"
            r"vorgestern|gestern|ubermorgen|heute|demain|"
            r"(?<!goede )(?<!goeie )(?<!guten )morgen(?:ochtend|middag|avond|vroeg)?",
            readings.near_day,
        ),
        (
            rf"(?:(?P<last>{_LAST})|(?P<next>{_NEXT})|(?:{_THIS})) "
            rf"(?P<what>week|weekend|maand|month|jaar|year|woche|wochenende|monat|jahr|{'|'.join(SEASONS)})",
            readings.period,
        ),
        (r"(?P<what>semaine|mois) (?:(?P<last>derniere?|passee?)|(?P<next>prochaine?))", readings.period),
        (
            r"(?:in de|in het|in t|in the|met|met de|at|over|voor de|before|in|im|en|au|cet) "
            rf"(?P<season>{'|'.join(SEASONS)})",
            readings.season,
        ),
        (rf"(?:over|binnen|in|within|nog|within the next|in about) {_N} {_BUSINESS}{_UNIT}", readings.ahead),
        (rf"{_N} {_BUSINESS}{_UNIT} (?:geleden|terug|ago|back)", readings.ago),
        (rf"(?:in|dans) {_N} (?P<business>){_FOREIGN_UNIT}", readings.ahead),
        (rf"(?:vor|il y a) {_N} (?P<business>){_FOREIGN_UNIT}", readings.ago),
        (
            r"(?:in|sinds|sedert|since|from|anno|uit het jaar|back in|in het jaar|al in) (?P<year>(?:19|20)\d{2})",
            readings.year,
        ),
        (
            r"(?<![-/.,$#])(?<!\ba )(?<!\been )(?<!peugeot )(?P<year>19[3-9]\d|20[0-3]\d)"
            r"(?![-/.,:]\d)(?! ?(?:euro|eur|km|kwh|wp|kg|m2|%))",
            readings.bare_year,
        ),
        (r"(?<= ')(?P<year>\d\d)", readings.bare_year),
        (r"(?:per|op|vanaf|voor|by|on|from) (?:de |the )?(?P<day>\d{1,2})(?:e|ste|de|st|nd|rd|th)", readings.ordinal),
        (r"(?:eind|einde|end of)(?: van)?(?: de| deze| the| this)? (?:week|maand|month)", readings.end_of_period),
    )
)
_FOREIGN_UNIT_WORDS = """
tag tage tagen woche wochen monat monate monaten jahr jahre jahren jour jours semaine semaines mois an ans
"""
_ENDINGS = ("", "en", "je", "jes", "tjes", "s", "ren")
_UNIT_WORDS = "werkdag dag day nacht night sleep week weken wk maand mnd month jaar jr year uur hour min"
_PERIOD_WORDS = "week weekend maand month jaar year woche wochenende monat jahr semaine mois"
_NEAR_WORDS = """
overmorgen eergisteren yesterday tomorrow tmrw vandaag vanmiddag vanavond vanochtend vanmorgen today tonight morning
afternoon evening weekend zojuist morgenvroeg gestern vorgestern ubermorgen heute demain
"""
_WAITED: dict[Callable[[re.Match[str], date], Reading | None], Collection[str]] = {
    readings.month_name: MONTHS.keys(),
    readings.weekday: WEEKDAYS.keys() | SHORT_WEEKDAYS.keys(),
    readings.near_day: {
        near + part for near in ("gister", "gisteren", "morgen") for part in ("", "avond", "middag", "ochtend")
    }
    | set(_NEAR_WORDS.split()),
    readings.period: {*_PERIOD_WORDS.split(), *SEASONS},
    readings.season: SEASONS.keys(),
    readings.ahead: {
        business + unit + ending for business in ("", "werk") for unit in _UNIT_WORDS.split() for ending in _ENDINGS
    }
    | set(_FOREIGN_UNIT_WORDS.split()),
    readings.ago: {"geleden", "terug", "ago", "back", "vor", "il"},
    readings.end_of_period: {"eind", "einde", "end"},
}
"""Words of which a text must have at least one for a reading to apply; the numeric ones for numbers."""
_NUMERIC = {
    readings.iso: r"\d{4}",
    readings.day_month: r"\d\d?",
    readings.year: r"(19|20)\d\d",
    readings.bare_year: r"(19|20)?\d\d",
    readings.ordinal: r"\d\d?[a-z]+",
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
            end -= folded[end - 1] == "."  # the full stop of "jan." is the sentence's own where that ends
            if any(start < other.end and other.start < end for other in found):
                continue
            reading = read(match, today)
            if reading is not None:
                found.append(Stated(start, end, *reading))
    return sorted(found, key=lambda stated: stated.start)


_DOT_IN_DATE = re.compile(
    r"(?<=\d)\."
    r"(?= (?:januar|janner|februar|marz|maerz|april|mai|juni|juli|august|september|oktober|november|dezember)\b)"
    r"|(?<=\d (?:jan|feb|mrt|apr|jun|jul|aug|sep|okt|oct|nov|dec))\.(?= \d{4}\b)"
)


def undotted(folded: str) -> str:
    """A folded text in which the dot within a date ("am 1. Mai", "1 jan. 2027") is a space: it ends no sentence."""
    return _DOT_IN_DATE.sub(" ", folded) if ". " in folded else folded
