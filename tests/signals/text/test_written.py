"""What of a mail, a call or a post its writer wrote, and what is somebody else's."""

import pytest

from signals.calendar.instant import Instant
from signals.text import Reader
from signals.text.written import by_others, unsigned


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Agent: Gaat u verhuizen?\nKlant: Ja, per 1 mei naar Zwolle.", {"move": "affirmed"}),
        ("Agent: Bent u getrouwd?\nKlant: Nee hoor.", {"marriage": "negated"}),
        ("Noordhaven: Gaat u verhuizen?\nKlant: Ja, per 1 mei naar Zwolle.", {"move": "affirmed"}),
        ("Noordhaven: Bent u getrouwd?\nKlant: Nee hoor.", {"marriage": "negated"}),
        ("Agent: Are you getting married?\nCustomer: Yes, but not this year.", {"marriage": "hypothetical"}),
        ("Medewerker: Wordt uw zoon binnenkort 18?\nKlant: Klopt, in juni.", {"child_adult": "affirmed"}),
        ("Agent: Bent u met pensioen?\nKlant: ja, sinds mei\nAgent: Nog iets?\nKlant: nee", {"retirement": "affirmed"}),
        ("> Gaat u binnenkort met pensioen?\nJazeker, per 1 september!", {"retirement": "affirmed"}),
        ("Jazeker, per 1 september!\n\n> Gaat u binnenkort met pensioen?", {"retirement": "affirmed"}),
        ("> Gefeliciteerd met uw pensioen.\nJa, de post is weer eens verkeerd.", {"retirement": "hypothetical"}),
        ("Goed.\n---- Oorspronkelijk bericht ----\nVan: Noordhaven\nBent u verhuisd?", {"move": "hypothetical"}),
        ("> U gaat binnenkort verhuizen.\n\nDat klopt niet.", {"move": "negated"}),
        ("Fine.\n\nOn 3 March 2026 Northhaven wrote:\nHave you just got married?", {"marriage": "hypothetical"}),
        ("RT @northhaven: Moving house? Check our list!", {"move": "hypothetical"}),
        ("Please send the form.\n\nRegards,\nAnne\nWedding planner | Getting married? Call us!", {}),
        ("Graag de polis.\nMet vriendelijke groet,\nJan\nPS wij gaan verhuizen naar Zwolle", {"move": "affirmed"}),
        ("We hebben een huis gekocht.\n\nMvg,\nBram\nMakelaar", {"home_purchase": "affirmed"}),
        ("Bitte eine Kopie.\n\nMit freundlichen Grüßen\nUlrich Bär\nUmzugsfirma: Wir ziehen mit Ihnen um!", {}),
    ],
)
def test_others_words_tell_nothing_unless_they_are_answered(
    reader: Reader, at: Instant, text: str, told: dict[str, str]
) -> None:
    assert {mention.event: mention.polarity for mention in reader.read(text, "email", at)} == told


def test_lines_answered_one_after_another_are_one_quotation() -> None:
    text = "> one?\n> two?\nyes\n> three?"
    assert [text[slice(*span)] for span in by_others(text)] == ["> one?\n> two?", "> three?"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Groetjes", "Groetjes"),
        ("a\nGroetjes, we gaan verhuizen\nb", "a\nGroetjes, we gaan verhuizen\nb"),
        ("a\nKind regards,\nAnne\nBaker", "a\nKind regards,\n          "),
        ("a\nMvg\nJan\n> b\nMvg\nPiet", "a\nMvg\n    > b\nMvg\n    "),
        ("a\nHoogachtend,\nB.\nP.S. c", "a\nHoogachtend,\n   P.S. c"),
    ],
)
def test_what_stands_below_the_closing_words_is_no_message(text: str, left: str) -> None:
    assert unsigned(text) == left
