"""What each way to write a date means, as seen from the day it was written: a match of the grammar becomes a date."""

import re
from datetime import date, timedelta

from signals.text.date_words import MONTHS, NEAR, NUMBERS, PARTS, SEASONS, SHORT_WEEKDAYS, UNITS, WEEKDAYS

Reading = tuple[date, date, bool]
"""The date, the last such date on or before the text where it could be either, and whether it names a day."""


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, 28)) if day > 28 and not _exists(year, month, day) else date(year, month, day)


_YEARS = range(1900, 2200)
"""Of which a date may be: systems write the year 0 or 1 for a day that they don't know, and 9999 for never."""


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


def _in_year(year: int, month: int, day: int, exact: bool) -> Reading | None:
    if year not in _YEARS:
        return None
    stated = _on(year, month, day)
    return stated, stated, exact


def day_month(match: re.Match[str], today: date) -> Reading | None:
    """1-5, 1/5/26, 01-05-2026; None when there is no such day."""
    day, month, year = int(match["day"]), int(match["m"]), match["year"]
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    if year:
        return _in_year(int(year) + (2000 if len(year) == 2 else 0), month, day, True)
    return _yearly(today, month, day, True)


def iso(match: re.Match[str], _: date) -> Reading | None:
    """2026-05-01."""
    year, month, day = (int(part) for part in match.group(0).split("-"))
    return _in_year(year, month, day, True) if _exists(year, month, day) else None


def month_name(match: re.Match[str], today: date) -> Reading | None:
    """1 mei, May 1st 2026, begin mei, mei; None when there is no such day."""
    groups = match.groupdict()
    month, day = MONTHS[match["month"]], groups.get("day")
    part = groups.get("part") or ""
    at = int(day) if day else PARTS.get(part[:3], 1)
    if not 1 <= at <= 31:
        return None
    if match["year"]:
        return _in_year(int(match["year"]), month, at, bool(day))
    return _yearly(today, month, at, bool(day))


def weekday(match: re.Match[str], today: date) -> Reading:
    """Dinsdag, last Tuesday: the next one, or the one before."""
    wanted = WEEKDAYS.get(match["weekday"], SHORT_WEEKDAYS.get(match["weekday"], 0))
    ahead = (wanted - today.weekday()) % 7 or 7
    following = today + timedelta(days=ahead)
    previous = following - timedelta(days=7)
    return (previous if match["last"] else following), previous, True


def near_day(match: re.Match[str], today: date) -> Reading:
    """Gisteren, vandaag, overmorgen."""
    word = match.group(0)
    days = next(days for stem, days in NEAR if word.startswith(stem))
    return today + timedelta(days=days), today + timedelta(days=days), True


def period(match: re.Match[str], today: date) -> Reading:
    """Volgende week, last summer, this year."""
    unit = match["what"]
    length = {"week": 7, "weekend": 7, "woche": 7, "wochenende": 7, "semaine": 7}.get(unit, 0) or (
        30 if unit in ("maand", "month", "monat", "mois") else 365
    )
    if unit in SEASONS:
        following, previous, _ = _yearly(today, SEASONS[unit], 1, False)
        return (previous if match["last"] else following), previous, False
    sign = -1 if match["last"] else 1 if match["next"] else 0
    stated = today + timedelta(days=sign * length)
    return stated, stated, False


def season(match: re.Match[str], today: date) -> Reading:
    """In de zomer, at Christmas: from the first of a month."""
    return _yearly(today, SEASONS[match["season"]], 1, False)


def ahead(match: re.Match[str], today: date) -> Reading | None:
    """Over twee weken, within 3 working days; None when that is no year that can be meant."""
    return _counted(match, today, 1)


def ago(match: re.Match[str], today: date) -> Reading | None:
    """Drie maanden geleden; None when that is no year that can be meant."""
    return _counted(match, today, -1)


def _counted(match: re.Match[str], today: date, sign: int) -> Reading | None:
    stated = _count(match, today, sign)
    return (stated, stated, True) if stated.year in _YEARS else None


def _count(match: re.Match[str], today: date, sign: int) -> date:
    number, unit = _number(match["n"]), match["unit"]
    if match["business"] or unit == "werkdag":
        return _working_days(today, number, sign)
    days = next(days for stem, days in UNITS.items() if unit.startswith(stem))
    return today + timedelta(days=sign * number * days)


def _working_days(day: date, number: int, sign: int) -> date:
    while number:
        day += timedelta(days=sign)
        number -= day.weekday() < 5
    return day


def year(match: re.Match[str], _: date) -> Reading:
    """In 2024: the middle of it."""
    stated = date(int(match["year"]), 7, 1)
    return stated, stated, False


def bare_year(match: re.Match[str], today: date) -> Reading | None:
    """2008, '08: the middle of it; None when it has not passed."""
    digits = match["year"]
    year = int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) > today.year % 100 else 2000)
    stated = date(year, 7, 1)
    return None if year >= today.year else (stated, stated, False)


def ordinal(match: re.Match[str], today: date) -> Reading | None:
    """Per de 15e: of this month, or of the next; None for days that not every month has."""
    day = int(match["day"])
    if not 1 <= day <= 28:
        return None
    month = today.replace(day=1)
    if day < today.day:
        month = (month + timedelta(days=31)).replace(day=1)
    return month.replace(day=day), month.replace(day=day), True


def end_of_period(match: re.Match[str], today: date) -> Reading:
    """Eind van de week, end of the month."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    stated = friday if "week" in match.group(0) else _end_of_month(today)
    return stated, stated, True


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
