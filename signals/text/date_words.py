"""The words of which dates are made, Dutch, English, German and French, with what each stands for."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan januar janner janvier",
            "februari february feb febr februar fevrier",
            "maart march mrt mar marz maerz mars",
            "april apr avril",
            "mei may mai",
            "juni june jun juin",
            "juli july jul juillet",
            "augustus august aug aout",
            "september sept sep septembre",
            "oktober october okt oct octobre",
            "november nov novembre",
            "december dec dezember dez decembre",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "maandag monday mon maandagochtend maandagmiddag montag lundi",
            "dinsdag tuesday tue tues dinsdagochtend dinsdagmiddag dienstag mardi",
            "woensdag wednesday wed woensdagochtend woensdagmiddag mittwoch mercredi",
            "donderdag thursday thu thurs donderdagochtend donderdagmiddag donnerstag jeudi",
            "vrijdag friday fri vrijdagochtend vrijdagmiddag freitag vendredi",
            "zaterdag saturday sat zaterdagochtend zaterdagmiddag samstag sonnabend samedi",
            "zondag sunday zondagochtend zondagmiddag sonntag dimanche",
        )
    )
    for name in names.split()
}
SHORT_WEEKDAYS = {"ma": 0, "di": 1, "wo": 2, "do": 3, "vr": 4, "vrij": 4, "za": 5}
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "een één 'n a an one ein eine einem einer un une",
            "twee two paar couple enkele zwei deux",
            "drie three few drei trois",
            "vier four quatre",
            "vijf five funf fuenf cinq",
            "zes six sechs",
            "zeven seven sieben sept",
            "acht eight huit",
            "negen nine neun neuf",
            "tien ten zehn dix",
            "elf eleven",
            "twaalf twelve zwolf zwoelf douze",
        ),
        start=1,
    )
    for word in words.split()
}
SEASONS = {"lente": 4, "voorjaar": 4, "spring": 4, "zomer": 7, "summer": 7, "zomervakantie": 7, "herfst": 10}
SEASONS |= {"najaar": 10, "autumn": 10, "fall": 10, "winter": 1, "kerst": 12, "christmas": 12, "pasen": 4, "easter": 4}
SEASONS |= {"fruhling": 4, "fruhjahr": 4, "sommer": 7, "herbst": 10, "weihnachten": 12}
SEASONS |= {"printemps": 4, "ete": 7, "automne": 10}
UNITS = {"dag": 1, "day": 1, "nacht": 1, "night": 1, "week": 7, "wek": 7, "wk": 7, "maand": 30, "mnd": 30, "month": 30}
UNITS |= {"jaar": 365, "year": 365, "jr": 365, "sleep": 1, "uur": 0, "hour": 0, "min": 0}
UNITS |= {"tag": 1, "woche": 7, "monat": 30, "jahr": 365, "jour": 1, "semaine": 7, "mois": 30, "an": 365}
PARTS = {"hal": 15, "mid": 15, "med": 15, "ein": 25, "end": 25, "lat": 25, "fin": 25}
NEAR = (
    ("overmorgen", 2),
    ("eergister", -2),
    ("gister", -1),
    ("yesterday", -1),
    ("vorgestern", -2),
    ("gestern", -1),
    ("ubermorgen", 2),
    ("demain", 1),
    ("morgen", 1),
    ("tomorrow", 1),
    ("tmrw", 1),
    ("", 0),
)
