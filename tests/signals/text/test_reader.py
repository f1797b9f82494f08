"""Reading texts with the lexicon that ships."""

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.calendar.instant import Instant, format_instant
from signals.text import Mention, Reader, disproved
from tests.conftest import SHARED


def read_one(reader: Reader, text: str, event: str, at: Instant, channel: str | None = "chat") -> Mention | None:
    return next((mention for mention in reader.read(text, channel, at) if mention.event == event), None)


@pytest.mark.parametrize(
    ("text", "event", "told"),
    [
        ("We gaan volgende maand verhuizen naar Zwolle", "move", "self affirmed future"),
        ("mijn zus is zwanger", "birth", "other affirmed"),
        ("de verhuizing gaat helaas niet door", "move", "self negated"),
        ("niet te geloven, we hebben een huis gekocht!", "home_purchase", "self affirmed now"),
        ("ik kan niet wachten, we gaan in mei trouwen", "marriage", "self affirmed future"),
        ("toen we in 2012 verhuisden ging het ook al mis", "move", "self affirmed past"),
        ("wat kost het als ik een hond neem?", "pet", "hypothetical"),
        ("ik zeg mijn autoverzekering op", "cancel_intent", "self affirmed"),
        ("als de premie nog eens omhoog gaat zeg ik op", "cancel_intent", "hypothetical"),
        ("al drie keer gebeld en nog steeds geen antwoord", "repeat_contact", "self affirmed now"),
        ("nou lekker geregeld weer, bedankt he", "complaint", "self affirmed now"),
        ("onze dochter gaat op kot in Gent", "child_adult", "household affirmed"),
        ("We gaan verhuizen. Het is niet dringend.", "move", "self affirmed"),
        ("We gaan verhuizen. Dat gaat helaas niet door.", "move", "self negated"),
        ("We gaan scheiden. Dit is niet waar.", "divorce", "self negated"),
        ("Mijn nichtje gaat trouwen en ik zoek een cadeau.", "marriage", "other affirmed future"),
        ("de man van hiernaast is gestorven", "bereavement", "other affirmed"),
        ("KL: dhr Bos † 9-11, weduwe belt", "bereavement", "affirmed"),
        ("Ik meld u dat mijn vader op 3 november jl. is overleden.", "bereavement", "self affirmed"),
        ("scaffolding goes up in May, then the solar panels", "energy_renovation", "affirmed"),
        ("heeft een verhuizing invloed op de premie?", "move", "hypothetical"),
        ("onze oudste gaat het huis uit, maar het gaat niet door", "child_adult", "negated"),
        ("Stel dat ik een e-bike koop, gaat de premie omhoog?", "price_complaint", "hypothetical"),
        ("moest ik ooit mijne C4 krijgen, wie betaalt dan mijn lening?", "job_loss", "hypothetical"),
        ("geen chatbot graag, een mens", "human_request", "self affirmed"),
        ("Dubbel glas 2008, geen wijziging", "energy_renovation", "past"),
        ("mijn buurvrouw zegt dat jullie haar heel bot te woord stonden", "complaint", "other"),
        ("De verhuizing van mijn buurman gaat niet door.", "move", "other negated"),
        ("mijn vader is op 2 november overleden", "bereavement", "self affirmed now"),
        ("ik ben op 1 november met pensioen gegaan", "retirement", "self affirmed now"),
        ("mijn vader is op 2 juli 2019 overleden", "bereavement", "self affirmed past"),
        ("wij trouwen op 2 juli", "marriage", "self affirmed future"),
        ("wij trouwen op 10 september", "marriage", "self affirmed future"),
        ("i gave birth on november 12", "birth", "self affirmed now"),
        ("Per 1 november jl. ben ik ontslagen.", "job_loss", "self affirmed now"),
        ("ik ben zwanger", "birth", "self affirmed future"),
        ("we buried my brother on saturday", "bereavement", "self affirmed now"),
        ("ik ga per januari weg bij jullie", "switch_intent", "self affirmed future"),
        ("burn-out, sinds sept ziek thuis", "health_sensitive", "self affirmed now"),
        ("als we niet gaan verhuizen dan hoeft het niet", "move", "hypothetical"),
        ("als jullie dit niet oplossen ben ik weg", "switch_intent", "hypothetical"),
        ("als ik het goed begrijp gaat de verhuizing niet door", "move", "negated"),
        ("zijn uit elkaar, wie krijgt de polis", "divorce", "self affirmed now"),
        ("is uit elkaar gaan duur?", "divorce", "hypothetical"),
        ("kan de premie deze maand niet betalen", "financial_distress", "self affirmed now"),
        ("gaan we wel of niet op wintersport", "travel", "hypothetical"),
        ("Dhr heeft appt gekocht, passeren 3-2 bij not.", "home_purchase", "self affirmed"),
        ("waar kan ik me verhuizing doorgeven", "move", "self affirmed"),
        ("wij goan verhuuzn", "move", "self affirmed future"),
        ("nog nooit zo'n slechte service gehad", "complaint", "self affirmed"),
        ("never had such terrible service", "complaint", "self affirmed"),
        ("Gaarne maak ik mijn ongenoegen kenbaar over de wachttijden.", "complaint", "self affirmed"),
        ("Am 1. Mai ziehen wir nach Zürich um.", "move", "self affirmed future"),
        ("Die Wohnung ist zu klein, wir ziehen um", "move", "self affirmed future"),
        ("Mein Mann hat seine Stelle verloren", "job_loss", "household affirmed now"),
        ("Meine Nichte ist schwanger", "birth", "other affirmed"),
        ("Unser Sohn wird im Januar 18", "child_adult", "household affirmed future"),
        ("Wenn wir ein Haus kaufen, was kostet das?", "home_purchase", "hypothetical"),
        ("Ich möchte nicht kündigen", "cancel_intent", "self negated"),
        ("Hiermit kündige ich zum 31.12. meine Police", "cancel_intent", "self affirmed future"),
        ("Ich möchte mit einem Menschen sprechen", "human_request", "self affirmed"),
        ("Wir können die Rechnung nicht bezahlen", "financial_distress", "self affirmed now"),
        ("Nous ne déménageons pas", "move", "self negated"),
        ("Ma sœur divorce", "divorce", "other affirmed"),
        ("J'ai vendu ma voiture", "car_disposal", "self affirmed now"),
        ("mijn nicht gaat trouwen", "marriage", "other affirmed future"),
        ("door de dood van mijn man kan ik de hypotheek niet meer opbrengen", "bereavement", "household affirmed"),
        ("We leggen in het voorjaar zonnepanelen op het dak", "energy_renovation", "self affirmed future"),
        ("We had a baby girl on Sunday!", "birth", "self affirmed now"),
        ("my best friend is getting divorced", "divorce", "other affirmed"),
        ("dochter kl. wordt 18 jr in feb, eigen polis nodig", "child_adult", "household affirmed future"),
        ("kl boos: brief kwijt. wij zijn verhuisd, maar niemand neemt op", "complaint", "self affirmed"),
    ],
)
def test_whose_whether_and_when_are_told_apart(reader: Reader, at: Instant, text: str, event: str, told: str) -> None:
    mention = read_one(reader, text, event, at)
    assert mention is not None
    assert {mention.subject, mention.polarity, mention.time}.issuperset(told.split())


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("we gaan verhuizen en ons kind wordt 18", "move", "child_adult"),
        ("Wij gaan verhuizen en mijn moeder heeft kanker", "move", "health_sensitive"),
        ("My wife and I have separated, I've moved into a flat", "divorce", "move"),
        ("ik ga trouwen en mijn vader is overleden", "marriage", "bereavement"),
        ("jullie zijn te duur en niemand belt terug", "price_complaint", "complaint"),
        ("mijn vriend en ik gaan samenwonen en we nemen een hond", "cohabitation", "pet"),
        ("Wir ziehen um und mein Vater ist gestorben", "move", "bereavement"),
        ("I'm moving to Leeds and my wife has lost her job", "move", "job_loss"),
    ],
)
def test_two_things_that_one_sentence_tells_are_both_read(
    reader: Reader, at: Instant, text: str, first: str, second: str
) -> None:
    told = {mention.event for mention in reader.read(text, "chat", at)}
    assert told == {first, second}


def test_one_thing_that_one_clause_tells_is_not_read_as_two(reader: Reader, at: Instant) -> None:
    [moved_in] = reader.read("mijn vriend verhuist naar mij toe, we gaan samenwonen in zijn huis", "chat", at)
    assert moved_in.event == "cohabitation"


def test_a_post_that_leaves_out_its_writer_is_still_theirs(reader: Reader, at: Instant) -> None:
    text = "Eindelijk gescheiden na drie jaar procederen in Utrecht."
    mention = read_one(reader, text, "divorce", at, "social")
    assert mention is not None
    assert mention.subject == "self"


def test_what_is_felt_about_another_company_is_not_about_us(reader: Reader, at: Instant) -> None:
    others = read_one(reader, "ik heb een klacht bij mijn energieleverancier", "complaint", at)
    ours = read_one(reader, "ik heb een klacht over jullie, net als bij mijn energieleverancier", "complaint", at)
    assert others is not None
    assert ours is not None
    assert (others.subject, ours.subject) == ("other", "self")


@pytest.mark.parametrize(
    "text",
    [
        "ik moet mijn afval beter scheiden",
        "trouwens, bij voorbaat dank",
        "mijn ww werkt niet, kan ik een nieuwe aanvragen?",
        "mijn dochter kon het hele gedicht opzeggen",
        "Geachte heer/mevrouw, sinds vorige week werkt de app goed",
        "Ik zoek mijn groene kaart. Ik ben overdag slecht bereikbaar.",
        "kids want a Switch for Christmas",
        "when is the due date of my invoice?",
        "Blijft mijn hospitalisatie lopen?",
        "kan ik mijn verzekering tijdelijk stopzetten",
        "Waarom is er twee keer afgeschreven?",
        "de incasso is niet geweest",
        "wat kost een verzekering voor mijn nieuwe scooter",
        "wat kost een wa verzekering voor een scooter",
        "mijn auto is kapot, krijg ik vervangend vervoer",
        "ik ben telefonisch te woord gestaan",
        "mijn zoon is 18 kg te zwaar voor dat kinderzitje",
        "Mein Vermieter hat mir die Wohnung gekündigt",
        "Mein Vater wurde aus dem Spital entlassen",
        "Wir ziehen das in Betracht",
        "Mon chien est mort",
    ],
)
def test_false_friends_say_nothing(reader: Reader, at: Instant, text: str) -> None:
    assert [mention for mention in reader.read(text, "chat", at) if mention.actionable] == []


def test_money_taken_twice_is_no_second_contact(reader: Reader, at: Instant) -> None:
    assert read_one(reader, "Waarom is er twee keer afgeschreven?", "repeat_contact", at) is None


def test_what_no_phrase_tells_is_told_of_whom_and_of_when(reader: Reader, at: Instant) -> None:
    [wife] = reader.read("My wife begins as a nurse in Goes on Monday", "chat", at)
    [friend] = reader.read("boyfriend's lease is up so he'll be living at mine from the 1st", "chat", at)
    assert (wife.event, wife.subject, wife.time) == ("new_job", "household", "future")
    assert (friend.event, friend.time) == ("cohabitation", "future")


def test_every_example_in_the_lexicon_holds(reader: Reader, at: Instant) -> None:
    assert disproved(reader, at) == []


def test_quoted_company_text_with_a_no_is_a_denial(reader: Reader, at: Instant) -> None:
    mention = read_one(reader, "> Gaat u binnenkort verhuizen?\nNee, niet van toepassing.", "move", at, "email")
    assert mention is not None
    assert mention.polarity == "negated"


def test_agents_can_only_promise_and_their_promise_has_a_date(reader: Reader, at: Instant) -> None:
    text = "Gaat u verhuizen? Ik bel u morgen terug."
    [promise] = reader.read(text, "agent", at)
    assert promise.event == "promise_made"
    assert promise.date is not None
    assert format_instant(promise.date) == "2026-11-23T16:00:00Z"  # 17:00 in Amsterdam
    assert read_one(reader, text, "promise_made", at, "chat") is None


def test_a_competitor_is_named_as_the_pack_spells_it(reader: Reader, at: Instant) -> None:
    mention = read_one(reader, "bij unive ben ik goedkoper uit", "competitor_mention", at)
    assert mention is not None
    assert mention.name == "Univé"


def test_dates_are_resolved_against_the_time_of_writing(reader: Reader, at: Instant) -> None:
    mention = read_one(reader, "ik wil mijn autoverzekering opzeggen per 1 maart", "cancel_intent", at)
    assert mention is not None
    assert mention.date is not None
    assert format_instant(mention.date) == "2027-02-28T23:00:00Z"


def test_spans_count_the_characters_that_were_written(reader: Reader, at: Instant) -> None:
    text = "🎉🎉 Eindelijk: wij zijn zwángér!"
    mention = read_one(reader, text, "birth", at)
    assert mention is not None
    assert text[slice(*mention.span)] == "zwángér"


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", "wij zijn zwángér"),
        "wij zijn zwan\u00adger",
        "\ufeffwij zijn \u2060zwan\u200dger!",
    ],
)
def test_signs_that_nobody_sees_cut_no_word_in_two(reader: Reader, at: Instant, text: str) -> None:
    mention = read_one(reader, text, "birth", at)
    assert mention is not None
    assert mention.score == 0.9  # by a phrase
    told = text[slice(*mention.span)]
    assert re.sub(r"[^a-z]", "", told) == "zwanger"


def test_health_is_told_without_naming_the_condition(reader: Reader, at: Instant) -> None:
    mention = read_one(reader, "mijn zoon heeft diabetes", "health_sensitive", at)
    assert mention is not None
    assert mention.name is None
    assert "diabetes" not in repr(mention)


@pytest.mark.parametrize("text", ["", " ", "\n", "...", "?!", "💙", "a" * 5000, "> \n> \n", "\x00\ud83d"])
def test_no_text_is_too_odd(reader: Reader, at: Instant, text: str) -> None:
    assert reader.read(text, None, at) == []


def test_what_is_reported_about_the_world_is_nobody_of_ours(reader: Reader, at: Instant) -> None:
    lines = (Path(__file__).parent / "news.txt").read_text(encoding="utf-8").splitlines()
    alarms = [line for line in lines if any(mention.actionable for mention in reader.read(line, None, at))]
    assert len(alarms) <= 3


FRAGMENTS = (
    "wij gaan",
    "niet",
    "verhuizen",
    "mijn zus is zwanger",
    "> Gaat u trouwen?\n",
    "<p>auto verkocht</p>",
    "KL verh. per 1/3",
    "31-02-2027",
    "in 0000",
    "🎉",
    "\u202e",
    "\ud83d",
    "e\u0301",
    "\u0301ver\u00adhuisd\u200d",
    "ﬁets",
    "ſ",
    "İ",
    "\x00",
    "...",
    "?!",
)


@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=12).map(" ".join))
def test_whatever_is_written_is_read_and_located(reader: Reader, at: Instant, text: str) -> None:
    for mention in reader.read(text, None, at):
        start, end = mention.span
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize("piece", ["wij gaan niet verhuizen naar ", "<div>wij zijn verhuisd</div>\n", "1 ", "-", "🎉 "])
def test_a_text_without_end_is_read_as_far_as_anybody_would(reader: Reader, at: Instant, piece: str) -> None:
    mentions = reader.read(piece * (100_000 // len(piece)), "email", at)
    assert len(mentions) <= 1
    assert all(mention.span[1] <= 10_000 for mention in mentions)


@pytest.mark.parametrize("channel", [None, "chat"])
def test_what_a_bank_is_asked_tells_next_to_no_life_event(reader: Reader, at: Instant, channel: str | None) -> None:
    life = {event for event, label in reader.lexicon.labels.items() if label.family == "life_event"}
    with (SHARED / "data" / "banking77" / "test.csv").open(encoding="utf-8", newline="") as rows:
        texts = [row["text"] for row in csv.DictReader(rows)]
    told = [{one.event for one in reader.read(text, channel, at) if one.actionable} & life for text in texts]
    assert sum(map(len, told)) <= 5 * len(texts) / 1000
