"""Dates as people state them, seen from Sunday 22 November 2026."""

from datetime import date

import pytest

from signals.text.automaton import Words
from signals.text.dates import stated_dates, undotted
from signals.text.fold import fold

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("per 1 maart", "2027-03-01"),
        ("op 12-4 passeren", "2027-04-12"),
        ("sinds 2014", "2014-07-01"),
        ("8 jaar geleden", "2018-11-24"),
        ("volgende week", "2026-11-29"),
        ("overmorgen", "2026-11-24"),
        ("voor vrijdag", "2026-11-27"),
        ("terugbellen do 14u", "2026-11-26"),
        ("binnen 5 werkdagen", "2026-11-27"),
        ("within three weeks", "2026-12-13"),
        ("next Friday", "2026-11-27"),
        ("on 4 May 2027", "2027-05-04"),
        ("half mei", "2027-05-15"),
        ("nog 5 nachtjes slapen", "2026-11-27"),
        ("per de 15e", "2026-12-15"),
        ("eind van de maand", "2026-11-30"),
        ("in de zomer", "2027-07-01"),
        ("dubbel glas 2008", "2008-07-01"),
        ("bought this cottage in '97", "1997-07-01"),
        ("am 1. Mai ziehen wir um", "2027-05-01"),
        ("we verhuizen per 1 feb. 2028 naar Zwolle", "2028-02-01"),
        ("zum 31.12. kündigen", "2026-12-31"),
        ("ab Februar", "2027-02-01"),
        ("nächste Woche", "2026-11-29"),
        ("vor drei Jahren", "2023-11-23"),
        ("le 1er février", "2027-02-01"),
        ("la semaine prochaine", "2026-11-29"),
    ],
)
def test_a_stated_date_is_resolved(text: str, day: str) -> None:
    [stated] = stated_dates(Words(undotted(fold(text))), TODAY)
    assert stated.day == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["wij verhuizen op 1 maart.", "we move on 1 mar.", "we move on March 1."])
def test_the_full_stop_after_a_date_is_the_sentences_own(text: str) -> None:
    [stated] = stated_dates(Words(fold(text)), TODAY)
    assert stated.end == len(text) - 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "goede morgen",
            "mijn mail",
            "polis 40-99-123",
            "you may go",
            "31-31 gelijk",
            "2000 euro",
            "een Peugeot 2008",
            "",
        ),
        *("01-01-0000", "op 1 mei 0000", "per 31-12-9999", "9999-12-31", "tot mei 9999"),
        *("over 999 jaar", "within 300 years", "500 jaar geleden"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert stated_dates(Words(fold(text)), TODAY) == []
